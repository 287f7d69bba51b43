# process.* and its kin below linux.*: who the program is to the kernel, as the kernel tells it. rlimits and oomScoreAdj
# are in limits.bats, capabilities, ids and umask in isolation.bats, terminals in stdio.bats, AppArmor in apparmor.bats.

load helpers

# policy, nice and priority of a process, from the fields of /proc/PID/stat after its name: 41, 19 and 40 of proc(5).
scheduling_of() {
    sed 's/.*) //' "/proc/$1/stat" | awk '{print "policy=" $39, "nice=" $17, "priority=" $38}'
}

# A kernel with CONFIG_RT_GROUP_SCHED gives a cgroup no time for real-time processes: in v1 it is asked for, in v2 there
# is no way to ask.
give_real_time() {
    if [ "$BRIG_WORLD" != v1 ]; then
        local probe=/sys/fs/cgroup/$ID-probe can=yes
        mkdir "$probe"
        (echo "$BASHPID" >"$probe/cgroup.procs" && chrt -f 1 true) || can=no
        rmdir "$probe"
        [ $can = yes ] || skip 'this kernel (CONFIG_RT_GROUP_SCHED) has no real-time processes in a cgroup of v2'
        return 0
    fi
    [ -e "$(awk '/ - cgroup / && $NF ~ /(^|,)cpu(,|$)/ {print $5; exit}' /proc/self/mountinfo)/cpu.rt_runtime_us" ] || return 0
    config '.linux.cgroupsPath = "/" + $id | .linux.resources.cpu = {"realtimePeriod": 1000000, "realtimeRuntime": 1000}' --arg id "$ID"
}

# scheduled POLICY NICE PRIORITY: what the created container's process has, before and after its start.
scheduled() {
    equal "scheduling of the created process" "$(scheduling_of "$(<"$T/pid")")" "policy=$1 nice=$2 priority=$3"
    brig start "$ID"
    equal "scheduling of the program" "$(scheduling_of "$(<"$T/pid")")" "policy=$1 nice=$2 priority=$3"
    brig delete --force "$ID"
}

# policies: each line of standard input is a scheduler, and what `scheduled` is to find.
policies() {
    local scheduler wanted
    while IFS='|' read -r scheduler wanted; do
        config '.process.user = {"uid": 1000, "gid": 1000} | .process.scheduler = $s' --argjson s "$scheduler"
        created
        # shellcheck disable=SC2086 # three words
        scheduled $wanted
    done
}

@test "scheduler: every policy but the real-time ones, for a user without privileges" {
    policies <<'EOT'
{"policy": "SCHED_OTHER", "nice": -5}|0 -5 0
{"policy": "SCHED_OTHER", "nice": 5}|0 5 0
{"policy": "SCHED_BATCH", "nice": 3}|3 3 0
{"policy": "SCHED_IDLE"}|5 0 0
{"policy": "SCHED_DEADLINE", "runtime": 10000000, "deadline": 20000000, "period": 20000000}|6 0 0
EOT
}

@test "scheduler: real-time policies, for a user without privileges" {
    give_real_time
    policies <<'EOT'
{"policy": "SCHED_FIFO", "priority": 10}|1 0 10
{"policy": "SCHED_RR", "priority": 20, "flags": ["SCHED_FLAG_RESET_ON_FORK"]}|2 0 20
EOT
}

@test "scheduler: the same in a user namespace, where only the runtime may set it" {
    config '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        | .linux.gidMappings = .linux.uidMappings | .process.user = {"uid": 5, "gid": 5}
        | .process.scheduler = {"policy": "SCHED_FIFO", "priority": 7} | .process.ioPriority = {"class": "IOPRIO_CLASS_RT", "priority": 1}'
    give_real_time
    open_to_users
    created
    equal "io priority" "$(ionice -p "$(<"$T/pid")")" 'realtime: prio 1'
    scheduled 1 0 7
}

@test "scheduler: what hooks fork from init goes on, with SCHED_FLAG_RESET_ON_FORK" {
    config '.process.scheduler = {"policy": "SCHED_DEADLINE", "runtime": 10000000, "deadline": 20000000,
        "flags": ["SCHED_FLAG_RESET_ON_FORK"]} | .hooks.startContainer = [{"path": "/bin/busybox", "args": ["touch", "/tmp/hooked"]}]'
    created
    scheduled 6 0 0
    [ -e "$BUNDLE/rootfs/tmp/hooked" ]
}

@test "scheduler: what the kernel could not do is refused before there is anything" {
    local scheduler pointer
    while IFS='|' read -r scheduler pointer; do
        config '.process.scheduler = $s' --argjson s "$scheduler"
        refuses_to_create "$pointer"
    done <<'EOT'
{"policy": "SCHED_ISO"}|/process/scheduler/policy
{"policy": "SCHED_NEAT"}|/process/scheduler/policy
{"policy": "SCHED_FIFO", "nice": 5, "priority": 1}|/process/scheduler/nice
{"policy": "SCHED_RR"}|/process/scheduler/priority
{"policy": "SCHED_OTHER", "priority": 3}|/process/scheduler/priority
{"policy": "SCHED_DEADLINE", "runtime": 10, "deadline": 20}|/process/scheduler/runtime
{"policy": "SCHED_OTHER", "flags": ["SCHED_FLAG_X"]}|/process/scheduler/flags/0
EOT
}

@test "ioPriority: every class" {
    local class words
    while read -r class words; do
        config '.process.ioPriority = {"class": $c, "priority": 3} | .process.user = {"uid": 1000, "gid": 1000}' --arg c "$class"
        created
        equal "io priority of $class" "$(ionice -p "$(<"$T/pid")")" "$words"
        brig delete --force "$ID"
    done <<'EOT'
IOPRIO_CLASS_RT realtime: prio 3
IOPRIO_CLASS_BE best-effort: prio 3
IOPRIO_CLASS_IDLE idle
EOT
}

@test "execCPUAffinity is kept for exec, and is not the first process's" {
    config '.process.execCPUAffinity = {"initial": "0", "final": "0"}'
    created
    equal kept "$(jq -c '.exec.process | [.initialCPUs, .finalCPUs]' "$ROOT/$ID/state.json")" '["0","0"]'
    equal "CPUs of init" "$(awk '/^Cpus_allowed_list/ {print $2}' "/proc/$(<"$T/pid")/status")" \
        "$(awk '/^Cpus_allowed_list/ {print $2}' /proc/self/status)"
    bundle minimal
    config '.process.execCPUAffinity = {"initial": "0-3:2"}'
    refused /process/execCPUAffinity/initial create -b "$BUNDLE" "$ID-second"
}

@test "personality: LINUX32 shows a 32 bit machine, LINUX the real one" {
    [ "$(setarch i686 uname -m)" = i686 ] || skip "this kernel shows no 32 bit machine"
    args uname -m
    config '.linux.personality = {"domain": "LINUX32", "flags": []}'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal machine "$output" i686
    config '.linux.personality = {"domain": "LINUX"}'
    run setarch i686 "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null
    equal machine "$output" x86_64
    config 'del(.linux.personality)'
    run setarch i686 "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null
    equal "machine, inherited" "$output" i686
}

@test "personality: a flag is ignored with a warning" {
    config '.linux.personality = {"domain": "LINUX32", "flags": ["ADDR_NO_RANDOMIZE"]}'
    args cat /proc/self/personality
    brig --debug --log "$LOG" --log-format json run -b "$BUNDLE" "$ID" </dev/null >"$T/out"
    equal personality "$(<"$T/out")" 00000008
    jq -e 'select(.level == "warning") | .msg | contains("ADDR_NO_RANDOMIZE")' "$LOG"
}

@test "memoryPolicy is in force in the program" {
    grep -q . /proc/self/numa_maps 2>/dev/null || skip 'this kernel has no memory policies (CONFIG_NUMA)'
    local policy wanted
    args sh -c 'cut -d " " -f 2 /proc/self/numa_maps | sort | uniq -c | sort -n | tail -n 1'
    while IFS='|' read -r policy wanted; do
        config '.linux.memoryPolicy = $p' --argjson p "$policy"
        run brig run -b "$BUNDLE" "$ID" </dev/null
        equal "policy by $policy" "${output##* }" "$wanted"
    done <<'EOT'
{"mode": "MPOL_BIND", "nodes": "0"}|bind:0
{"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]}|bind=static:0
{"mode": "MPOL_INTERLEAVE", "nodes": "0", "flags": ["MPOL_F_RELATIVE_NODES"]}|interleave=relative:0
{"mode": "MPOL_PREFERRED", "nodes": "0"}|prefer:0
{"mode": "MPOL_LOCAL"}|local
{"mode": "MPOL_DEFAULT"}|default
EOT
}

@test "memoryPolicy: what the kernel could not do is refused" {
    config '.linux.memoryPolicy = {"mode": "MPOL_BIND"}'
    refuses_to_create /linux/memoryPolicy/nodes
    config '.linux.memoryPolicy = {"mode": "MPOL_LOCAL", "nodes": "0"}'
    refuses_to_create /linux/memoryPolicy/nodes
    config '.linux.memoryPolicy = {"mode": "MPOL_BIND", "nodes": "1000"}'
    refuses_to_create /linux/memoryPolicy
}

# bats test_tags=uml
@test "a kernel without memory policies is named" {
    [ ! -e /proc/self/numa_maps ] || skip 'this kernel has memory policies'
    config '.linux.memoryPolicy = {"mode": "MPOL_DEFAULT"}'
    refuses_to_create CONFIG_NUMA
}

# bats test_tags=uml
@test "a label that this kernel has no module for is refused before there is anything" {
    if ! cat /proc/self/attr/apparmor/current >/dev/null 2>&1; then
        config '.process.apparmorProfile = "some"'
        refuses_to_create /process/apparmorProfile
        contains "$(<"$T/stderr")" AppArmor
        # What every process is there.
        config '.process.apparmorProfile = "unconfined"'
        args true
        brig run -b "$BUNDLE" "$ID" </dev/null
    fi
    config '.process.apparmorProfile = ""'
    cat /proc/self/attr/keycreate >/dev/null 2>&1 && skip 'SELinux is active here'
    config '.process.selinuxLabel = "system_u:system_r:container_t:s0"'
    refuses_to_create /process/selinuxLabel
    contains "$(<"$T/stderr")" SELinux
}
