# What the tests of --systemd-cgroup share. Each container of theirs is the scope $UNIT of machine.slice.

prepare() {
    UNIT=test-$ID.scope
    config '.linux.cgroupsPath = "machine.slice:test:" + $id' --arg id "$ID"
}

needs_systemd() {
    [ -S /run/systemd/private ] || skip 'systemd does not run here (tests/lab/uml-systemd)'
}

# made: created with systemd; started: that, and running.
made() {
    args sleep 1000
    brig --systemd-cgroup create --bundle "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1 || {
        cat "$T/out"
        return 1
    }
}
started() {
    made
    brig start "$ID"
}

# shown PROPERTY: of the unit.
shown() {
    systemctl show --value -p "$1" "$UNIT"
}

no_unit() {
    equal "LoadState of ${1:-$UNIT}" "$(systemctl show --value -p LoadState "${1:-$UNIT}")" not-found
}

# value CONTROLLER FILE: of the created container.
value() {
    cat "$(cgroup "$1" "$(<"$T/pid")")/$2"
}
