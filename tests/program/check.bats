#!/usr/bin/env bats
# brig check: what it finds, what it says, and that it touches nothing. And brig features.
# shellcheck disable=SC2016 # the dollar signs are jq's

load helpers

# checked STATUS [OPTION...]: runs the check of the bundle; its findings are in $T/found.
checked() {
    local wanted=$1 code=0
    shift
    "$BRIG" "$@" check --bundle "$BUNDLE" --json >"$T/found" 2>"$T/stderr" || code=$?
    cat "$T/found" "$T/stderr"
    equal "exit status" "$code" "$wanted"
    equal "bytes on stderr" "$(stat -c %s "$T/stderr")" 0
    jq -e 'has("findings") and has("errors") and has("warnings") and has("notes")' "$T/found" >/dev/null
}

# finding LEVEL RULE POINTER TEXT: there is exactly one of this level, rule and place, and it says TEXT.
finding() {
    local text
    text=$(jq -r --arg l "$1" --arg r "$2" --arg p "$3" \
        '.findings[] | select(.level == $l and .rule == $r and .pointer == $p) | .text' "$T/found")
    equal "findings $1 $2 $3" "$(wc -l <<<"${text:-}")" 1
    [ -n "$text" ] || {
        echo "no finding $1 $2 $3"
        return 1
    }
    contains "$text" "$4"
}

@test "a good bundle has no findings, and its status is 0" {
    checked 0
    equal findings "$(jq -c .findings "$T/found")" "[]"
    run "$BRIG" check -b "$BUNDLE"
    equal output "$output" "0 errors, 0 warnings, 0 notes"
}

@test "what check finds good, run runs" {
    args true
    checked 0
    brig run --bundle "$BUNDLE" "$ID"
}

@test "the bundle is the current directory by default" {
    cd "$BUNDLE"
    "$BRIG" check
}

@test "what docker writes has no errors" {
    bundle docker
    checked 0
}

@test "notes: properties that the specification doesn't have" {
    config '.foo = 1 | .linux.bar = {} | .process.user.baz = 2'
    checked 0
    finding note unknown-property /foo ignored
    finding note unknown-property /linux/bar ignored
    finding note unknown-property /process/user/baz ignored
    equal notes "$(jq .notes "$T/found")" 3
}

@test "warnings: what is done otherwise than config.json says" {
    config '.process.capabilities.bounding += ["CAP_NO_SUCH"] | .mounts[0].destination = "proc"'
    checked 1
    finding warning ignored /process/capabilities/bounding/2 CAP_NO_SUCH
    finding warning ignored /mounts/0/destination relative
}

@test "errors: all of the document's values at once, with their places" {
    config '.hostname = 1 | .process.cwd = "x" | .linux.namespaces[1].type = "?" | .process.oomScoreAdj = 5000'
    checked 2
    equal errors "$(jq .errors "$T/found")" 4
    finding error value /hostname "must be a string"
    finding error value /process/cwd absolute
    finding error value /linux/namespaces/1/type unknown
    finding error value /process/oomScoreAdj 1000
    equal sections "$(jq -r '[.findings[] | select(.level == "error") | .section] | sort | join(" ")' "$T/found")" \
        "config-linux.md#namespaces config.md#hostname config.md#linux-process config.md#process"
    finding note not-checked "" "not checked"
}

@test "errors: all rules between the parts at once, by name" {
    config '.linux.namespaces |= map(select(.type != "uts"))
        | .linux.namespaces += [{type: "pid"}]
        | .process.rlimits = [{type: "RLIMIT_CORE", soft: 2, hard: 1}]
        | .linux.timeOffsets = {monotonic: {secs: 1}}'
    checked 2
    finding error names-with-uts-namespace /hostname uts
    finding error namespaces-once /linux/namespaces/4 pid
    finding error rlimits-once-and-in-order /process/rlimits/0/soft hard
    finding error time-offsets-with-time-namespace /linux/timeOffsets time
}

@test "errors: a bundle or a config.json that is not there, or no JSON" {
    mv "$BUNDLE/config.json" "$BUNDLE/other"
    checked 2
    finding error bundle "" "no such file or directory"
    mkdir "$BUNDLE/config.json"
    checked 2
    finding error bundle "" "not a regular file"
    rmdir "$BUNDLE/config.json"
    echo '{"ociVersion": ' >"$BUNDLE/config.json"
    checked 2
    finding error value /ociVersion "line 2"
}

@test "errors: a rootfs and mount sources that are not there, each" {
    config '.mounts += [{destination: "/a", source: "/no/such/a", options: ["bind"]},
                        {destination: "/b", source: "none", options: ["rbind"]}]'
    checked 2
    finding error mount /mounts/3 /no/such/a
    finding error mount /mounts/4 /none
    mv "$BUNDLE/rootfs" "$BUNDLE/elsewhere"
    checked 2
    finding error rootfs /root/path "no such file or directory"
}

@test "errors: a namespace to join that is not there" {
    config '.linux.namespaces |= map(if .type == "network" then .path = "/no/such/netns" else . end)'
    checked 2
    finding error namespace "$(jq -r '.linux.namespaces | map(.type) | index("network") | "/linux/namespaces/\(.)/path"' \
        "$BUNDLE/config.json")" /no/such/netns
}

@test "errors: a program that is not there or can't be executed" {
    args no-such-program
    checked 2
    finding error program-missing /process/args/0 'executable file not found in $PATH'
    args /bin/none
    checked 2
    finding error program-missing /process/args/0 "/bin/none: no such file or directory"
    echo >"$BUNDLE/rootfs/etc/data"
    args /etc/data
    checked 2
    finding error program-not-executable /process/args/0 "permission denied"
    args /bin
    checked 2
    finding error program-not-executable /process/args/0 "permission denied"
}

@test "errors: a program that only somebody else may execute" {
    printf '#!/bin/sh\n' >"$BUNDLE/rootfs/etc/mine"
    chmod 700 "$BUNDLE/rootfs/etc/mine"
    args /etc/mine
    checked 0
    config '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}'
    checked 2
    finding error program-not-executable /process/args/0 "permission denied"
}

@test "errors: what a program needs to run" {
    local file=$BUNDLE/rootfs/bin/program
    args program
    printf '#!/no/such/interpreter -x\n' >"$file"
    chmod 755 "$file"
    checked 2
    finding error program-interpreter /process/args/0 "interpreter /no/such/interpreter: no such file"
    printf '#!/bin/sh\r\necho\r\n' >"$file"
    checked 2
    finding error program-line-ends /process/args/0 "carriage return"
    cp /bin/bash "$file" # dynamic, and the rootfs has no loader
    checked 2
    finding error program-interpreter /process/args/0 "dynamic loader /lib"
    if [ ! -e /proc/sys/fs/binfmt_misc/status ]; then
        echo plain text >"$file"
        checked 2
        finding error program-format /process/args/0 "neither"
        cp /bin/busybox "$file"
        printf '\x16\x00' | dd of="$file" bs=1 seek=18 conv=notrunc status=none # e_machine: s390
        checked 2
        finding error program-architecture /process/args/0 s390
    fi
}

@test "links in the rootfs, and bind mounts over it, are followed as inside" {
    mkdir -p "$T/outside/bin"
    cp /bin/busybox "$T/outside/bin/tool"
    ln -s /opt/bin "$BUNDLE/rootfs/tools"
    args /tools/tool
    checked 2
    config '.mounts += [{destination: "/opt", source: $source, options: ["rbind", "ro"]}]' --arg source "$T/outside"
    checked 0
    args /tools/../../opt/./bin/tool
    checked 0
    config '.mounts += [{destination: "/opt/bin", source: "x", type: "tmpfs"}]'
    checked 0
    finding note program-hidden /process/args/0 /mounts/4
}

@test "errors: limits that can't be raised" {
    config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 1, hard: 4294967296}]'
    checked 2
    finding error rlimit-raise /process/rlimits/0/hard fs.nr_open
    fails brig run --bundle "$BUNDLE" "$ID"
    config '.process.rlimits = [{type: "RLIMIT_CORE", soft: 5, hard: 4294967296}]'
    (
        ulimit -H -c 10
        capsh --drop=cap_sys_resource -- -c "exec \"\$@\"" - "$BRIG" check --bundle "$BUNDLE" --json
    ) >"$T/found" && return 1
    finding error rlimit-raise /process/rlimits/0/hard "hard limit of 10240"
}

@test "errors: an oomScoreAdj that the caller may not set" {
    config '.process.oomScoreAdj = -1000'
    capsh --drop=cap_sys_resource -- -c "exec \"\$@\"" - "$BRIG" check --bundle "$BUNDLE" --json >"$T/found" && return 1
    finding error oom-score /process/oomScoreAdj CAP_SYS_RESOURCE
    # To be worse off needs no right.
    config '.process.oomScoreAdj = 999'
    capsh --drop=cap_sys_resource -- -c "exec \"\$@\"" - "$BRIG" check --bundle "$BUNDLE" --json >"$T/found"
    equal findings "$(jq '.findings | length' "$T/found")" 0
}

@test "warnings: devices beside a /dev that the user brings" {
    config '.linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229}]
        | .mounts |= map(if .destination == "/dev" then {destination: "/dev", source: "/dev", options: ["rbind"]} else . end)'
    checked 1
    finding warning ignored /linux/devices 'bind mount'
}

@test "warnings: a version of the specification that is newer than brig's" {
    config '.ociVersion = "1.3.9"'
    checked 0
    config '.ociVersion = "1.14.0"'
    checked 1
    finding warning ignored /ociVersion 'newer than 1.3.0'
}

@test "warnings: a clamp of utilization, whose value the specification has no property for" {
    config '.process.scheduler = {policy: "SCHED_OTHER", flags: ["SCHED_FLAG_UTIL_CLAMP_MAX"]}'
    checked 1
    finding warning ignored /process/scheduler/flags 'set to 0'
}

@test "warnings: a process that is missing, which only start needs; all else is checked" {
    config 'del(.process)'
    checked 1
    finding warning process /process 'not started'
    brig create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    config '.mounts += [{destination: "/x", type: "bind", source: "/no/such/file", options: ["bind"]}]'
    checked 2
    finding error mount /mounts/3 'no such file'
}

@test "warnings: capabilities that the caller does not have" {
    capsh --drop=cap_chown -- -c "exec \"\$@\"" - "$BRIG" check --bundle "$BUNDLE" --json >"$T/found" && return 1
    equal status "$(jq -c '[.errors, .warnings > 0]' "$T/found")" "[0,true]"
    finding warning capability /process/capabilities/bounding CAP_CHOWN
}

@test "warnings: capabilities that can't be granted for want of others, in a user namespace too" {
    local in
    config '.process.capabilities = {bounding: ["CAP_KILL"], effective: ["CAP_CHOWN"], permitted: ["CAP_KILL"],
        ambient: ["CAP_KILL"]}'
    for in in "the caller's" 'another'; do
        checked 1
        equal "what $in user namespace is warned of" 'CAP_CHOWN CAP_KILL' \
            "$(jq -r '[.findings[] | select(.pointer == "/process/capabilities") | .text | split(" ")[0]] | join(" ")' "$T/found")"
        config '.linux.namespaces += [{type: "user"}]
            | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
    done
}

@test "errors: a controller that this machine does not have" {
    config '.linux.resources.rdma = {mlx5_1: {hcaHandles: 3}}'
    checked 2
    finding error cgroup "$(jq -r '.findings[] | select(.rule == "cgroup") | .pointer' "$T/found")" "rdma"
    contains "$(jq -r '.findings[0].pointer' "$T/found")" /linux/resources/rdma
}

@test "a cgroup that is in use" {
    local path=/$ID mount
    [ "$BRIG_WORLD" = v1 ] && mount=/sys/fs/cgroup/pids || mount=/sys/fs/cgroup
    [ -d "$mount" ] || skip "no $mount here"
    config '.linux.cgroupsPath = $path' --arg path "$path"
    checked 0
    mkdir "$mount$path"
    sleep 100 &
    PIDS+=($!)
    echo $! >"$mount$path/cgroup.procs"
    checked 2 || {
        kill -KILL "${PIDS[0]}"
        wait "${PIDS[0]}" || true
        rmdir "$mount$path"
        return 1
    }
    kill -KILL "${PIDS[0]}"
    wait "${PIDS[0]}" || true
    wait_until rmdir "$mount$path"
    finding error cgroup "" "not empty"
}

@test "limits without cgroups are a warning" {
    config '.linux.resources.pids.limit = 10'
    checked 1 --cgroup-manager disabled
    finding warning ignored /linux/resources disabled
}

@test "hooks whose program is not there" {
    config '.hooks = {createRuntime: [{path: "/no/such/hook"}], startContainer: [{path: "/no/hook/inside"}],
                      poststop: [{path: "/etc/passwd"}]}'
    checked 2
    finding error hook-program /hooks/createRuntime/0/path "no such file"
    finding error program-missing /hooks/startContainer/0/path "no such file"
    finding warning hook-program /hooks/poststop/0/path "permission denied"
}

@test "system calls that nobody knows are a note, an unknown action is an error" {
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["no_such_call"], action: "SCMP_ACT_ERRNO"}]}'
    checked 0
    finding note no-effect /linux/seccomp/syscalls/0 no_such_call
    config '.linux.seccomp.syscalls[0].action = "SCMP_ACT_NO"'
    checked 2
    equal errors "$(jq .errors "$T/found")" 1
}

@test "a user without rights is told to take a user namespace" {
    capsh --drop=all -- -c "exec \"\$@\"" - "$BRIG" check --bundle "$BUNDLE" --json >"$T/found" && return 1
    finding error namespace-privilege /linux/namespaces CAP_SYS_ADMIN
}

# ---- touching nothing

# All that a check could change.
everything() {
    find "$BUNDLE" "$ROOT" -printf '%p %y %m %U:%G %s %T@ %C@ %l\n' | sort
    find "$BUNDLE" -type f -printf '%p %A@\n' | sort
    cut -d ' ' -f 3- /proc/self/mountinfo
    # Where the cgroup of a container would be: others of the machine come and go.
    find /sys/fs/cgroup -type d \( -name check -o -name "*$ID*" \) 2>/dev/null | sort
}

@test "check touches nothing, neither where it finds nothing nor where it finds much" {
    bundle docker
    printf '#!/bin/sh\n' >"$BUNDLE/rootfs/bin/script"
    chmod 755 "$BUNDLE/rootfs/bin/script"
    args script
    find "$BUNDLE" -type f -exec touch -a -d '2 days ago' {} +
    everything >"$T/before"
    "$BRIG" --root "$ROOT" check --bundle "$BUNDLE" >/dev/null || true
    everything >"$T/after"
    diff "$T/before" "$T/after"
    # The access time is a witness only where reading moves it.
    local old
    old=$(stat -c %X "$BUNDLE/config.json")
    cat "$BUNDLE/config.json" >/dev/null
    [ "$(stat -c %X "$BUNDLE/config.json")" != "$old" ] || echo "# access times don't move here" >&3
    config '.process.args = ["none"] | .mounts += [{destination: "/a/b", source: "/none", options: ["bind"]},
        {destination: "/etc/hosts", source: "/etc/hosts", options: ["bind"]}] | .linux.cgroupsPath = "/check-\($id)"' \
        --arg id "$ID"
    find "$BUNDLE" -type f -exec touch -a -d '2 days ago' {} +
    everything >"$T/before"
    "$BRIG" --root "$ROOT" check --bundle "$BUNDLE" >/dev/null && return 1
    everything >"$T/after"
    diff "$T/before" "$T/after"
}

# ---- features

@test "features writes the document that engines look into, and nothing else" {
    run --separate-stderr env -i "$BRIG" features
    equal status "$status" 0
    equal stderr "$stderr" ""
    jq -e '.ociVersionMin == "1.0.0" and (.ociVersionMax | startswith("1.")) and (.mountOptions | index("rro"))
        and (.linux.namespaces | index("user")) and (.linux.namespaces | index("time"))
        and .linux.mountExtensions.idmap.enabled and .linux.cgroup.systemd
        and .linux.seccomp.enabled and (.linux.seccomp.supportedFlags - .linux.seccomp.knownFlags == [])
        and .annotations["org.opencontainers.runc.checkpoint.enabled"] == "false"
        and .annotations["io.brig.version"]' <<<"$output" >/dev/null
    equal "version" "$(jq -r '.annotations["io.brig.version"]' <<<"$output")" \
        "$("$BRIG" --version | sed -n 's/^brig version //p')"
}

@test "features needs no state, no rights and no home" {
    run --separate-stderr capsh --drop=all -- -c 'exec env -i "$@"' - "$BRIG" --root /no/such/root features
    equal status "$status" 0
    equal stderr "$stderr" ""
    jq -e .linux <<<"$output" >/dev/null
}

@test "seccomp words that features lists are taken" {
    "$BRIG" features >"$T/features"
    bundle minimal true
    local action
    for action in $(jq -r '.linux.seccomp.actions[]' "$T/features"); do
        [ "$action" != SCMP_ACT_NOTIFY ] || continue # needs an agent
        config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: $f[0].linux.seccomp.archs,
            syscalls: [{names: ["acct"], action: $action,
                args: [$f[0].linux.seccomp.operators[] | {index: 0, value: 1, valueTwo: 1, op: .}]}]}' \
            --slurpfile f "$T/features" --arg action "$action"
        checked 0
    done
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: ($f[0].linux.seccomp.supportedFlags
        - ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"])}' --slurpfile f "$T/features"
    checked 0
}
