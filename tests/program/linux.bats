# config-linux.md, what has no file of its own: a configuration without it, or without a process; devices and /dev;
# rootfsPropagation; intelRdt.

load helpers

@test "without linux a container is a process in another root, with all of the runtime's namespaces" {
    config 'del(.linux, .mounts, .hostname)'
    args sh -c 'ls -d /bin/in /HOSTMARK; exec sleep 1000'
    brig create -b "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
    local file pid
    pid=$(<"$T/pid")
    for file in pid net ipc uts mnt user cgroup time; do
        equal "$file" "$(readlink "/proc/$pid/ns/$file")" "$(readlink "/proc/self/ns/$file")"
    done
    equal "root" "$(readlink "/proc/$pid/root")" "$(realpath "$BUNDLE/rootfs")"
    wait_until grep -q bin/in "$T/out"
    brig delete --force "$ID"
    wait_until eval "! grep -q sleep /proc/$pid/cmdline 2>/dev/null"
}

@test "without a process a container is created, can't be started, and stays as it was" {
    config 'del(.process)'
    brig create -b "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    equal status "$(status_of "$ID")" created
    # A later process in config.json is not this container's.
    config '.process = {"cwd": "/", "args": ["/bin/true"]}'
    refused 'cannot start a container without a process' start "$ID"
    equal status "$(status_of "$ID")" created
    local pid
    pid=$(<"$T/pid")
    [ "$(readlink "/proc/$pid/ns/net")" != "$(readlink /proc/self/ns/net)" ]
    # It is an environment that others join.
    config '.linux.namespaces |= map(if .type == "network" then .path = $p else . end)' --arg p "/proc/$pid/ns/net"
    args /bin/readlink /proc/self/ns/net
    run brig run -b "$BUNDLE" "$ID-2" </dev/null
    equal "network namespace" "$output" "$(readlink "/proc/$pid/ns/net")"
    brig kill "$ID" KILL
    wait_until is_status "$ID" stopped
    brig delete "$ID"
}

@test "without a process there is nothing to run" {
    config 'del(.process)'
    refused '/process: is missing' run -b "$BUNDLE" "$ID"
    refused '/process: is missing' run --detach -b "$BUNDLE" "$ID"
    equal "entries of the state root" "$(ls -A "$ROOT")" ''
}

@test "devices have the type, the numbers, the mode and the owner of the config, anywhere in the tree" {
    config '.linux.devices = [
        {"path": "/dev/char", "type": "c", "major": 1, "minor": 9, "fileMode": 432, "uid": 3, "gid": 4},
        {"path": "/dev/unbuffered", "type": "u", "major": 1, "minor": 3},
        {"path": "/srv/deep/block", "type": "b", "major": 7, "minor": 200, "fileMode": 384},
        {"path": "/dev/pipe", "type": "p", "fileMode": 420}]'
    args stat -c '%n %F %t:%T %a %u:%g' /dev/char /dev/unbuffered /srv/deep/block /dev/pipe
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status" "$status" 0
    equal char "${lines[0]}" '/dev/char character special file 1:9 660 3:4'
    equal unbuffered "${lines[1]}" '/dev/unbuffered character special file 1:3 666 0:0'
    equal block "${lines[2]}" '/srv/deep/block block special file 7:c8 600 0:0'
    equal pipe "${lines[3]}" '/dev/pipe fifo 0:0 644 0:0'
}

@test "default devices: what the specification lists, and the links" {
    args sh -c 'stat -c "%n %t:%T %a" /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty
        for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal devices "$(xargs <<<"$output")" "/dev/null 1:3 666 /dev/zero 1:5 666 /dev/full 1:7 666 /dev/random 1:8 666\
 /dev/urandom 1:9 666 /dev/tty 5:0 666 /proc/self/fd /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 pts/ptmx"
}

@test "a device of a container with a user namespace is the host's node, bound" {
    [ -c /dev/fuse ] || skip 'no /dev/fuse on this machine'
    own_rootfs
    user_namespace
    config '.linux.devices = [{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229}]'
    args sh -c 'stat -c "%t:%T" /dev/fuse; grep " /dev/fuse " /proc/self/mountinfo'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status ($output)" "$status" 0
    equal numbers "${lines[0]}" a:e5
    contains "${lines[1]}" nosuid,noexec
}

@test "in a user namespace a path that is another device on the host is refused" {
    [ -c /dev/fuse ] || skip 'no /dev/fuse on this machine'
    own_rootfs
    user_namespace
    config '.linux.devices = [{"path": "/dev/fuse", "type": "c", "major": 1, "minor": 3}]'
    refuses_to_create 'on the host is not device c 1:3'
}

@test "a /dev that the user brings is left as it is: no nodes, no links" {
    mkdir "$T/dev"
    mknod -m 640 "$T/dev/null" c 1 3
    mkdir "$T/dev/pts" "$T/dev/shm" "$T/dev/mqueue"
    config '.mounts |= map(if .destination == "/dev" then {"destination": "/dev", "type": "bind", "source": $d,
            "options": ["rbind", "rw"]} else . end)
        | .linux.devices = [{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229}]' --arg d "$T/dev"
    args sh -c 'ls -A /dev; stat -c %a /dev/null'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status ($output)" "$status" 0
    equal "what is in /dev" "$(xargs <<<"$output")" 'mqueue null pts shm 640'
    equal "what is in the source" "$(ls -A "$T/dev" | xargs)" 'mqueue null pts shm'
}

@test "rootfsPropagation, as the container's mount table has it" {
    local value tag
    args sh -c 'grep " / / \| / " /proc/self/mountinfo | awk "\$5 == \"/\"" | tail -n 1'
    while read -r value tag; do
        config '.linux.rootfsPropagation = $p' --arg p "$value"
        run unshare -m --propagation shared "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null
        equal "exit status of $value ($output)" "$status" 0
        case $tag in
        none) lacks "$output" shared: && lacks "$output" master: && lacks "$output" unbindable ;;
        *) contains "$output" "$tag" ;;
        esac
    done <<'END'
shared shared:
rshared shared:
slave master:
rslave master:
private none
rprivate none
unbindable unbindable
runbindable unbindable
END
    config '.linux.rootfsPropagation = "public"'
    refuses_to_create '/linux/rootfsPropagation'
}

@test "intelRdt on a machine without resctrl is refused before anything is made" {
    ! grep -q ' - resctrl ' /proc/self/mountinfo || skip 'resctrl is mounted on this machine'
    local rdt
    for rdt in '{}' '{"closID": "gold"}' '{"closID": "/", "enableMonitoring": true}' '{"schemata": ["L3:0=f"]}'; do
        config '.linux.intelRdt = $rdt' --argjson rdt "$rdt"
        refuses_to_create '/linux/intelRdt: no resctrl file system is mounted'
    done
    config '.linux.intelRdt = {"closID": "a/b"}'
    refuses_to_create '/linux/intelRdt/closID'
}
