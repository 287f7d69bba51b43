# Namespaces: made, joined by path, in a user namespace and not.

load helpers

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

# clock NAME <OUTPUT: the nanoseconds that `in --clocks` told.
clock() {
    sed -n "s/^$1=//p"
}

@test "time offsets move both clocks, forwards and backwards, to the nanosecond" {
    config '.linux.namespaces += [{"type": "time"}]
        | .linux.timeOffsets = {"monotonic": {"secs": -10, "nanosecs": 500000001},
                                "boottime": {"secs": 7000000, "nanosecs": 250000000}}'
    args sh -c '/bin/in --clocks; cat /proc/self/timens_offsets'
    local before after name offset inside
    before=$("$BATS_SUITE_TMPDIR/in" --clocks)
    run brig run -b "$BUNDLE" "$ID" </dev/null
    after=$("$BATS_SUITE_TMPDIR/in" --clocks)
    equal "exit status ($output)" "$status" 0
    while read -r name offset; do
        inside=$(($(clock "$name" <<<"$output") - offset))
        [ "$inside" -ge "$(clock "$name" <<<"$before")" ] && [ "$inside" -le "$(clock "$name" <<<"$after")" ] || {
            echo "$name: $output, from $before to $after"
            return 1
        }
    done <<'END'
monotonic -9499999999
boottime 7000000250000000
END
    contains "$(xargs <<<"$output")" 'monotonic -10 500000001 boottime 7000000 250000000'
}

@test "one clock is moved and the other is not" {
    config '.linux.namespaces += [{"type": "time"}] | .linux.timeOffsets = {"boottime": {"secs": 7000000}}'
    args cat /proc/uptime /proc/self/timens_offsets
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status" "$status" 0
    [ "${output%%.*}" -ge 7000000 ]
    contains "$(xargs <<<"$output")" 'monotonic 0 0 boottime 7000000 0'
}

@test "a time namespace without offsets is a new one" {
    config '.linux.namespaces += [{"type": "time"}]'
    args readlink /proc/self/ns/time
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status" "$status" 0
    [ "$output" != "$(readlink /proc/self/ns/time)" ]
}

@test "an offset that no clock can have is told, and nothing is left" {
    config '.linux.namespaces += [{"type": "time"}] | .linux.timeOffsets = {"monotonic": {"secs": -1000000000}}'
    refuses_to_create 'set /linux/timeOffsets'
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

@test "the mappings beside a user namespace to join must be its own" {
    own_rootfs
    user_namespace
    running
    PID=$(<"$T/pid")
    join_to user
    args cat /proc/self/uid_map
    local wrong
    cp "$BUNDLE/config.json" "$T/joining.json"
    run brig run -b "$BUNDLE" "$ID-2" </dev/null
    equal "exit status ($output)" "$status" 0
    equal "uid map" "$(xargs <<<"$output")" '0 100000 65536'
    # Divided in another way they are the same.
    config '.linux.uidMappings = [{"containerID": 1, "hostID": 100001, "size": 65535},
                                  {"containerID": 0, "hostID": 100000, "size": 1}]'
    run brig run -b "$BUNDLE" "$ID-2" </dev/null
    equal "exit status ($output)" "$status" 0
    for wrong in '.linux.uidMappings[0].hostID = 200000' '.linux.uidMappings[0].size = 65535' \
        '.linux.gidMappings[0].containerID = 1' \
        '.linux.gidMappings += [{"containerID": 70000, "hostID": 500000, "size": 1}]'; do
        cp "$T/joining.json" "$BUNDLE/config.json"
        config "$wrong"
        refused 'is not the mapping of the user namespace to join' create -b "$BUNDLE" "$ID-2"
        equal "entries of the state root" "$(ls -A "$ROOT")" "$ID"
    done
}

@test "the runtime's own user namespace is not joined" {
    config '.linux.namespaces += [{"type": "user", "path": "/proc/self/ns/user"}]'
    refuses_to_create "is the runtime's own user namespace"
}

@test "a pod's user, network, ipc and uts namespaces are joined, with new pid, mount and cgroup ones" {
    own_rootfs
    user_namespace
    running
    PID=$(<"$T/pid")
    join_to user network ipc uts
    config '.linux.namespaces += [{"type": "cgroup"}] | del(.hostname)'
    args sleep 1000
    brig create -b "$BUNDLE" --pid-file "$T/pid2" "$ID-2" </dev/null >"$T/out" 2>&1
    brig start "$ID-2"
    for file in user net ipc uts; do
        equal "$file" "$(namespace_of "$(<"$T/pid2")" $file)" "$(namespace_of "$PID" $file)"
    done
    for file in pid mnt; do
        [ "$(namespace_of "$(<"$T/pid2")" $file)" != "$(namespace_of "$PID" $file)" ]
    done
    equal "uid on the host" "$(awk '$1 == "Uid:" {print $2}' "/proc/$(<"$T/pid2")/status")" 100000
}

@test "a new user namespace beside a network namespace of the host's" {
    own_rootfs
    user_namespace
    unshare -n sleep 1000 &
    PIDS+=("$!")
    PID=$!
    until [ "$(namespace_of "$PID" net)" != "$(namespace_of $$ net)" ]; do sleep 0.01; done
    join_to network
    args sh -c 'readlink /proc/self/ns/net; cat /proc/self/uid_map; id -u'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status ($output)" "$status" 0
    equal output "$(xargs <<<"$output")" "$(namespace_of "$PID" net) 0 100000 65536 0"
}

@test "several mappings, and a user that is not root" {
    own_rootfs
    chown -R --no-dereference 100000:100000 "$BUNDLE/rootfs"
    config '.linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 10},
                                {"containerID": 1000, "hostID": 300000, "size": 2}]
        | .linux.gidMappings = [{"containerID": 0, "hostID": 100000, "size": 10},
                                {"containerID": 500, "hostID": 400000, "size": 1}]
        | .process.user = {"uid": 1001, "gid": 500}'
    args sleep 1000
    brig create -b "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
    equal "ids on the host" "$(awk '/^[UG]id:/ {print $2}' "/proc/$(<"$T/pid")/status" | xargs)" '300001 400000'
    equal "gid map" "$(xargs <"/proc/$(<"$T/pid")/gid_map")" '0 100000 10 500 400000 1'
}

@test "hostname and domainname are the container's own" {
    config '.hostname = "inside" | .domainname = "example.test"'
    args sh -c 'hostname; cat /proc/sys/kernel/domainname'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal output "$(xargs <<<"$output")" 'inside example.test'
    [ "$(hostname)" != inside ]
    config 'del(.hostname) | .linux.namespaces |= map(select(.type != "uts"))'
    refuses_to_create '/domainname: needs a "uts" namespace'
}

# The names of a namespace are the runtime's if the namespace is; here it has one for the test.
@test "a uts namespace to join that is the runtime's own keeps its names" {
    cat >"$T/own" <<'SCRIPT'
hostname before
config=$(jq --arg p "/proc/$$/ns/uts" --arg h "$1" \
    '.hostname = $h | .linux.namespaces |= map(if .type == "uts" then .path = $p else . end)' "$BUNDLE/config.json")
printf '%s\n' "$config" >"$BUNDLE/config.json"
"$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null
echo "status=$? name=$(hostname)"
SCRIPT
    export BUNDLE BRIG ROOT ID
    args hostname
    run unshare --uts bash "$T/own" after
    contains "$output" "/hostname: would change the host's"
    contains "$output" 'status=1 name=before'
    run unshare --uts bash "$T/own" before
    equal output "$(xargs <<<"$output")" 'before status=0 name=before'
}

@test "every kernel parameter of a namespace of the container is set, and no other" {
    own_rootfs
    user_namespace
    config '.linux.sysctl = {"kernel.msgmax": "8000", "kernel.msgmnb": "16000", "kernel.msgmni": "3000",
            "kernel.sem": "32001 1024000001 501 32001", "kernel.shmall": "1000001", "kernel.shmmax": "1000003",
            "kernel.shmmni": "4001", "kernel.shm_rmid_forced": "1", "fs.mqueue.msg_max": "11",
            "net.core.somaxconn": "256", "net.ipv4.ip_forward": "1", "kernel.domainname": "example.test",
            "user.max_mnt_namespaces": "17"}'
    local file=()
    mapfile -t file < <(jq -r '.linux.sysctl | keys_unsorted[] | gsub("[.]"; "/")' "$BUNDLE/config.json")
    args sh -c 'cd /proc/sys; for f; do echo "$f=$(cat $f)" | sed "1s:/:.:g"; done' sh "${file[@]}"
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status ($output)" "$status" 0
    local name value
    while IFS=$'\t' read -r name value; do
        equal "$name" "$(report "${name//\//.}" | xargs)" "$value"
    done < <(jq -r '.linux.sysctl | to_entries[] | "\(.key | gsub("[.]"; "/"))\t\(.value)"' "$BUNDLE/config.json")
    [ "$(</proc/sys/kernel/msgmax)" != 8000 ]
    local type key
    mkdir "$T/less"
    while read -r type key; do
        jq --arg t "$type" --arg k "$key" \
            '.linux.namespaces |= map(select(.type != $t)) | .linux.sysctl = {($k): "1"}
             | if $t == "uts" then del(.hostname) else . end
             | if $t == "user" then del(.linux.uidMappings, .linux.gidMappings) else . end' \
            "$BUNDLE/config.json" >"$T/less/config.json"
        ln -sfn "$BUNDLE/rootfs" "$T/less/rootfs"
        refused "needs a \"$type\" namespace" create -b "$T/less" "$ID"
    done <<'END'
ipc kernel.shmmax
ipc fs.mqueue.msg_max
network net.core.somaxconn
uts kernel.domainname
user user.max_mnt_namespaces
END
}
