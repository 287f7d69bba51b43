# Live control of containers: pause, resume, ps, events, kill --all; and the same beside runc, whose users read these
# outputs. RUNC: the runc to compare with.

load helpers

eval "helpers_$(declare -f teardown)"
teardown() {
    [ ! -d "$T/runc/$ID-runc" ] || "$RUNC" --root "$T/runc" delete --force "$ID-runc"
    helpers_teardown
}

# A container that adds to the file /ticks all the time.
ticking() {
    args sh -c 'while :; do echo >>/ticks; sleep 0.02; done'
    brig create --bundle "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
    wait_until goes_on
}

ticks() {
    stat -c %s "$BUNDLE/rootfs/ticks" 2>/dev/null || echo 0
}

goes_on() {
    local before
    before=$(ticks)
    sleep 0.1
    [ "$(ticks)" -gt "$before" ]
}

# events WORD...: `brig events` in the background, into $T/events; its process is $EVENTS.
events() {
    "$BRIG" --root "$ROOT" events "$@" </dev/null >"$T/events" 2>"$T/events.err" 3>&- 4>&- &
    EVENTS=$!
    PIDS+=("$EVENTS")
}

events_end() {
    ! kill -0 "$EVENTS" 2>/dev/null
}

lines_of_type() {
    [ -s "$T/events" ] && [ "$(jq -r .type "$T/events" | grep -cx "$1")" -ge "$2" ]
}

# ---- pause and resume

# bats test_tags=uml
@test "pause stops all processes, resume lets them go on" {
    ticking
    run -0 brig pause "$ID"
    equal output "$output" ''
    is_status "$ID" paused
    brig list --format json | jq -e '.[0].status == "paused"'
    fails goes_on
    run -0 brig resume "$ID"
    equal output "$output" ''
    is_status "$ID" running
    wait_until goes_on
}

# bats test_tags=uml
@test "a paused container is neither paused, started nor deleted, and is killed" {
    running
    brig pause "$ID"
    refused 'container not running' pause "$ID"
    refused 'cannot start a container that is paused' start "$ID"
    refused 'cannot exec in a paused container' exec "$ID" true
    refused 'that is not stopped: paused' delete "$ID"
    is_status "$ID" paused
    brig kill "$ID" KILL
    wait_until is_status "$ID" stopped
    brig delete "$ID"
}

# bats test_tags=uml
@test "a paused container is deleted by force" {
    ticking
    brig pause "$ID"
    brig delete --force "$ID"
    refused 'does not exist' state "$ID"
}

# bats test_tags=uml
@test "a paused container without a pid namespace of its own is killed with all its processes" {
    config '.linux.namespaces |= map(select(.type != "pid"))'
    args sh -c 'sleep 1000 & sleep 1000 & echo >/made; wait'
    brig create -b "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
    wait_until [ -e "$BUNDLE/rootfs/made" ]
    brig pause "$ID"
    brig kill --all "$ID" KILL
    wait_until is_status "$ID" stopped
    wait_until eval '[ "$(brig ps -f json "$ID")" = "[]" ]'
    brig delete "$ID"
}

# bats test_tags=uml
@test "a signal to a paused container waits until it is resumed" {
    args sh -c 'trap "echo >/term; exit 0" TERM; echo >/ready; while :; do sleep 0.05; done'
    brig create -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
    wait_until [ -e "$BUNDLE/rootfs/ready" ]
    brig pause "$ID"
    brig kill "$ID" TERM
    is_status "$ID" paused
    brig kill --all "$ID" WINCH
    is_status "$ID" paused
    [ ! -e "$BUNDLE/rootfs/term" ]
    brig resume "$ID"
    wait_until is_status "$ID" stopped
    [ -e "$BUNDLE/rootfs/term" ]
}

# bats test_tags=uml
@test "a created container is paused and resumed, and is created then" {
    created
    brig pause "$ID"
    is_status "$ID" paused
    refused 'cannot start a container that is paused' start "$ID"
    brig resume "$ID"
    is_status "$ID" created
    brig start "$ID"
    is_status "$ID" running
}

@test "pause of what does not run and resume of what is not paused are refused" {
    created
    refused 'container not paused: it is created' resume "$ID"
    brig start "$ID"
    refused 'container not paused: it is running' resume "$ID"
    brig kill "$ID" KILL
    wait_until is_status "$ID" stopped
    refused 'container not paused: it is stopped' resume "$ID"
    refused 'container not running: it is stopped' pause "$ID"
    refused 'does not exist' pause "no-$ID"
    refused 'does not exist' resume "no-$ID"
}

@test "pause refuses to freeze itself" {
    running
    local directory controller=freezer
    [ "$BRIG_WORLD" = v1 ] || controller=unified
    directory=$(cgroup $controller "$(<"$T/pid")")
    run sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' sh "$directory" "$BRIG" --root "$ROOT" pause "$ID"
    equal status "$status" 1
    contains "$output" 'holds this process too'
    is_status "$ID" running
}

@test "without cgroups there is nothing to pause or to list by" {
    args sleep 1000
    "$BRIG" --root "$ROOT" --cgroup-manager disabled run --detach -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1
    refused 'no cgroup' pause "$ID"
    refused 'no cgroup' ps "$ID"
    refused 'no cgroup' events --stats "$ID"
}

@test "pauses and resumes at once leave the container as one of them says" {
    running
    local i pids=()
    for i in 1 2 3 4 5; do
        brig pause "$ID" 2>/dev/null &
        pids+=($!)
        brig resume "$ID" 2>/dev/null &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i" || true; done
    is_status "$ID" paused || is_status "$ID" running
    brig resume "$ID" || true
    is_status "$ID" running
}

# bats test_tags=systemd
@test "with systemd's cgroups: pause outlasts a daemon-reload, and all the rest works" {
    [ -S /run/systemd/private ] || skip 'systemd does not run here (tests/lab/uml-systemd)'
    config '.linux.cgroupsPath = "machine.slice:test:" + $id' --arg id "$ID"
    args sh -c 'while :; do echo >>/ticks; sleep 0.02; done'
    brig --systemd-cgroup create --bundle "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
    wait_until goes_on
    brig pause "$ID"
    systemctl daemon-reload
    is_status "$ID" paused
    fails goes_on
    brig events --stats "$ID" | jq -e '.data.pids.current >= 1 and .data.cpu.usage.total > 0'
    brig ps --format json "$ID" | jq -e --argjson init "$(<"$T/pid")" 'index($init) != null'
    brig resume "$ID"
    wait_until goes_on
    brig pause "$ID"
    brig kill --all "$ID" KILL
    wait_until is_status "$ID" stopped
    brig delete "$ID"
    run systemctl is-failed "test-$ID.scope"
    lacks "${lines[0]}" failed
}

# bats test_tags=uml
@test "a container that runs in the foreground is paused, updated, resumed and deleted by others" {
    args sh -c 'while :; do echo >>/ticks; sleep 0.02; done'
    "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1 3>&- 4>&- &
    PIDS+=($!)
    wait_until goes_on
    brig pause "$ID"
    is_status "$ID" paused
    brig update "$ID"
    brig resume "$ID"
    wait_until goes_on
    brig delete --force "$ID"
    local code=0
    wait "${PIDS[-1]}" || code=$?
    equal 'exit status of run' "$code" 137
    equal 'what run says' "$(<"$T/out")" ''
    no_entries
}

# ---- kill --all

# bats test_tags=uml
@test "kill --all ends processes that fork while they are killed, on the host's pid namespace" {
    config '.linux.namespaces |= map(select(.type != "pid"))'
    # A few loops, each of which forks all the time; not a bomb that would reach the machine's limits.
    args sh -c 'forks() { while :; do (sleep 0.01 & sleep 0.01) & sleep 0.005; done; }
        forks & forks & forks & echo >/made; wait'
    brig create -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
    wait_until [ -e "$BUNDLE/rootfs/made" ]
    brig kill --all "$ID" KILL
    wait_until eval '[ "$(brig ps --format json "$ID")" = "[]" ]'
    is_status "$ID" stopped
    brig kill --all "$ID" KILL
}

# bats test_tags=uml
@test "kill --all with another signal reaches every process and leaves none frozen" {
    config '.linux.namespaces |= map(select(.type != "pid"))'
    args sh -c 'for i in 1 2 3; do sh -c "trap \"echo >/usr1.$i\" USR1; echo >/up.$i; while :; do sleep 0.05; done" & done
        trap "echo >/usr1.0" USR1; while :; do sleep 0.05; done'
    brig create -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
    wait_until [ -e "$BUNDLE/rootfs/up.3" ]
    wait_until [ -e "$BUNDLE/rootfs/up.2" ]
    wait_until [ -e "$BUNDLE/rootfs/up.1" ]
    sleep 0.2
    brig kill --all "$ID" USR1
    local i
    for i in 0 1 2 3; do wait_until [ -e "$BUNDLE/rootfs/usr1.$i" ]; done
    is_status "$ID" running
}

@test "kill --all without a cgroup signals the first process" {
    args sh -c 'trap "echo >/term; exit 0" TERM; echo >/ready; while :; do sleep 0.05; done'
    "$BRIG" --root "$ROOT" --cgroup-manager disabled run --detach -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1
    wait_until [ -e "$BUNDLE/rootfs/ready" ]
    logged --debug kill --all "$ID" TERM
    contains "$(<"$LOG")" "only the container's first process is signalled"
    wait_until is_status "$ID" stopped
    [ -e "$BUNDLE/rootfs/term" ]
    brig kill --all "$ID" KILL
    brig delete "$ID"
    "$BRIG" --root "$ROOT" --cgroup-manager disabled run --detach -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1
    brig kill --all "$ID" KILL
    wait_until is_status "$ID" stopped
}

# ---- ps

# What `ps -ef` shows beside a process takes of /proc/stat what not every kernel of a guest has.
needs_full_ps() {
    local told
    told=$(ps -ef 2>&1 >/dev/null) || skip "this machine's ps: $told"
}

# bats test_tags=uml
@test "ps lists the processes of the container, as the host counts them" {
    args sh -c 'sleep 1000 & echo >/made; exec sleep 1001'
    brig create -b "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
    wait_until [ -e "$BUNDLE/rootfs/made" ]
    run -0 --separate-stderr brig ps --format json "$ID"
    equal stderr "$stderr" ''
    jq -e --argjson init "$(<"$T/pid")" 'length == 2 and index($init) != null and all(type == "number")' <<<"$output"
    needs_full_ps
    run -0 --separate-stderr brig ps "$ID"
    equal stderr "$stderr" ''
    equal lines "${#lines[@]}" 3
    contains "${lines[0]}" PID
    contains "$output" 'sleep 1000'
    contains "$output" 'sleep 1001'
}

@test "ps hands on what follows the ID" {
    running
    local pid
    pid=$(<"$T/pid")
    run -0 brig ps "$ID" -o pid,args
    equal row "$(xargs <<<"${lines[1]}")" "$pid sleep 1000"
    equal lines "${#lines[@]}" 2
    run -0 brig ps -f=json "$ID" -o nonsense
    equal json "$output" "[$pid]"
    refused 'find PID field' ps "$ID" -o args
    refused 'ps: exit status' ps "$ID" --nonesuch
    run -1 env PATH=relative:/nonexistent "$BRIG" --root "$ROOT" ps "$ID"
    contains "$output" 'no program ps'
    refused 'must be one of' ps --format yaml "$ID"
    refused 'does not exist' ps "no-$ID"
    needs_full_ps
    run -0 brig ps --format table "$ID" -ef
    contains "${lines[1]}" "$pid"
}

@test "ps of a stopped container shows none" {
    running
    brig kill "$ID" KILL
    wait_until is_status "$ID" stopped
    run -0 brig ps -f json "$ID"
    equal json "$output" '[]'
    needs_full_ps
    run -0 brig ps "$ID"
    equal lines "${#lines[@]}" 1
}

# ---- events

# bats test_tags=uml
@test "events --stats tells what the container uses" {
    running
    run -0 --separate-stderr brig events --stats "$ID"
    equal stderr "$stderr" ''
    equal lines "${#lines[@]}" 1
    jq -e --arg id "$ID" '.type == "stats" and .id == $id' <<<"$output"
    jq -e '.data | .pids.current == 1 and .cpu.usage.total > 0 and .intel_rdt == {} and .network_interfaces == null' \
        <<<"$output"
    jq -e '.data | has("cpuset") and has("blkio") and has("hugetlb") and has("memory")' <<<"$output"
}

# bats test_tags=uml
@test "events --stats tells the limits of the controllers that are there" {
    needs_controller memory
    needs_controller pids
    config '.linux.resources = {"memory": {"limit": 67108864}, "pids": {"limit": 20}}'
    running
    run -0 brig events --stats "$ID"
    jq -e '.data | .memory.usage.limit == 67108864 and .memory.usage.usage > 0 and .pids.limit == 20
        and (.memory.raw | length > 10)' <<<"$output"
}

# bats test_tags=qemu
@test "events --stats tells of pressure where the kernel measures it" {
    running
    [ -r "$(cgroup unified "$(<"$T/pid")")/memory.pressure" ] &&
        cat "$(cgroup unified "$(<"$T/pid")")/memory.pressure" >/dev/null || skip 'this kernel measures no pressure'
    run -0 brig events --stats "$ID"
    jq -e '.data | .memory.psi, .cpu.psi, .blkio.psi
        | (.some | [.avg10, .avg60, .avg300, .total] | all(type == "number")) and has("full")' <<<"$output"
}

# bats test_tags=uml
@test "events tells at each interval, and ends when the container stops" {
    running
    events --interval 100ms "$ID"
    wait_until lines_of_type stats 3
    brig kill "$ID" KILL
    wait_until events_end
    wait "$EVENTS"
    equal stderr "$(<"$T/events.err")" ''
    jq -e --arg id "$ID" '.type == "stats" and .id == $id' "$T/events"
}

@test "events waits for the interval, and is woken by the end" {
    running
    events --interval=1h "$ID"
    sleep 0.3
    brig kill "$ID" KILL
    wait_until events_end
    wait "$EVENTS"
    equal output "$(<"$T/events")" ''
}

@test "events ends when nobody reads" {
    running
    "$BRIG" --root "$ROOT" events --interval 1h "$ID" </dev/null 3>&- 4>&- > >(sleep 0.3) &
    EVENTS=$!
    PIDS+=("$EVENTS")
    wait_until events_end
    wait "$EVENTS"
}

@test "events takes intervals as Go programs write them, and seconds" {
    running
    local interval
    for interval in 5s 5 1m30s 500ms 1.5h 100us 2h45m; do
        run -0 brig events --stats --interval "$interval" "$ID"
    done
    for interval in 0 0s -5s 5x s '' 5s5 1e3s . ' 5s' 9223372036854775807s; do
        refused 'must be a length of time' events --stats --interval "$interval" "$ID"
    done
}

@test "events of a stopped container is refused" {
    running
    brig kill "$ID" KILL
    wait_until is_status "$ID" stopped
    refused "container with id $ID is not running" events --stats "$ID"
    refused "container with id $ID is not running" events "$ID"
    refused 'does not exist' events "no-$ID"
}

# bats test_tags=uml
@test "a kill for lack of memory shows in events" {
    needs_controller memory
    config '.linux.resources.memory = {"limit": 33554432, "swap": 33554432}'
    args sh -c 'while [ ! -e /go ]; do sleep 0.05; done; /bin/in --hog 200; sleep 1000'
    brig create -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
    events --interval 1h "$ID"
    sleep 0.5
    touch "$BUNDLE/rootfs/go"
    wait_until lines_of_type oom 1
    jq -e --arg id "$ID" '. == {"type": "oom", "id": $id}' "$T/events"
    is_status "$ID" running
    brig kill "$ID" KILL
    wait_until events_end
    wait "$EVENTS"
}

# bats test_tags=uml
@test "a container that ends for lack of memory is told of" {
    needs_controller memory
    config '.linux.resources.memory = {"limit": 33554432, "swap": 33554432}'
    args sh -c 'while [ ! -e /go ]; do sleep 0.05; done; exec in --hog 200'
    brig create -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
    events --interval 1h "$ID"
    sleep 0.5
    touch "$BUNDLE/rootfs/go"
    wait_until events_end
    wait "$EVENTS"
    lines_of_type oom 1
}

# bats test_tags=qemu
@test "memory pressure shows in events if asked for" {
    [ "$BRIG_WORLD" != v1 ] || skip 'memory.high is of cgroup v2'
    needs_controller memory
    config '.linux.resources.unified = {"memory.high": "16777216"}'
    args sh -c 'while [ ! -e /go ]; do sleep 0.05; done; /bin/in --hog 64; sleep 1000'
    brig create -b "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    cat "$(cgroup unified "$(<"$T/pid")")/memory.pressure" >/dev/null || skip 'this kernel measures no pressure'
    brig start "$ID"
    events --interval 1h --pressure "$ID"
    sleep 0.5
    touch "$BUNDLE/rootfs/go"
    wait_until lines_of_type pressure 1
    jq -e 'select(.type == "pressure") | .data.memory.psi.some.total > 0' "$T/events"
}

# ---- beside runc

needs_runc() {
    RUNC=${RUNC:-/usr/sbin/runc}
    [ -x "$RUNC" ] || skip "no runc at $RUNC to compare with"
}

runc() {
    "$RUNC" --root "$T/runc" "$@"
}

# The same bundle, run by each.
running_twice() {
    needs_runc
    running
    runc run --detach --bundle "$BUNDLE" --pid-file "$T/runc.pid" "$ID-runc" </dev/null >"$T/runc.out" 2>&1
}

# Each member as its path and the type of its value; places in arrays are all one.
shape() {
    jq -c '[paths as $p | [($p | map(if type == "number" then "N" else . end) | join(".")), (getpath($p) | type)]]
        | unique | .[]'
}

# bats test_tags=uml
@test "events --stats has the members that runc's has" {
    [ "$BRIG_WORLD" = v1 ] || ! grep -qw memory /sys/fs/cgroup/cgroup.controllers ||
        config '.linux.resources = {"memory": {"limit": 67108864}, "pids": {"limit": 20}}'
    running_twice
    # Left out: pressure, which this runc may be too old for; what depends on who read a file or a disk first; on v2, huge
    # pages, of which this runc tells without their controller, and peaks of memory, of which it does not tell.
    local drop='del(.id) | walk(if type == "object" then del(.psi, .cache) else . end) | .data.blkio = {}'
    [ "$BRIG_WORLD" = v1 ] || drop+=' | .data.hugetlb = {} | walk(if type == "object" then del(.max) else . end)'
    brig events --stats "$ID" | jq "$drop" >"$T/ours.json"
    runc events --stats "$ID-runc" | jq "$drop" >"$T/theirs.json"
    diff <(shape <"$T/theirs.json") <(shape <"$T/ours.json")
    local values='.data | [.cpuset, .pids, .hugetlb, .intel_rdt, .network_interfaces,
        (.memory | .usage.limit, .swap.limit, .kernel.limit, .kernelTCP.limit, (.raw // {} | keys)),
        (.cpu.usage.percpu | length)]'
    diff <(jq -S "$values" "$T/theirs.json") <(jq -S "$values" "$T/ours.json")
}

@test "events, beside runc: what is refused" {
    running_twice
    brig kill "$ID" KILL
    runc kill "$ID-runc" KILL
    wait_until is_status "$ID" stopped
    wait_until eval '[ "$(runc state "$ID-runc" | jq -r .status)" = stopped ]'
    fails runc events --stats "$ID-runc"
    contains "$(<"$T/stderr")" "container with id $ID-runc is not running"
    refused "container with id $ID is not running" events --stats "$ID"
    fails runc resume "$ID-runc"
    contains "$(<"$T/stderr")" 'container not paused'
    fails runc pause "$ID-runc"
    contains "$(<"$T/stderr")" 'container not running'
}

@test "ps shows what runc's shows" {
    running_twice
    equal json "$(brig ps --format json "$ID" | jq -c 'map(type)')" "$(runc ps --format json "$ID-runc" | jq -c 'map(type)')"
    equal header "$(brig ps "$ID" | head -n 1)" "$(runc ps "$ID-runc" | head -n 1)"
    equal rows "$(brig ps "$ID" -o pid,args | sed 's/^ *[0-9]* //')" "$(runc ps "$ID-runc" -o pid,args | sed 's/^ *[0-9]* //')"
}

@test "list and state have the members that runc's have" {
    config '.annotations = {"a": "b"}'
    running_twice
    diff <(runc state "$ID-runc" | shape) <(brig state "$ID" | shape)
    diff <(runc list --format json | shape) <(brig list --format json | shape)
    equal header "$(brig list | head -n 1 | xargs)" "$(runc list | head -n 1 | xargs)"
    equal ids "$(brig list -q)" "$(runc list -q | sed 's/-runc$//')"
}

@test "pause and state do what runc's do" {
    running_twice
    run -0 runc pause "$ID-runc"
    equal output "$output" ''
    run -0 brig pause "$ID"
    equal output "$output" ''
    diff <(runc state "$ID-runc" | shape) <(brig state "$ID" | shape)
    equal status "$(runc state "$ID-runc" | jq -r .status)" "$(brig state "$ID" | jq -r .status)"
    fails runc pause "$ID-runc"
    contains "$(<"$T/stderr")" 'container not running'
    refused 'container not running' pause "$ID"
    # Each other's: where one freezes, the other thaws.
    local controller=freezer file=freezer.state
    [ "$BRIG_WORLD" = v1 ] || controller=unified file=cgroup.freeze
    equal "the freezer's file" "$(<"$(cgroup $controller "$(<"$T/pid")")/$file")" \
        "$(<"$(cgroup $controller "$(<"$T/runc.pid")")/$file")"
    runc resume "$ID-runc"
    brig resume "$ID"
    fails runc resume "$ID-runc"
    contains "$(<"$T/stderr")" 'container not paused'
    refused 'container not paused' resume "$ID"
}
