# systemd as the container's program, on cgroup v2 with its controllers: it is given its cgroup, makes services of it with
# limits of their own, and ends when it is told to as engines tell it. The machine's own systemd, from its /usr.
#
#   tests/support/world uml bats tests/program/nested.bats
#   tests/support/world systemd bats tests/program/nested.bats      the cgroup is a scope of the machine's systemd

load helpers

prepare() {
    [ "$BRIG_WORLD" != v1 ] || skip 'of cgroup v2'
    [ -x /usr/lib/systemd/systemd ] || skip 'there is no systemd'
    [ -L /bin ] || skip 'this machine keeps programs outside of /usr'
    needs_controller memory
    needs_controller pids
    SYSTEMD_CGROUP=()
    [ "$BRIG_WORLD" != systemd ] || SYSTEMD_CGROUP=(--systemd-cgroup)
    fill_rootfs
    write_units
    boot_config
}

# What is not in /usr.
fill_rootfs() {
    rm -rf "$BUNDLE/rootfs"
    mkdir -p "$BUNDLE/rootfs"/{etc,proc,sys,dev,run,tmp,usr,var,units} "$BUNDLE/units"
    local link
    for link in bin lib lib64 sbin; do ln -s "usr/$link" "$BUNDLE/rootfs/$link"; done
    cp /etc/passwd /etc/group "$BUNDLE/rootfs/etc"
    : >"$BUNDLE/rootfs/etc/machine-id"
}

unit() {
    { printf '[Unit]\nDefaultDependencies=no\nConflicts=shutdown.target\nBefore=shutdown.target\n' && cat; } >"$BUNDLE/units/$1"
}

# Beside these there are the distribution's, of which only those that end it are ever asked for.
write_units() {
    unit boot.target <<<'Requires=limited.service'
    unit limited.service <<'X'
[Service]
ExecStart=/bin/sh -c 'cat /proc/self/cgroup >/run/told; exec sleep 1000'
MemoryMax=32M
TasksMax=20
CPUWeight=200
X
}

# As podman runs a systemd: capabilities of an ordinary container, the cgroup writable, tmpfs where it wants to mount.
boot_config() {
    config '
        def tmpfs($at): {destination: $at, type: "tmpfs", source: "tmpfs", options: ["mode=755"]};
        def usr($at; $from): {destination: $at, type: "bind", source: $from, options: ["rbind", "ro"]};
        (["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP",
          "SETUID", "SYS_CHROOT"] | map("CAP_" + .)) as $capabilities
        | .root.readonly = true
        | .process.args = ["/usr/lib/systemd/systemd", "--unit=boot.target"]
        | .process.env += ["container=brig", "SYSTEMD_UNIT_PATH=/units:/usr/lib/systemd/system"]
        | .process.noNewPrivileges = false
        | .process.capabilities = {bounding: $capabilities, effective: $capabilities, permitted: $capabilities}
        | .linux.namespaces += [{type: "cgroup"}]
        | .mounts += [{destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]},
            {destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "rw"]},
            usr("/usr"; "/usr"), usr("/units"; $bundle + "/units"),
            tmpfs("/dev/shm"), tmpfs("/run"), tmpfs("/run/lock"), tmpfs("/tmp"), tmpfs("/var")]
        | .linux.cgroupsPath = (if $driver == "" then "/brig-nested/" + $id else "machine.slice:test:" + $id end)
    ' --arg bundle "$BUNDLE" --arg id "$ID" --arg driver "${SYSTEMD_CGROUP[*]}"
}

boot() {
    brig "${SYSTEMD_CGROUP[@]}" run --detach --bundle "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1 || {
        cat "$T/out"
        return 1
    }
    is_status "$ID" running || {
        echo 'systemd has ended'
        return 1
    }
    TOP=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(<"$T/pid")/cgroup")
    TOP=${TOP%/init.scope}
    SERVICE=$TOP/system.slice/limited.service
    wait_until test -s "/proc/$(<"$T/pid")/root/run/told"
}

# Halts as engines have it halt, and leaves nothing.
halt() {
    brig kill "$ID" SIGRTMIN+3
    wait_until is_status "$ID" stopped
    brig delete "$ID"
    [ ! -e "$TOP" ] || {
        echo "$TOP is left"
        return 1
    }
    [ -n "${SYSTEMD_CGROUP[*]}" ] || rmdir /sys/fs/cgroup/brig-nested
    [ -z "${SYSTEMD_CGROUP[*]}" ] ||
        equal "the machine's unit" "$(systemctl show --value -p LoadState "test-$ID.scope")" not-found
}

runs_a_limited_service() {
    equal "cgroup as the service sees it" "$(cat "/proc/$(<"$T/pid")/root/run/told")" 0::/system.slice/limited.service
    equal memory.max "$(<"$SERVICE/memory.max")" 33554432
    equal pids.max "$(<"$SERVICE/pids.max")" 20
    equal cpu.weight "$(<"$SERVICE/cpu.weight")" 200
    equal "processes in the service" "$(wc -l <"$SERVICE/cgroup.procs")" 1
    equal "where systemd itself is" "$(<"$TOP/init.scope/cgroup.procs")" "$(<"$T/pid")"
    equal "processes in the container's own cgroup" "$(<"$TOP/cgroup.procs")" ""
}

@test "systemd runs a service with limits in a cgroup below its own, and halts" {
    boot
    runs_a_limited_service
    halt
}

# bats test_tags=uml
@test "the same in a user namespace: the cgroup is the container's root's" {
    config '.linux.namespaces += [{type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
    chown -Rh 100000:100000 "$BUNDLE/rootfs"
    local above=$BUNDLE
    while [ "$above" != "${BATS_RUN_TMPDIR%/*}" ]; do
        chmod o+x "$above"
        above=${above%/*}
    done
    boot
    runs_a_limited_service
    equal "owner of the cgroup" "$(stat -c %u "$TOP")" 100000
    equal "owner of the service's" "$(stat -c %u "$SERVICE")" 100000
    local file
    while read -r file; do
        [ ! -e "$TOP/$file" ] || equal "owner of $file" "$(stat -c %u "$TOP/$file")" 100000
    done </sys/kernel/cgroup/delegate
    # Limits of the container itself stay out of its reach.
    equal "owner of memory.max" "$(stat -c %u "$TOP/memory.max")" 0
    halt
}

@test "delete --force ends all that systemd has started" {
    boot
    local inside
    inside=$(<"$SERVICE/cgroup.procs")
    brig delete --force "$ID"
    [ ! -e "/proc/$inside" ]
    [ ! -e "$TOP" ]
    [ -n "${SYSTEMD_CGROUP[*]}" ] || rmdir /sys/fs/cgroup/brig-nested
}
