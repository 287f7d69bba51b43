# Limits act: not that they are written, which limits.bats and resources.bats show, but what they do to a program. Where
# all controllers are:
#
#   scripts/lab uml program/in_force        scripts/lab qemu program/in_force (pressure, too)
# bats file_tags=uml

load helpers

# value CONTROLLER FILE: of the created container.
value() {
    cat "$(cgroup "$1" "$(<"$T/pid")")/$2"
}

# count_in FILE KEY: of the lines "key value" in a file of the container's memory or pids cgroup.
count_in() {
    value "${1%%.*}" "$1" | sed -n "s/^$2 //p"
}

# start_program WORD...: created and started, its output in $T/out.
start_program() {
    args "$@"
    brig create --bundle "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
}

only_v2() {
    [ "$BRIG_WORLD" != v1 ] || skip "$1 is of cgroup v2"
}

# Nanoseconds of CPU time that the container has used.
used() {
    if [ "$BRIG_WORLD" = v1 ]; then
        value cpuacct cpuacct.usage
    else
        echo "$(value cpu cpu.stat | sed -n 's/^usage_usec //p')000"
    fi
}

@test "a quota of half a CPU is half a CPU, within a tenth" {
    needs_controller cpu
    config '.linux.resources.cpu = {"quota": 50000, "period": 100000}'
    start_program sh -c 'while :; do :; done'
    sleep 1 # the first periods are not whole
    local began=${EPOCHREALTIME/./} before after ended share
    before=$(used)
    sleep 4
    after=$(used)
    ended=${EPOCHREALTIME/./}
    share=$(((after - before) / 10 / (ended - began)))
    echo "$share % of a CPU in $(((ended - began) / 1000)) ms"
    [ "$share" -ge 45 ] && [ "$share" -le 55 ]
    [ "$BRIG_WORLD" = v1 ] || [ "$(value cpu cpu.stat | sed -n 's/^nr_throttled //p')" -gt 20 ]
}

@test "a program beyond its memory limit is killed, with status 137, and events tells" {
    needs_controller memory
    config '.linux.resources.memory = {"limit": 33554432, "swap": 33554432}'
    args sh -c 'while [ ! -e /go ]; do sleep 0.1; done; /bin/in --hog 128; echo "status $?"; exec sleep 1000'
    brig create --bundle "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
    "$BRIG" --root "$ROOT" events --interval 1s "$ID" >"$T/events" 2>"$T/events.errors" 3>&- &
    PIDS+=($!)
    # Its first line says that it watches.
    wait_until grep -q '"type"' "$T/events"
    touch "$BUNDLE/rootfs/go"
    wait_until grep -q status "$T/out"
    equal output "$(grep status "$T/out")" 'status 137'
    wait_until grep -q '"type":"oom"' "$T/events"
    jq -es --arg id "$ID" 'map(select(.type == "oom" and .id == $id)) | length == 1' "$T/events"
    [ "$BRIG_WORLD" = v1 ] || equal oom_kill "$(count_in memory.events oom_kill)" 1
}

@test "a container whose first process is killed for memory has status 137" {
    needs_controller memory
    config '.linux.resources.memory = {"limit": 33554432, "swap": 33554432}'
    args in --hog 128
    run -137 brig run -b "$BUNDLE" "$ID" </dev/null
    lacks "$output" hogged
}

@test "a fork bomb ends at the limit of processes" {
    needs_controller pids
    config '.linux.resources.pids = {"limit": 20}'
    # The first process forks no more: a shell that can't fork ends.
    start_program sh -c 'bomb() { bomb | bomb & }; bomb 2>/dev/null; exec sleep 1000'
    local most=0 now tries=20
    wait_until refused_forks
    while ((tries-- > 0)); do
        now=$(value pids pids.current)
        [ "$now" -le "$most" ] || most=$now
        nap
    done
    echo "at most $most processes"
    [ "$most" -le 20 ]
    brig kill --all "$ID" KILL
    wait_until is_status "$ID" stopped
    brig delete "$ID"
}
refused_forks() {
    [ "$(count_in pids.events max)" -gt 10 ]
}

@test "a throttled disk is written no faster than that" {
    [ -e /sys/block/loop0/loop/backing_file ] || skip 'no disk of our own here (tests/lab/with-disk)'
    [ "$BRIG_WORLD" = v1 ] || needs_controller io
    # Four mebibytes, directly: without a limit it takes a moment, with one of a mebibyte a second four.
    args sh -c 'dd if=/dev/zero of=/dev/loop0 bs=64k count=64 oflag=direct status=none && echo written'
    config '.linux.devices = [{"path": "/dev/loop0", "type": "b", "major": 7, "minor": 0}]
        | .linux.resources.devices = [{"allow": true, "type": "b", "major": 7, "minor": 0, "access": "rw"}]'
    local free limited
    free=$(milliseconds)
    config '.linux.resources.blockIO.throttleWriteBpsDevice = [{"major": 7, "minor": 0, "rate": 1048576}]'
    limited=$(milliseconds)
    echo "without a limit $free ms, with it $limited ms"
    [ "$limited" -ge 3500 ]
    [ "$limited" -ge $((free + 2000)) ]
}
milliseconds() {
    local began=${EPOCHREALTIME/./} out
    out=$(brig run -b "$BUNDLE" "$ID" </dev/null)
    equal output "$out" written
    echo $(((${EPOCHREALTIME/./} - began) / 1000))
}

@test "memory.high holds a program back and does not kill it" {
    only_v2 memory.high
    needs_controller memory
    config '.linux.resources.unified = {"memory.high": "16777216"}'
    # Without swap there is nothing to reclaim.
    start_program in --hog 64
    wait_until held_back
    sleep 2
    lacks "$(<"$T/out")" hogged
    is_status "$ID" running
    equal oom_kill "$(count_in memory.events oom_kill)" 0
}
held_back() {
    [ "$(count_in memory.events high)" -gt 0 ]
}

@test "pressure is reported by the kernel, and by events" {
    only_v2 'a cgroup with pressure'
    [ -e /proc/pressure/cpu ] || skip 'this kernel tells no pressure (CONFIG_PSI, psi=1)'
    # More programs than CPUs; a quota helps where it is to be had.
    if grep -qw cpu /sys/fs/cgroup/cgroup.controllers; then
        config '.linux.resources.cpu = {"quota": 20000, "period": 100000}'
    fi
    start_program sh -c 'for i in 1 2 3 4 5 6; do while :; do :; done & done; wait'
    wait_until pressed
    brig events --stats "$ID" | jq -e '.data.cpu.psi.some.avg10 > 0 and .data.cpu.psi.some.total > 0'
}
pressed() {
    ! grep -q '^some avg10=0.00' "$(cgroup cpu "$(<"$T/pid")")/cpu.pressure"
}
