# What the configuration limits: written where the kernel reads it, in force for the program.

load helpers

# value CONTROLLER FILE: of the created container.
value() {
    cat "$(cgroup "$1" "$(<"$T/pid")")/$2"
}

# The lines of the container's /proc/PID/cgroup that are about hierarchies mounted in this world.
in_this_world() {
    if [ "$BRIG_WORLD" = v1 ]; then cat "/proc/$(<"$T/pid")/cgroup"; else grep '^0::' "/proc/$(<"$T/pid")/cgroup"; fi
}

# bats test_tags=uml
@test "the program is in the container's cgroup, in every hierarchy" {
    config '.linux.cgroupsPath = "/" + $id' --arg id "$ID"
    created
    local line
    while read -r line; do
        equal "cgroup in $line" "${line##*:}" "/$ID"
    done < <(in_this_world)
}

@test "without cgroupsPath the cgroup is named after the container, below or beside the runtime's own" {
    created
    local line
    while read -r line; do
        contains "$line" "$ID"
    done < <(in_this_world)
}

# bats test_tags=uml
@test "memory limits are read back" {
    needs_controller memory
    config '.linux.resources.memory = {"limit": 67108864, "reservation": 33554432}'
    created
    if [ "$BRIG_WORLD" = v1 ]; then
        equal limit "$(value memory memory.limit_in_bytes)" 67108864
        equal reservation "$(value memory memory.soft_limit_in_bytes)" 33554432
    else
        equal limit "$(value memory memory.max)" 67108864
        equal reservation "$(value memory memory.low)" 33554432
    fi
}

# bats test_tags=uml
@test "cpu limits are read back" {
    needs_controller cpu
    config '.linux.resources.cpu = {"shares": 512, "quota": 20000, "period": 100000}'
    created
    if [ "$BRIG_WORLD" = v1 ]; then
        equal shares "$(value cpu cpu.shares)" 512
        equal quota "$(value cpu cpu.cfs_quota_us)" 20000
        equal period "$(value cpu cpu.cfs_period_us)" 100000
    else
        equal quota "$(value cpu cpu.max)" "20000 100000"
    fi
}

@test "cpuset limits are read back" {
    needs_controller cpuset
    config '.linux.resources.cpu = {"cpus": "0", "mems": "0"}'
    created
    equal cpus "$(value cpuset cpuset.cpus)" 0
    equal "allowed cpus" "$(awk '/^Cpus_allowed_list/ {print $2}' "/proc/$(<"$T/pid")/status")" 0
}

# bats test_tags=uml
@test "a limit of processes is read back and in force" {
    needs_controller pids
    config '.linux.resources.pids = {"limit": 20}'
    args in --forks 100
    brig create -b "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/forks" 2>&1
    equal limit "$(value pids pids.max)" 20
    brig start "$ID"
    wait_until grep -q forked "$T/forks"
    equal "processes made" "$(<"$T/forks")" forked=19
}

# bats test_tags=uml
@test "a program that exceeds its memory limit is killed" {
    needs_controller memory
    config '.linux.resources.memory = {"limit": 33554432, "swap": 33554432}'
    args in --hog 128
    run -137 brig run -b "$BUNDLE" "$ID" </dev/null
    lacks "$output" hogged
}

@test "a limit that this world has no controller for is refused, not ignored" {
    [ "$BRIG_WORLD" = v2 ] || skip 'cgroup v1 has its controllers here'
    grep -qw memory /sys/fs/cgroup/cgroup.controllers && skip 'cgroup v2 has the memory controller here'
    config '.linux.resources.memory = {"limit": 67108864}'
    refuses_to_create memory
}

@test "devices: everything but the usual ones is denied (T-28)" {
    config '.process.capabilities |= map_values(. + ["CAP_MKNOD"])'
    args sh -c 'for d in null zero full random urandom tty; do /bin/in --open /dev/$d; done
        mknod /dev/mem c 1 1 && /bin/in --open /dev/mem; mknod /dev/disk b 254 0 && /bin/in --open /dev/disk; true'
    local resources
    for resources in null '{}' '{"devices": []}' '{"devices": [{"allow": true, "type": "c", "major": 10, "minor": 200, "access": "rwm"}]}' \
        '{"devices": [{"allow": false, "access": "rwm"}]}'; do
        config '.linux.resources = $r' --argjson r "$resources"
        [ "$resources" != null ] || config 'del(.linux.resources)'
        run brig run -b "$BUNDLE" "$ID" </dev/null
        equal "devices opened with $resources" "$(grep -c opened <<<"$output")" 5
        equal "devices refused with $resources" "$(grep -cE 'EPERM|Operation not permitted' <<<"$output")" 2
    done
}

@test "devices: a rule allows what it names" {
    config '.process.capabilities |= map_values(. + ["CAP_MKNOD"]) | .linux.resources.devices = [{"allow": false, "access": "rwm"},
        {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "m"}]'
    args sh -c 'mknod /dev/fuse c 10 229 && echo made; /bin/in --open /dev/fuse'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal output "$output" 'made
EPERM'
}

@test "linux.devices are made with their mode and owner" {
    config '.linux.devices = [{"path": "/dev/mine", "type": "c", "major": 1, "minor": 3, "fileMode": 416, "uid": 7, "gid": 8},
        {"path": "/dev/dir/pipe", "type": "p"}]'
    args in /dev/mine /dev/dir/pipe
    run brig run -b "$BUNDLE" "$ID" </dev/null
    contains "$output" 'path=/dev/mine 20640 1:3 uid=7 gid=8'
    contains "$output" 'path=/dev/dir/pipe 10666'
}

@test "rlimits" {
    config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 111, "hard": 222}, {"type": "RLIMIT_CORE", "soft": 0, "hard": 0}]'
    args sh -c 'ulimit -n; ulimit -Hn; ulimit -c'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal limits "$(xargs <<<"$output")" "111 222 0"
}

@test "oomScoreAdj" {
    config '.process.oomScoreAdj = 250'
    args cat /proc/self/oom_score_adj
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal oom_score_adj "$output" 250
}

@test "a cgroup with a process in it is not taken over (T-29)" {
    config '.linux.cgroupsPath = "/" + $id' --arg id "$ID"
    created
    refused "$ID" create -b "$BUNDLE" "$ID-second"
    is_status "$ID" created
}

# bats test_tags=uml
@test "delete removes the cgroups that the payload made below its own" {
    config '.mounts += [{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["rw"]}]
        | .linux.namespaces += [{"type": "cgroup"}]'
    args sh -c 'if [ -e /sys/fs/cgroup/cgroup.procs ]; then mkdir -p /sys/fs/cgroup/a/b
        else mkdir -p /sys/fs/cgroup/pids/a/b; fi; echo made; exec sleep 1000'
    brig create -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
    wait_until grep -q made "$T/out"
    brig delete --force "$ID"
    nothing_left
}

@test "/sys/fs/cgroup is read-only if the configuration says so (T-29)" {
    local namespace
    for namespace in '[]' '[{"type": "cgroup"}]'; do
        bundle docker
        config '.linux.namespaces |= map(select(.type != "cgroup")) + $n' --argjson n "$namespace"
        args sh -c 'for d in /sys/fs/cgroup /sys/fs/cgroup/*/; do mkdir $d/x 2>/dev/null && echo "made $d/x"; done; echo end'
        run brig run -b "$BUNDLE" "$ID" </dev/null
        equal "made with namespace $namespace" "$output" end
    done
}
