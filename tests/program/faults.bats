# What fails in the middle is undone, and what is interrupted can be repeated.

load helpers

# A system call in ten of each command fails, or ends the process that makes it: one thing for each, in turn. All of them,
# in all ways: scripts/faults.
faults() {
    local step=$1 case
    shift
    [ -x "$BATS_SUITE_TMPDIR/inject" ] || skip "there is no tests/support/inject.c for this architecture"
    for case; do
        run "$SUPPORT/faults" --one --step "$step" --first "$((RANDOM % step + 1))" \
            "$BRIG" "$BATS_SUITE_TMPDIR/inject" "$T/faults" "$BUNDLE" "$ID" "$case"
        echo "$output"
        equal "exit status" "$status" 0
    done
}

prepare() {
    mkdir -p "$T/faults"
}

@test "create: a system call that fails, or ends it" {
    args sleep 1000
    faults 20 create
}

@test "create of docker's container: a system call that fails, or ends it" {
    bundle docker sleep 1000
    faults 30 create
}

@test "run: a system call that fails, or ends it" {
    args sleep 1000
    faults 25 run run-detached
}

@test "start, exec: a system call that fails, or ends it" {
    args sleep 1000
    faults 10 start
    faults 25 exec
}

@test "update, pause, resume, kill, delete: a system call that fails, or ends it" {
    args sleep 1000
    # Hybrid cgroup v2 may have no controller to change a limit of.
    [ "$BRIG_WORLD" = v2 ] || faults 10 update
    faults 10 pause resume kill delete delete-created
}

# hold_directory: takes the lock of the container's directory, as a command that works on it; let_go releases it.
hold_directory() {
    mkfifo "$T/release"
    flock "$ROOT/$ID" sh -c 'echo >"$1/held"; read -r line <"$1/release"' sh "$T" &
    PIDS+=($!)
    wait_until [ -e "$T/held" ]
}
let_go() {
    echo >"$T/release"
}

ended() {
    [ ! -d "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"
}

@test "delete of what an interrupted delete or create has left" {
    mkdir -m 711 "$ROOT/$ID"
    brig delete "$ID"
    no_entries
    refused 'container does not exist' delete "$ID"
    # While a create is at it, it is not to be disturbed.
    mkdir -m 711 "$ROOT/$ID"
    hold_directory
    fails brig delete "$ID"
    let_go
    wait_until brig delete "$ID"
}

@test "delete --force beside a create that has no record yet ends what it makes" {
    created
    mv "$ROOT/$ID/state.json" "$T/"
    hold_directory
    brig delete --force "$ID" &
    local delete=$!
    nap
    nap
    mv "$T/state.json" "$ROOT/$ID/"
    let_go
    wait "$delete"
    no_entries
    wait_until ended "$(<"$T/pid")"
    nothing_left
}

@test "delete --force beside a create that gets ready meanwhile ends what it made" {
    args sleep 1000
    brig --cgroup-manager disabled create --bundle "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >/dev/null 2>&1
    cp "$ROOT/$ID/state.json" "$T/"
    jq -c '.ready = false | .pid = 0 | .startTime = 0 | .bootId = ""' "$T/state.json" >"$T/before"
    cp "$T/before" "$ROOT/$ID/state.json"
    hold_directory
    brig delete --force "$ID" &
    local delete=$!
    nap
    nap
    cp "$T/state.json" "$ROOT/$ID/"
    let_go
    wait "$delete"
    no_entries
    wait_until ended "$(<"$T/pid")"
}

@test "no pid file is left of a create, run or exec that fails" {
    args sleep 1000
    mkdir "$T/files"
    fails brig create -b "$BUNDLE" --pid-file "$T/files/pid" --pidfd-socket "$T/nobody" "$ID"
    equal "files after create" "$(ls -A "$T/files")" ''
    mkdir "$T/files/pid"
    fails brig create -b "$BUNDLE" --pid-file "$T/files/pid" "$ID"
    equal "files after create onto a directory" "$(ls -A "$T/files")" pid
    rmdir "$T/files/pid"
    touch "$BUNDLE/rootfs/empty"
    chmod 755 "$BUNDLE/rootfs/empty"
    args /empty
    fails brig run -b "$BUNDLE" --pid-file "$T/files/pid" "$ID"
    equal "files after run" "$(ls -A "$T/files")" ''
    running
    local code=0
    brig exec -d --pid-file "$T/files/pid" --pidfd-socket "$T/nobody" "$ID" sleep 100 || code=$?
    equal "exit status of exec" "$code" 255
    equal "files after exec" "$(ls -A "$T/files")" ''
}

@test "what can't be undone stays recorded, for delete --force" {
    created
    local directory
    directory=$(cgroup unified "$(<"$T/pid")")
    brig delete --force "$ID"
    rm "$T/pid"
    args nosuchprogram
    local code=0
    strace -f -o /dev/null -P "$directory" -e trace=unlinkat -e inject=unlinkat:error=EPERM \
        "$BRIG" --root "$ROOT" create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$T/stderr" || code=$?
    equal "exit status: $(<"$T/stderr")" "$code" 1
    contains "$(<"$T/stderr")" nosuchprogram
    [ -d "$directory" ]
    is_status "$ID" creating
    brig delete --force "$ID"
    no_entries
}

# child_with PID WORDS: in $CHILD the child of PID that runs these words.
child_with() {
    local pid words
    for pid in $(<"/proc/$1/task/$1/children"); do
        words=$(tr '\0' ' ' <"/proc/$pid/cmdline")
        [[ $words == *"$2"* ]] || continue
        CHILD=$pid
        return
    done
    return 1
}

@test "create is killed while a hook of its init runs: both end, with a user namespace too" {
    local users pid init CHILD
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$T"
    for users in '' '| .linux.namespaces += [{"type": "user"}]
            | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
            | .linux.gidMappings = .linux.uidMappings'; do
        bundle minimal sleep 1000
        chmod 755 "$BUNDLE"
        config '.hooks = {"createContainer": [{"path": "/bin/sleep", "args": ["sleep", "100"]}]}'"$users"
        "$BRIG" --root "$ROOT" create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 &
        pid=$!
        PIDS+=("$pid")
        wait_until child_with "$pid" create
        init=$CHILD
        wait_until child_with "$init" 'sleep 100'
        kill -KILL "$pid"
        wait_until ended "$init"
        wait_until ended "$CHILD"
        brig delete --force "$ID"
        no_entries
    done
}

# The process between is held up where it has cloned init, which says that it is ready long before it is introduced.
@test "create with a process between: init waits until the runtime knows it" {
    args true
    config '.linux.namespaces += [{"type": "time"}] | .linux.timeOffsets = {"monotonic": {"secs": 5}}'
    local code=0
    strace -f -o /dev/null -e trace=clone3 -e inject=clone3:delay_exit=500000 \
        "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null >"$T/stdout" 2>"$T/stderr" || code=$?
    equal "exit status: $(<"$T/stderr")" "$code" 0
}

# As by the out-of-memory killer, where the container has no memory left.
@test "exec whose process between is killed when it has cloned the other one ends too" {
    running
    local call code=0
    "$BATS_SUITE_TMPDIR/inject" "$T/report" list "$BRIG" --root "$ROOT" exec "$ID" true
    # What comes after its clone3(2), which is call 435.
    call=$(awk '$1 == 1 && $3 == 435 {n = $2} END {print n + 1}' "$T/report")
    timeout 20 "$BATS_SUITE_TMPDIR/inject" "$T/report" kill 1 "$call" "$BRIG" --root "$ROOT" exec "$ID" sleep 100 \
        </dev/null >"$T/stdout" 2>"$T/stderr" || code=$?
    cat "$T/report" "$T/stderr"
    equal "exit status" "$code" 255
    contains "$(<"$T/stderr")" 'ended without a word'
}
