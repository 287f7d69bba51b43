# The life of a container: create, start, state, kill, delete, run; what each answers in each status.

load helpers

# bats test_tags=uml
@test "create, start, state, kill, delete: each status in turn" {
    created
    is_status "$ID" created
    brig start "$ID"
    is_status "$ID" running
    brig kill "$ID" KILL
    wait_until is_status "$ID" stopped
    brig delete "$ID"
    refused 'does not exist' state "$ID"
    no_entries
}

@test "create does not run the program, start does" {
    args touch /ran
    brig create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    [ ! -e "$BUNDLE/rootfs/ran" ]
    brig start "$ID"
    wait_until [ -e "$BUNDLE/rootfs/ran" ]
}

@test "what changes in config.json after create has no effect" {
    args sh -c 'echo first >/ran; sleep 1000'
    brig create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    args touch /second
    config '.hooks.poststart = [{"path": "/bin/false"}] | .annotations.late = "1"'
    brig start "$ID"
    wait_until [ -s "$BUNDLE/rootfs/ran" ]
    [ ! -e "$BUNDLE/rootfs/second" ]
    equal annotations "$(brig state "$ID" | jq -c .annotations)" null
}

@test "properties that the specification does not know are ignored, and so are unknown annotations" {
    config '.unknown = {"a": [1]} | .process.unknown = true | .linux.unknown = "x" | .mounts[0].unknown = 1
        | .linux.namespaces[0].unknown = null | .annotations = {"org.example.unknown": ""}'
    args true
    brig run -b "$BUNDLE" "$ID"
}

@test "without an id every operation is an error" {
    local command
    for command in create start state kill delete; do
        fails brig "$command"
        [ -s "$T/stderr" ]
    done
    no_entries
}

@test "run gives the program's output and exit status" {
    args sh -c 'echo out; echo err >&2; exit 7'
    run --separate-stderr -7 brig run -b "$BUNDLE" "$ID"
    equal stdout "$output" out
    equal stderr "$stderr" err
    no_entries
}

@test "run gives 128 plus the signal that ended the program" {
    args sh -c 'kill -9 $$'
    config '.linux.namespaces |= map(select(.type != "pid"))'
    run -137 brig run -b "$BUNDLE" "$ID"
}

@test "run passes its standard input on" {
    args cat
    run brig run -b "$BUNDLE" "$ID" <<<'through'
    equal output "$output" through
}

@test "run forwards signals to the program" {
    args sh -c 'trap "echo caught; exit 3" TERM; echo ready; while :; do sleep 0.05; done'
    "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" >"$T/out" &
    local pid=$! code=0
    PIDS+=("$pid")
    wait_until grep -q ready "$T/out"
    kill -TERM "$pid"
    wait "$pid" || code=$?
    equal "exit status" "$code" 3
    contains "$(<"$T/out")" caught
}

@test "run --detach leaves a running container" {
    args sleep 1000
    brig run -d -b "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >/dev/null 2>&1
    is_status "$ID" running
    kill -0 "$(<"$T/pid")"
}

@test "run --keep leaves the stopped container" {
    "$BRIG" run --help 2>&1 | grep -q -- --keep || skip "this runtime has no run --keep"
    args true
    brig run --keep -b "$BUNDLE" "$ID"
    is_status "$ID" stopped
    brig delete "$ID"
}

@test "the pid file holds the init's number and nothing else" {
    created
    local pid
    pid=$(brig state "$ID" | jq .pid)
    equal "pid file" "$(od -An -c "$T/pid" | tr -d ' \n')" "$pid"
    equal "pid of the init inside" "$(awk '/^NSpid:/ {print $NF}' "/proc/$pid/status")" 1
}

@test "state has the members and formats that engines read" {
    config '.annotations = {"org.example.a": "1"}'
    created
    brig state "$ID" >"$T/state.json" 2>&1
    jq -e --arg id "$ID" --arg bundle "$BUNDLE" '.id == $id and .bundle == $bundle and .status == "created"
        and .rootfs == $bundle + "/rootfs" and .pid > 1 and .annotations == {"org.example.a": "1"}
        and (.ociVersion | test("^1\\.")) and (.owner | type == "string")
        and (.created | test("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$"))' "$T/state.json"
    brig kill "$ID" 9
    wait_until is_status "$ID" stopped
    equal "pid of a stopped container" "$(brig state "$ID" | jq .pid)" 0
}

@test "the state's bundle is absolute when the option was not" {
    args sleep 1000
    (cd "$T" && exec "$BRIG" --root "$ROOT" create --bundle ./bundle "$ID" </dev/null >/dev/null 2>&1)
    equal bundle "$(brig state "$ID" | jq -r .bundle)" "$BUNDLE"
}

@test "unknown id: every command says that it does not exist" {
    for command in start state kill delete; do
        refused 'container does not exist' "$command" "$ID"
    done
}

@test "delete --force of an unknown id is fine" {
    brig delete --force "$ID"
}

@test "create of an id that exists is refused and harms nothing" {
    running
    refused 'container with given ID already exists' create -b "$BUNDLE" "$ID"
    is_status "$ID" running
    kill -0 "$(<"$T/pid")"
}

@test "start twice" {
    running
    refused 'cannot start an already running container' start "$ID"
    is_status "$ID" running
}

@test "start of a container that has stopped" {
    created
    brig kill "$ID" KILL
    wait_until is_status "$ID" stopped
    refused 'cannot start a container that has stopped' start "$ID"
}

@test "delete of a running container needs --force" {
    running
    refused "cannot delete container $ID that is not stopped: running" delete "$ID"
    is_status "$ID" running
    brig delete --force "$ID"
    refused 'does not exist' state "$ID"
}

@test "kill on a stopped container" {
    running
    brig kill "$ID" KILL
    wait_until is_status "$ID" stopped
    refused 'container not running' kill "$ID" 9
    brig delete "$ID"
}

@test "kill of a stopped container changes nothing, kill of a created one ends it" {
    created
    brig kill "$ID" KILL
    wait_until is_status "$ID" stopped
    local before
    before=$(brig state "$ID")
    fails brig kill "$ID" KILL
    equal state "$(brig state "$ID")" "$before"
}

@test "delete takes what create made and nothing else; the id may be used again" {
    created
    echo kept >"$BUNDLE/rootfs/kept"
    local namespace
    namespace=$T/uts
    touch "$namespace"
    unshare --mount --propagation private sh -c '
        mount --bind "/proc/$1/ns/uts" "$2" && "$3" --root "$4" delete --force "$5" && nsenter --uts="$2" hostname' \
        sh "$(<"$T/pid")" "$namespace" "$BRIG" "$ROOT" "$ID" >"$T/name"
    equal "host name of the namespace that somebody holds" "$(<"$T/name")" "$(jq -r .hostname "$BUNDLE/config.json")"
    equal "file of the root file system" "$(<"$BUNDLE/rootfs/kept")" kept
    [ -e "$BUNDLE/config.json" ]
    created
    is_status "$ID" created
}

# runtime.md#delete asks for an error; runc, crun and youki delete it, and containerd's shim relies on that.
@test "delete of a created container needs no --force" {
    created
    brig delete "$ID"
    refused 'does not exist' state "$ID"
    wait_until eval "[ ! -d /proc/$(<"$T/pid") ] || grep -q '^State:.Z' /proc/$(<"$T/pid")/status"
}

@test "kill takes numbers, names with and without SIG, real-time signals; default TERM" {
    args sh -c 'for s in USR1 USR2 TERM HUP 37; do trap "echo $s >>/got" $s; done; touch /ready; while :; do sleep 0.05; done'
    brig create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    brig start "$ID"
    wait_until [ -e "$BUNDLE/rootfs/ready" ]
    local signal want
    while read -r signal want; do
        rm -f "$BUNDLE/rootfs/got"
        # shellcheck disable=SC2086 # no signal: no word
        brig kill "$ID" ${signal#-}
        wait_until grep -qx "$want" "$BUNDLE/rootfs/got"
    done <<<'10 USR1
SIGUSR2 USR2
HUP HUP
- TERM
37 37'
}

@test "kill of an unknown signal is refused" {
    running
    for signal in NOSUCH 0x9 -1 65 4294967305; do
        fails brig kill "$ID" "$signal"
    done
    is_status "$ID" running
}

# bats test_tags=uml
@test "kill --all reaches every process, and is fine on a stopped container" {
    config '.linux.namespaces |= map(select(.type != "pid"))'
    args sh -c 'setsid sleep 1000 & echo $! >/child; exec sleep 1000'
    brig create -b "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >/dev/null 2>&1
    brig start "$ID"
    wait_until [ -s "$BUNDLE/rootfs/child" ]
    local child
    child=$(<"$BUNDLE/rootfs/child")
    brig kill "$ID" KILL
    wait_until is_status "$ID" stopped
    kill -0 "$child"
    brig kill --all "$ID" 9
    wait_until eval "! kill -0 $child 2>/dev/null || grep -q '^State:.Z' /proc/$child/status"
    brig kill -a "$ID" 9
    brig delete "$ID"
}

@test "two creates of one id at once: one wins" {
    args sleep 1000
    local pids=() won=0 i
    for i in 1 2 3 4; do
        "$BRIG" --root "$ROOT" create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$T/err$i" &
        pids+=($!)
    done
    for i in "${pids[@]}"; do if wait "$i"; then won=$((won + 1)); fi; done
    equal "creates that won" "$won" 1
    is_status "$ID" created
}

# bats test_tags=uml
@test "two delete --force at once both succeed, or the container is gone" {
    running
    local pids=() i
    for i in 1 2 3; do
        "$BRIG" --root "$ROOT" delete --force "$ID" 2>"$T/err$i" &
        pids+=($!)
    done
    for i in 1 2 3; do
        wait "${pids[i - 1]}" || grep -q 'does not exist' "$T/err$i"
    done
    no_entries
}

# The lock is create's until the container is there; a delete that saw no record yet waits for it.
@test "delete --force that came before create had written anything takes what create has made since" {
    running
    mv "$ROOT/$ID/state.json" "$T/state.json"
    flock "$ROOT/$ID" sh -c 'echo >"$1/held"; sleep 1; mv "$1/state.json" "$2/state.json"' sh "$T" "$ROOT/$ID" 3>&- 4>&- &
    PIDS+=($!)
    wait_until [ -e "$T/held" ]
    brig delete --force "$ID"
    [ ! -d "/proc/$(<"$T/pid")" ] || grep -q '^State:.Z' "/proc/$(<"$T/pid")/status"
    no_entries
}

@test "an empty environment is enough for every command" {
    args sleep 1000
    env -i "$BRIG" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    env -i "$BRIG" --root "$ROOT" start "$ID"
    env -i "$BRIG" --root "$ROOT" state "$ID" | jq -e '.status == "running"'
    env -i "$BRIG" --root "$ROOT" kill "$ID" 9
    wait_until is_status "$ID" stopped
    env -i "$BRIG" --root "$ROOT" delete "$ID"
}

@test "the bundle may be gone when the container is deleted" {
    running
    mv "$BUNDLE" "$T/moved"
    brig kill "$ID" KILL
    wait_until is_status "$ID" stopped
    brig delete "$ID"
}
