# podman --runtime brig --cgroup-manager systemd: podman says slice:libpod:ID, and its later commands say nothing of
# systemd. Needs a machine whose first process is systemd, which may be changed at will: a guest of the lab.
#
#   tests/lab/uml-systemd bats conformance/engines/systemd_podman.bats

load helpers

setup_file() {
    needs podman conmon systemctl
    # A file can't be skipped as a whole by bats 1.8.
    [ -S /run/systemd/private ] && grep -q ' / hostfs ' /proc/mounts || {
        export ABSENT='not in a guest of tests/lab/uml-systemd'
        return 0
    }
    make_archive
    local directory
    for directory in /var/lib /etc/containers; do mount -t tmpfs -o mode=755 tmpfs "$directory"; done
    echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json # images made here are unsigned
    local own=/run/brig-podman # podman takes no long path
    wrap podman --root "$own/root" --runroot "$own/run" --tmpdir "$own/tmp" --storage-driver vfs \
        --cgroup-manager systemd --events-backend file --runtime "$BRIG"
    podman import - "$IMAGE" <"$BATS_FILE_TMPDIR/rootfs.tar"
}

setup() {
    [ -z "${ABSENT:-}" ] || skip "$ABSENT"
}

run_podman() {
    podman run --network none "$@"
}

# none_left: no unit of podman's or ours, failed or not.
none_left() {
    equal "units left" "$(systemctl list-units --all --no-legend --plain 'libpod-*.scope' | grep -v conmon || true)" ''
    equal "failed units" "$(systemctl list-units --failed --no-legend --plain)" ''
}

@test "podman run: output and exit status; the unit is gone" {
    run --separate-stderr -5 run_podman --rm "$IMAGE" sh -c 'echo hello; exit 5'
    equal stdout "$output" hello
    none_left
}

@test "podman run -d with limits: the scope is podman's, with them; a reload loses none" {
    local id pid unit cgroup
    id=$(run_podman -d --memory 64m --pids-limit 50 --cpus 0.5 "$IMAGE" sleep 1000)
    unit=libpod-$id.scope
    pid=$(podman inspect --format '{{.State.Pid}}' "$id")
    cgroup=$(sed -n 's/^0:://p' "/proc/$pid/cgroup")
    # podman's own init may be in a cgroup below.
    contains "$cgroup" "/machine.slice/$unit"
    equal slice "$(systemctl show --value -p Slice "$unit")" machine.slice
    equal MemoryMax "$(systemctl show --value -p MemoryMax "$unit")" 67108864
    equal TasksMax "$(systemctl show --value -p TasksMax "$unit")" 50
    contains "$(systemctl status --no-pager "$unit")" "$pid"
    limits() { (cd "/sys/fs/cgroup/machine.slice/$unit" && cat memory.max pids.max cpu.max); }
    equal limits "$(limits)" $'67108864\n50\n50000 100000'
    systemctl daemon-reload
    equal "limits after a reload" "$(limits)" $'67108864\n50\n50000 100000'
    podman stop -t 2 "$id"
    podman rm "$id"
    none_left
}

@test "podman kill, rm -f of one that runs" {
    local id
    id=$(run_podman -d "$IMAGE" sleep 1000)
    podman kill "$id"
    run -0 podman wait "$id"
    equal "exit status" "$output" 137
    podman rm -f "$id"
    id=$(run_podman -d "$IMAGE" sleep 1000)
    podman rm -f -t 0 "$id"
    none_left
}

@test "podman run --systemd: systemd of the image's own could manage its cgroup" {
    run -0 run_podman --rm --systemd=always "$IMAGE" sh -c 'mkdir /sys/fs/cgroup/below && echo $$ >/sys/fs/cgroup/below/cgroup.procs &&
        echo +memory >/sys/fs/cgroup/cgroup.subtree_control && echo 32M >/sys/fs/cgroup/below/memory.max && cat /sys/fs/cgroup/below/memory.max'
    contains "$output" 33554432
    none_left
}

# as_user COMMAND...: user 1000, in an environment of its own below /run/brig-user.
as_user() {
    setpriv --reuid 1000 --regid 1000 --clear-groups env -i PATH="${PATH#*:}" HOME=/run/brig-user/home \
        TMPDIR=/run/brig-user/home XDG_RUNTIME_DIR=/run/user/1000 "$@"
}

user_podman() {
    as_user podman --root /run/brig-user/home/root --runroot /run/user/1000/p --tmpdir /run/user/1000/t \
        --storage-driver vfs --cgroup-manager systemd --events-backend file --runtime /run/brig-user/brig "$@"
}

# Only in this guest: ids for user 1000.
give_ids() {
    echo "$(id -un 1000):100000:65536" >/run/brig-user/ids
    mount --bind /run/brig-user/ids /etc/subuid
    mount --bind /run/brig-user/ids /etc/subgid
}

@test "as a user: the scope is of the user's own systemd, with its limit; exec, rm" {
    id -un 1000 >/dev/null 2>&1 || skip 'there is no user 1000'
    [ -e /etc/subuid ] && [ -e /etc/subgid ] && [ -u /usr/bin/newuidmap ] || skip 'no newuidmap'
    [ -e /usr/lib/systemd/user/dbus.socket ] || skip 'no bus for users (dbus-user-session)'
    mkdir -m 755 /run/brig-user
    give_ids
    install -m 755 "$BRIG" /run/brig-user/brig
    install -d -o 1000 -g 1000 /run/brig-user/home
    systemctl start user@1000
    as_user systemctl --user start dbus.socket
    user_podman import - "$IMAGE" <"$BATS_FILE_TMPDIR/rootfs.tar"
    local id unit
    id=$(user_podman run -d --network none --memory 64m "$IMAGE" sleep 1000)
    unit=libpod-$id.scope
    contains "$(as_user systemctl --user show -p ControlGroup --value "$unit")" \
        "/user.slice/user-1000.slice/user@1000.service/user.slice/$unit"
    equal MemoryMax "$(as_user systemctl --user show -p MemoryMax --value "$unit")" 67108864
    equal "limit in the container" "$(user_podman exec "$id" cat /sys/fs/cgroup/memory.max)" 67108864
    user_podman rm -f -t 0 "$id"
    equal LoadState "$(as_user systemctl --user show -p LoadState --value "$unit")" not-found
}
