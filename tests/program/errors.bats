# Bad input: an error that says what is wrong, one line on stderr and one record in the log, before anything was made.

load helpers

@test "no config.json" {
    rm "$BUNDLE/config.json"
    refuses_to_create 'config.json'
    contains "$(<"$T/stderr")" 'no such file or directory (--bundle names the directory that has it;'
}

@test "no bundle" {
    rm -r "$BUNDLE"
    refuses_to_create 'no such file or directory'
    mkdir "$BUNDLE"
}

@test "config.json is not JSON" {
    local text
    for text in '' '{' '[]' 'null' '{"ociVersion": "1.0.2",}' "$(<"$BUNDLE/config.json") x" '{"ociVersion": "1.0.2", "ociVersion": "1.0.2"}'; do
        printf '%s' "$text" >"$BUNDLE/config.json"
        refuses_to_create 'config.json'
    done
}

@test "config.json is a directory, a FIFO" {
    rm "$BUNDLE/config.json"
    mkdir "$BUNDLE/config.json"
    refuses_to_create 'config.json'
    rmdir "$BUNDLE/config.json"
    mkfifo "$BUNDLE/config.json"
    refuses_to_create 'config.json'
}

# The config's mistake, and the place that the error must name.
@test "a wrong value is told with its place" {
    local filter pointer
    while IFS='|' read -r filter pointer; do
        cp "$BATS_SUITE_TMPDIR/minimal/config.json" "$BUNDLE/config.json"
        config "$filter"
        refuses_to_create "$pointer"
    done <<'EOT'
del(.ociVersion)|/ociVersion
.ociVersion = "2.0.0"|/ociVersion
.process.args = []|/process/args
.process.args = "sh"|/process/args
.process.args = ["sh", 1]|/process/args/1
.process.args = ["sh", "a\u0000b"]|/process/args
.process.cwd = "bin"|/process/cwd
.process.env = ["NOVALUE"]|/process/env/0
.process.user.uid = -1|/process/user/uid
.process.user.uid = 4294967295|/process/user/uid
.process.user.gid = 4294967296|/process/user/gid
.process.user.uid = "0"|/process/user/uid
.process.user.additionalGids = [1, 1.5]|/process/user/additionalGids/1
.process.rlimits = [{"type": "RLIMIT_NOPE", "soft": 1, "hard": 1}]|/process/rlimits/0/type
.root.path = ""|/root/path
.mounts[1].destination = ""|/mounts/1/destination
.mounts[1].options += ["nosuchflag=", "noSuchOption"]|/mounts/1
.hooks = {"createRuntime": [{"path": "bin/true"}]}|/hooks/createRuntime/0/path
.linux.namespaces += [{"type": "weird"}]|/linux/namespaces/5/type
.linux.namespaces += [{"type": "pid"}]|/linux/namespaces/5
.linux.namespaces += [{"type": "user"}]|/linux/uidMappings
.linux.uidMappings = [{"containerID": 0, "hostID": 0, "size": 1}]|/linux/uidMappings
.linux.sysctl = {"kernel.core_pattern": "x"}|/linux/sysctl
.linux.seccomp = {"defaultAction": "SCMP_ACT_NOPE"}|/linux/seccomp/defaultAction
.linux.rootfsPropagation = "sideways"|/linux/rootfsPropagation
.linux.maskedPaths = ["proc/kcore"]|/linux/maskedPaths/0
.linux.cgroupsPath = "/a/../../b"|/linux/cgroupsPath
EOT
}

@test "what engines write for 'not given' is accepted" {
    config '.process.apparmorProfile = "" | .process.selinuxLabel = "" | .linux.mountLabel = "" | .hooks = null
        | .linux.intelRdt = null | .linux.resources = {"hugepageLimits": [], "unified": null, "network": {},
          "blockIO": {"weight": 0}, "memory": {"disableOOMKiller": false}, "cpu": {"shares": 0}, "pids": {"limit": -1}}'
    args true
    brig run -b "$BUNDLE" "$ID"
}

@test "ids that are no file names of ours" {
    local id
    for id in '' . .. a/b ../x /abs 'a b' $'a\nb' 'a;b' 'a%b' 'ä' .hidden "$(printf 'a%.0s' {1..300})"; do
        fails brig create -b "$BUNDLE" "$id"
        no_entries
    done
    fails brig create -b "$BUNDLE" -- -x
    no_entries
    equal "new entries beside the root" "$(ls -I stdout -I stderr "$T" | xargs)" "bundle state"
}

@test "ids that are fine" {
    args true
    local id
    for id in a 0 "A_b+c-9.d" "$ID"; do
        brig run -b "$BUNDLE" "$id"
    done
}

@test "no rootfs; a file, a link in its place" {
    mv "$BUNDLE/rootfs" "$T/elsewhere"
    refuses_to_create 'no such file or directory'
    contains "$(<"$T/stderr")" rootfs
    : >"$BUNDLE/rootfs"
    refuses_to_create rootfs
    rm "$BUNDLE/rootfs"
    ln -s "$T/elsewhere" "$BUNDLE/rootfs"
    refuses_to_create rootfs
}

@test "the source of a bind mount is not there" {
    config '.mounts += [{"destination": "/mnt", "type": "bind", "source": "/no/such/source", "options": ["rbind"]}]'
    refuses_to_create '/no/such/source'
    contains "$(<"$T/stderr")" 'no such file or directory'
}

@test "a file mounted on a directory" {
    : >"$T/file"
    config '.mounts += [{"destination": "/etc", "type": "bind", "source": $f, "options": ["bind"]}]' --arg f "$T/file"
    refuses_to_create 'not a directory (the source is a file, and there is a directory at the destination)'
}

@test "a directory mounted on a file" {
    config '.mounts += [{"destination": "/etc/passwd", "type": "bind", "source": $t, "options": ["bind"]}]' --arg t "$T"
    refuses_to_create "not a directory (a directory can't be mounted on a file"
}

@test "an unknown file system" {
    config '.mounts += [{"destination": "/mnt", "type": "nosuchfs", "source": "none"}]'
    refuses_to_create nosuchfs
    contains "$(<"$T/stderr")" 'see /proc/filesystems'
}

@test "a limit above the hard one, a cgroupsPath for systemd: what it takes is told" {
    config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 1, "hard": 99999999999}]'
    refuses_to_create CAP_SYS_RESOURCE
    config 'del(.process.rlimits) | .linux.cgroupsPath = "system.slice:brig:x"'
    refuses_to_create '(--systemd-cgroup has systemd make them)'
}

@test "a program that is not in PATH" {
    args nosuchprogram
    refuses_to_create 'exec: "nosuchprogram": executable file not found in $PATH'
}

@test "a program's path that is not there" {
    args /no/such/program
    refuses_to_create 'stat /no/such/program: no such file or directory'
}

@test "a program that is not executable" {
    echo '#!/bin/sh' >"$BUNDLE/rootfs/plain"
    args /plain
    refuses_to_create 'permission denied'
}

@test "a program that is a directory" {
    args /etc
    refuses_to_create 'is a directory'
}

@test "a cwd that is a file" {
    config '.process.cwd = "/etc/passwd"'
    refuses_to_create 'not a directory'
}

@test "a program that the kernel can't execute: start says so" {
    printf 'no program at all\n' >"$BUNDLE/rootfs/bin/junk"
    printf '#!/no/such/interpreter\n' >"$BUNDLE/rootfs/bin/script"
    chmod +x "$BUNDLE/rootfs/bin/junk" "$BUNDLE/rootfs/bin/script"
    args /bin/junk
    brig create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    refused 'exec format error' start "$ID"
    brig delete --force "$ID"
    args /bin/script
    brig create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    refused 'no such file or directory' start "$ID"
}

@test "a link in the place of /proc, /sys, /dev" {
    local target
    config '.mounts += [{"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro"]}]'
    for target in proc sys; do
        rm -rf "$BUNDLE/rootfs/$target"
        ln -s /tmp "$BUNDLE/rootfs/$target"
        refuses_to_create "/$target"
        rm "$BUNDLE/rootfs/$target"
        mkdir "$BUNDLE/rootfs/$target"
    done
}

@test "a cgroup that can't be made" {
    local above
    above=$(awk '/ - cgroup2 / {print $5; exit}' /proc/self/mountinfo)/above-$ID
    mkdir "$above" || skip 'no cgroup2 here'
    echo 0 >"$above/cgroup.max.descendants"
    config '.linux.cgroupsPath = "/above-" + $id + "/below"' --arg id "$ID"
    refused "above-$ID/below" create -b "$BUNDLE" "$ID"
    rmdir "$above"
    no_entries
}

@test "a terminal without console socket, a console socket without terminal" {
    config '.process.terminal = true'
    refuses_to_create 'cannot allocate tty if'
    config '.process.terminal = false'
    refused 'cannot use console socket if' create -b "$BUNDLE" --console-socket "$T/none" "$ID"
}

@test "a console socket where nobody listens" {
    config '.process.terminal = true'
    refused 'no such file or directory' create -b "$BUNDLE" --console-socket "$T/none" "$ID"
    no_entries
}

@test "a pid file that can't be written" {
    args sleep 1000
    refused 'no such file or directory' create -b "$BUNDLE" --pid-file "$T/no/dir/pid" "$ID"
    no_entries
    nothing_left
}

@test "a quota and CPUs that the kernel does not take: what it takes is told" {
    needs_controller cpu
    config '.linux.resources.cpu = {"quota": 1, "period": 1}'
    refuses_to_create 'a period is 1000 to 1000000'
    needs_controller cpuset
    config '.linux.resources.cpu = {"cpus": "0-1023"}'
    refuses_to_create 'may not have all of these'
}

@test "a console socket that is a file" {
    config '.process.terminal = true'
    : >"$T/file"
    refused 'connection refused (it is no socket, or nobody listens on it)' create -b "$BUNDLE" --console-socket "$T/file" "$ID"
    no_entries
}

# with_root_on OPTIONS COMMAND...: with a tmpfs of these mount options as the state root.
with_root_on() {
    unshare --mount --propagation private sh -c 'mount -t tmpfs -o "$2" tmpfs "$1" && shift 2 && exec "$@"' \
        sh "$ROOT" "$1" "$BRIG" --root "$ROOT" "${@:2}"
}

@test "a state root that is full or read-only: the file is named" {
    fails with_root_on size=4k,mode=700 create -b "$BUNDLE" "$ID"
    contains "$(<"$T/stderr")" "write \`$ROOT/$ID/state.json.new\`: write: no space left on device"
    nothing_left
    fails with_root_on ro,mode=700 create -b "$BUNDLE" "$ID"
    contains "$(<"$T/stderr")" "\`$ROOT/$ID\`: mkdir \`$ID\`: read-only file system"
}

@test "a user who needs a user namespace is told so" {
    open_to_users
    install -d -o 1000 -g 1000 -m 700 "$T/own"
    cp "$BRIG" "$T/brig"
    fails setpriv --reuid 1000 --regid 1000 --clear-groups "$T/brig" --root "$T/own" run -b "$BUNDLE" "$ID"
    contains "$(<"$T/stderr")" 'operation not permitted (only root may without a user namespace; `brig spec --rootless` writes one)'
}

@test "an error's line is short enough for conmon's one read" {
    args "/$(head -c 3000 /dev/zero | tr '\0' 'y')"
    refused 'file name too long' create -b "$BUNDLE" "$ID"
    [ "$(stat -c %s "$T/stderr")" -lt 8192 ]
}

@test "without --log the error is on stderr alone" {
    run --separate-stderr -1 brig state "$ID"
    equal stdout "$output" ''
    equal "lines on stderr" "${#stderr_lines[@]}" 1
    contains "$stderr" "container does not exist (there is no $ID in $ROOT)"
}

@test "standard error, a text log and a JSON log say the same" {
    local message
    fails brig --log "$T/text" --log-format text state "$ID"
    message=$(<"$T/stderr")
    message=${message#brig: }
    contains "$(<"$T/text")" "level=error msg=\"$message\""
    fails logged state "$ID"
    equal message "$(jq -r .msg "$LOG")" "$message"
    equal id "$(jq -r .id "$LOG")" not-found
}

@test "too few descriptors: an error that says so, and nothing is left" {
    local limit verb failed=0
    args true
    for verb in run create; do
        for limit in {5..40}; do
            (ulimit -n "$limit" && exec "$BRIG" --root "$ROOT" "$verb" -b "$BUNDLE" "$ID") </dev/null >"$T/stdout" 2>"$T/stderr" || {
                contains "$(<"$T/stderr")" 'too many open files'
                equal "entries of the state root at $limit" "$(ls -A "$ROOT")" ""
                failed=$((failed + 1))
            }
            brig delete --force "$ID"
            nothing_left
        done
    done
    [ "$failed" -gt 10 ] && [ "$failed" -lt 72 ]
}
