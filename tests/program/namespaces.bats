# Namespaces: made, joined by path, in a user namespace and not.

load helpers

# user_namespace [OFFSET]: adds one to the bundle, with 65536 ids from OFFSET on.
user_namespace() {
    chown -R --no-dereference "${1:-100000}:${1:-100000}" "$BUNDLE/rootfs"
    config '.linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": $host, "size": 65536}]
        | .linux.gidMappings = .linux.uidMappings' --argjson host "${1:-100000}"
}

# The bundle's rootfs is hard links of one that all tests share, so a change of owner takes a copy.
own_rootfs() {
    rm -rf "$BUNDLE/rootfs"
    cp -a "$BATS_SUITE_TMPDIR/minimal/rootfs" "$BUNDLE/rootfs"
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_SUITE_TMPDIR" "$BATS_FILE_TMPDIR" "${T%/*}" "$T" "$BUNDLE"
}

# join TYPE...: the bundle's namespaces of these types are those of the process $PID.
join_to() {
    local type file
    for type in "$@"; do
        case $type in
        mount) file=mnt ;;
        network) file=net ;;
        *) file=$type ;;
        esac
        config '.linux.namespaces |= map(select(.type != $type)) + [{"type": $type, "path": $path}]' \
            --arg type "$type" --arg path "/proc/$PID/ns/$file"
    done
}

# namespace_of PID FILE
namespace_of() {
    readlink "/proc/$1/ns/$2"
}

@test "a new user namespace has the mappings of the config" {
    own_rootfs
    user_namespace
    args sh -c 'cat /proc/self/uid_map /proc/self/gid_map; id; touch /made'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status" "$status" 0
    equal "uid map" "$(xargs <<<"${lines[0]}")" '0 100000 65536'
    equal "gid map" "$(xargs <<<"${lines[1]}")" '0 100000 65536'
    contains "$output" 'uid=0'
    equal "owner on the host" "$(stat -c %u:%g "$BUNDLE/rootfs/made")" 100000:100000
}

@test "another user of a user namespace, with groups" {
    own_rootfs
    user_namespace
    config '.process.user = {"uid": 7, "gid": 8, "additionalGids": [9]}'
    args sh -c 'id -u; id -g; id -G'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal output "$(xargs <<<"$output")" '7 8 8 9'
}

@test "oomScoreAdj counts in a user namespace too" {
    own_rootfs
    user_namespace
    config '.process.oomScoreAdj = 555'
    args cat /proc/self/oom_score_adj
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal output "$output" 555
}

@test "time offsets move the clocks of the container" {
    config '.linux.namespaces += [{"type": "time"}] | .linux.timeOffsets = {"boottime": {"secs": 7000000}}'
    args cat /proc/uptime
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status" "$status" 0
    [ "${output%%.*}" -ge 7000000 ]
}

@test "time offsets with a new user namespace" {
    own_rootfs
    user_namespace
    config '.linux.namespaces += [{"type": "time"}] | .linux.timeOffsets = {"boottime": {"secs": 7000000}}'
    args sh -c 'cat /proc/uptime; cat /proc/self/uid_map'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status" "$status" 0
    [ "${lines[0]%%.*}" -ge 7000000 ]
    equal "uid map" "$(xargs <<<"${lines[1]}")" '0 100000 65536'
}

@test "the pid namespace of another container is joined" {
    running
    PID=$(<"$T/pid")
    join_to pid
    args sh -c 'ps -o args; echo $$'
    run brig run -b "$BUNDLE" "$ID-2" </dev/null
    equal "exit status" "$status" 0
    contains "$output" 'sleep 1000'
    [ "${lines[-1]}" -gt 1 ]
    equal "status of the first" "$(status_of "$ID")" running
}

@test "a container in another's pid namespace is killed and deleted alone" {
    running
    PID=$(<"$T/pid")
    join_to pid
    args sleep 1000
    brig create -b "$BUNDLE" --pid-file "$T/pid2" "$ID-2" </dev/null >/dev/null 2>&1
    brig start "$ID-2"
    equal "pid namespace" "$(namespace_of "$(<"$T/pid2")" pid)" "$(namespace_of "$PID" pid)"
    brig delete --force "$ID-2"
    # Its new parent is the other container's program, which does not reap.
    local state
    state=$(awk '$1 == "State:" {print $2}' "/proc/$(<"$T/pid2")/status" 2>/dev/null || true)
    equal "state of the process" "${state:-Z}" Z
    equal "status of the first" "$(status_of "$ID")" running
}

@test "network, ipc, uts and cgroup namespaces are joined without a process between" {
    config '.linux.namespaces += [{"type": "cgroup"}]'
    running
    PID=$(<"$T/pid")
    join_to network ipc uts cgroup
    config 'del(.hostname)'
    args sleep 1000
    brig create -b "$BUNDLE" --pid-file "$T/pid2" "$ID-2" </dev/null >/dev/null 2>&1
    for file in net ipc uts cgroup; do
        equal "$file" "$(namespace_of "$(<"$T/pid2")" $file)" "$(namespace_of "$PID" $file)"
    done
    for file in pid mnt; do
        [ "$(namespace_of "$(<"$T/pid2")" $file)" != "$(namespace_of "$PID" $file)" ]
    done
}

@test "the user namespace of another container is joined, with new ones of its own" {
    own_rootfs
    user_namespace
    running
    PID=$(<"$T/pid")
    join_to user
    args sleep 1000
    brig create -b "$BUNDLE" --pid-file "$T/pid2" "$ID-2" </dev/null >"$T/out" 2>&1
    brig start "$ID-2"
    equal user "$(namespace_of "$(<"$T/pid2")" user)" "$(namespace_of "$PID" user)"
    equal Uid "$(awk '$1 == "Uid:" {print $2}' "/proc/$(<"$T/pid2")/status")" 100000
    [ "$(namespace_of "$(<"$T/pid2")" pid)" != "$(namespace_of "$PID" pid)" ]
}

@test "all namespaces but the mounts are joined from a container with a user namespace" {
    own_rootfs
    user_namespace
    config '.linux.namespaces += [{"type": "cgroup"}, {"type": "time"}]'
    running
    PID=$(<"$T/pid")
    join_to pid network ipc uts user cgroup time
    args sleep 1000
    brig create -b "$BUNDLE" --pid-file "$T/pid2" "$ID-2" </dev/null >"$T/out" 2>&1
    brig start "$ID-2"
    for file in pid net ipc uts user cgroup time; do
        equal "$file" "$(namespace_of "$(<"$T/pid2")" $file)" "$(namespace_of "$PID" $file)"
    done
}

@test "a mount namespace is joined, and its other users keep their root" {
    unshare -m --propagation private sleep 1000 &
    PID=$!
    until [ "$(namespace_of "$PID" mnt)" != "$(namespace_of $$ mnt)" ]; do sleep 0.01; done
    join_to mount
    args sh -c 'ls /; readlink /proc/self/ns/mnt'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    local namespace
    namespace=$(namespace_of "$PID" mnt)
    ls "/proc/$PID/root/etc/debian_version" >"$T/out"
    kill "$PID"
    equal "exit status ($output)" "$status" 0
    equal "its mount namespace" "${lines[-1]}" "$namespace"
    lacks "$output" boot
    equal "the other's root" "$(<"$T/out")" "/proc/$PID/root/etc/debian_version"
    nothing_left
}

@test "the host's own mount namespace is not joined" {
    PID=$$
    join_to mount
    refuses_to_create "is the host's own mount namespace"
}

@test "a path that is no namespace is refused at once" {
    mkfifo "$T/fifo"
    : >"$T/file"
    local path
    for path in "$T/fifo" "$T/file" /dev/null; do
        config '.linux.namespaces = [{"type": "mount"}, {"type": "network", "path": $path}] | del(.hostname)' --arg path "$path"
        refuses_to_create 'is not a namespace'
    done
}

@test "a namespace of another type is refused" {
    config '.linux.namespaces = [{"type": "mount"}, {"type": "network", "path": "/proc/self/ns/ipc"}] | del(.hostname)'
    refuses_to_create 'is not a network namespace'
}
