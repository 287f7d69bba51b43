# linux.netDevices. The runtime's network namespace is one of the test's own, with a pair of virtual devices: host0,
# which is what moves, and peer0.

load helpers

prepare() {
    unshare -n sleep 1000 &
    HOST=$!
    PIDS+=("$HOST")
    wait_until other_network "$HOST"
    on_host ip link add host0 type veth peer name peer0
    on_host ip link set peer0 up
}

other_network() {
    [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

# on_host COMMAND...: in the runtime's network namespace.
on_host() {
    nsenter --net="/proc/$HOST/ns/net" "$@"
}

host_brig() {
    on_host "$BRIG" --root "$ROOT" "$@"
}

# devices JSON
devices() {
    config '.linux.netDevices = $devices' --argjson devices "$1"
}

# runs in the container, which has it all in $output.
in_container() {
    args sh -c "$1"
    run host_brig run -b "$BUNDLE" "$ID" </dev/null
    echo "$output"
    equal "exit status" "$status" 0
}

# refuses TEXT: create fails with it, and host0 is where it was, with its address.
refuses() {
    on_host ip address add 198.51.100.7/24 dev host0
    on_host ip link set host0 up
    fails host_brig create -b "$BUNDLE" "$ID"
    contains "$(<"$T/stderr")" "$1"
    equal "entries of the state root" "$(ls -A "$ROOT")" ''
    local left
    left=$(on_host ip -o -4 address show dev host0)
    contains "$left" '198.51.100.7/24'
    contains "$(on_host ip -o link show dev host0)" ',UP'
}

@test "a device is moved, keeps its name, its hardware address and its MTU, and is up" {
    local mac=02:00:5e:10:00:07
    on_host ip link set host0 address "$mac" mtu 1789
    devices '{"host0": {}}'
    in_container 'ip link show dev host0'
    contains "$output" "$mac"
    contains "$output" 'mtu 1789'
    contains "$output" ',UP'
}

@test "a device is renamed" {
    devices '{"host0": {"name": "inside0"}}'
    in_container 'ls /sys/class/net 2>/dev/null; ip link show dev inside0; ip link show dev host0 2>&1 || true'
    contains "$output" 'inside0'
    contains "$output" "can't find device 'host0'"
}

@test "permanent addresses of global scope come along, of both families; no others do" {
    on_host ip address add 192.0.2.5/24 broadcast 192.0.2.255 dev host0
    on_host ip address add 192.0.2.6/24 dev host0
    on_host ip address add 198.51.100.1 peer 198.51.100.2/32 dev host0
    on_host ip address add 203.0.113.1/24 scope link dev host0
    on_host ip address add 203.0.112.9/24 valid_lft 900 preferred_lft 900 dev host0
    on_host ip address add 2001:db8::5/64 dev host0
    on_host ip address add fe80::1234/64 dev host0
    on_host ip link set host0 up
    devices '{"host0": {"name": "eth7"}}'
    in_container 'ip address show dev eth7'
    contains "$output" 'inet 192.0.2.5/24 brd 192.0.2.255 scope global eth7'
    contains "$output" 'inet 192.0.2.6/24 scope global secondary eth7'
    contains "$output" '198.51.100.1 peer 198.51.100.2/32 scope global eth7'
    contains "$output" 'inet6 2001:db8::5/64 scope global'
    lacks "$output" 203.0.11
    lacks "$output" fe80::1234
}

@test "several devices; the number of a template is one that nobody has" {
    on_host ip link add host1 type veth peer name peer1
    on_host ip link add host2 type veth peer name peer2
    devices '{"host0": {"name": "net%d"}, "host1": {"name": "net0"}, "host2": {"name": "net%d"}}'
    in_container 'for i in 0 1 2; do ip -o link show dev net$i; done'
    [ "${#lines[@]}" -eq 3 ]
    equal "left on the host" "$(on_host ip -o link | grep -c host)" 0
}

@test "what lives in a container's own namespace ends with it" {
    devices '{"host0": {}}'
    in_container true
    wait_until no_device peer0
}

no_device() {
    ! on_host ip link show dev "$1" >/dev/null 2>&1
}

@test "a namespace that is joined keeps the device after delete, as it is not ours to empty" {
    unshare -n sleep 1000 &
    local pod=$!
    PIDS+=("$pod")
    wait_until other_network "$pod"
    on_host ip address add 192.0.2.5/24 dev host0
    config '.linux.namespaces |= map(select(.type != "network")) + [{"type": "network", "path": $path}]' \
        --arg path "/proc/$pod/ns/net"
    devices '{"host0": {"name": "pod0"}}'
    in_container 'ip address show dev pod0'
    contains "$output" 192.0.2.5/24
    contains "$(nsenter --net="/proc/$pod/ns/net" ip address show dev pod0)" 192.0.2.5/24
}

@test "a name that is taken in the namespace to join is refused, and nothing has moved" {
    unshare -n sleep 1000 &
    local pod=$!
    PIDS+=("$pod")
    wait_until other_network "$pod"
    nsenter --net="/proc/$pod/ns/net" ip link add taken type veth peer name taken-peer
    config '.linux.namespaces |= map(select(.type != "network")) + [{"type": "network", "path": $path}]' \
        --arg path "/proc/$pod/ns/net"
    on_host ip link add host1 type veth peer name peer1
    devices '{"host0": {}, "host1": {"name": "taken"}}'
    refuses 'there is a network device "taken"'
    contains "$(on_host ip -o link show dev host1)" host1
}

@test "a container that fails after the move gives the device back: name, address, state" {
    devices '{"host0": {"name": "inside0"}}'
    args /not/there
    refuses 'no such file'
    contains "$(on_host ip -o link show dev peer0)" peer0
}

@test "a run whose program can't be executed gives the device back" {
    printf 'no program' >"$BUNDLE/rootfs/bad"
    chmod 755 "$BUNDLE/rootfs/bad"
    devices '{"host0": {"name": "inside0"}}'
    args /bad
    fails host_brig run -b "$BUNDLE" "$ID"
    contains "$(on_host ip -o link show dev host0)" host0
}

@test "createRuntime hooks find the device in the container, and sysctls are about it" {
    cat >"$T/hook" <<'HOOK'
#!/bin/sh
pid=$(sed -n 's/.*"pid":\([0-9]*\).*/\1/p')
nsenter --net="/proc/$pid/ns/net" ip -o link show dev inside0 >"$1" 2>&1
HOOK
    chmod 755 "$T/hook"
    config '.hooks.createRuntime = [{"path": $hook, "args": ["hook", $out], "env": [$path]}]
        | .linux.sysctl = {"net.ipv4.conf.inside0.forwarding": "1"}' \
        --arg hook "$T/hook" --arg out "$T/seen" --arg path "PATH=$PATH"
    devices '{"host0": {"name": "inside0"}}'
    in_container 'cat /proc/sys/net/ipv4/conf/inside0/forwarding'
    equal forwarding "$output" 1
    contains "$(<"$T/seen")" ',UP'
}

@test "in a user namespace" {
    own_rootfs
    user_namespace
    on_host ip address add 192.0.2.5/24 dev host0
    devices '{"host0": {"name": "inside0"}}'
    in_container 'ip address show dev inside0'
    contains "$output" 192.0.2.5/24
}

@test "a pid namespace is joined, so that init has another parent" {
    created
    PID=$(<"$T/pid")
    config '.linux.namespaces |= map(select(.type != "pid")) + [{"type": "pid", "path": $path}]' \
        --arg path "/proc/$PID/ns/pid"
    devices '{"host0": {"name": "inside0"}}'
    args sh -c 'ip -o link show dev inside0'
    run host_brig run -b "$BUNDLE" "$ID-2" </dev/null
    equal "exit status" "$status" 0
    contains "$output" inside0
}

@test "what can't be done is said before anything is made" {
    local what
    while IFS=$'\t' read -r devices what; do
        devices "$devices"
        refused "$what" create -b "$BUNDLE" "$ID"
        equal "entries of the state root" "$(ls -A "$ROOT")" ''
    done <<'END'
{"nobody-has-it": {}}	/linux/netDevices/nobody-has-it
{"lo": {}}	the loopback device can't be moved
{"host0": {"name": "lo"}}	a device "lo" of its own
{"host0": {"name": "a/b"}}	/linux/netDevices/host0/name
{"host0": {"name": ".."}}	/linux/netDevices/host0/name
{"host0": {"name": "a:1"}}	/linux/netDevices/host0/name
{"host0": {"name": "a b"}}	/linux/netDevices/host0/name
{"host0": {"name": "sixteen-letters-"}}	/linux/netDevices/host0/name
{"host0": {"name": "a%s"}}	/linux/netDevices/host0/name
{"host0": {"name": "a%d%d"}}	/linux/netDevices/host0/name
{"sixteen-letters-": {}}	/linux/netDevices/sixteen-letters-
{"host0": {"name": "x"}, "host1": {"name": "x"}}	a second device with the name "x"
END
    devices '{"host0": {}}'
    config '.linux.namespaces |= map(select(.type != "network"))'
    refused 'needs a "network" namespace' create -b "$BUNDLE" "$ID"
    config '.linux.namespaces += [{"type": "network", "path": "/proc/self/ns/net"}]'
    refused "is the host's own" create -b "$BUNDLE" "$ID"
}

@test "whatever call fails on the way, the device is back where it was, with its address" {
    local inject=$BATS_SUITE_TMPDIR/inject call found code
    [ -x "$inject" ] || skip "there is no tests/support/inject.c for this architecture"
    args sleep 1000
    devices '{"host0": {"name": "eth0"}}'
    on_host ip address add 198.51.100.7/24 dev host0
    on_host ip link set host0 up
    on_host "$inject" "$T/report" list "$BRIG" --root "$ROOT" create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    brig delete --force "$ID"
    # It went with its network namespace: a pair is made again.
    wait_until eval '! on_host ip link show host0 >/dev/null 2>&1'
    on_host ip link add host0 type veth peer name peer0
    on_host ip link set peer0 up
    # Before init is cloned nothing is moved: sendto is call 44, recvfrom 45, setns 308, clone3 435.
    for call in $(awk '$1 == 0 && $3 == 435 {cloned = 1} cloned && $1 == 0 && $3 ~ /^(44|45|308)$/ {print $2}' "$T/report"); do
        on_host ip address replace 198.51.100.7/24 dev host0
        on_host ip link set host0 up
        code=0
        on_host "$inject" "$T/hit" errno 0 "$call" 105 "$BRIG" --root "$ROOT" create -b "$BUNDLE" "$ID" \
            </dev/null >/dev/null 2>"$T/stderr" || code=$?
        equal "exit status with $(<"$T/hit")" "$code" 1
        found=$(on_host ip -o -4 address show dev host0) || equal "host0 after $(<"$T/hit"): $(<"$T/stderr")" gone there
        contains "$found" '198.51.100.7/24'
        contains "$(on_host ip -o link show dev host0)" ',UP'
        no_entries
    done
}
