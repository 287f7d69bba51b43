# Descriptors: what the program gets, what engines get, what nobody may get.

load helpers

# receive NAME: an engine's listener at $T/NAME; tells what it got in $T/NAME.told, a terminal's text in $T/NAME.text.
receive() {
    "$SUPPORT/receive" "$T/$1" "$T/$1.text" >"$T/$1.told" 2>&1 3>&- &
    PIDS+=($!)
    wait_until grep -q ready "$T/$1.told"
}

@test "create with a terminal sends its master before it returns" {
    args sh -c '/bin/in --ptmx; stty size; echo done'
    config '.process.terminal = true | .process.consoleSize = {"height": 33, "width": 99}'
    receive console
    brig create -b "$BUNDLE" --console-socket "$T/console" "$ID" </dev/null >"$T/out" 2>&1
    wait_until grep -q kind=terminal "$T/console.told"
    brig start "$ID"
    wait_until grep -q end=closed "$T/console.told"
    contains "$(<"$T/console.told")" descriptors=1
    contains "$(<"$T/console.told")" "after=b''"
    contains "$(<"$T/console.text")" tty
    contains "$(<"$T/console.text")" '33 99'
}

@test "a console socket's path may be longer than a socket address" {
    local directory
    directory=$(printf 'n%.0s' {1..120})
    mkdir "$T/$directory"
    args sh -c 'echo done'
    config '.process.terminal = true'
    receive "$directory/console"
    brig create -b "$BUNDLE" --console-socket "$T/$directory/console" "$ID" </dev/null >/dev/null 2>&1
    brig start "$ID"
    wait_until grep -q end=closed "$T/$directory/console.told"
    contains "$(<"$T/$directory/console.text")" done
}

@test "the pidfd socket gets the init's pidfd" {
    args sleep 1000
    receive pidfd
    brig create -b "$BUNDLE" --pidfd-socket "$T/pidfd" --pid-file "$T/pid" "$ID" </dev/null >/dev/null 2>&1
    wait_until grep -q kind=pidfd "$T/pidfd.told"
    contains "$(<"$T/pidfd.told")" "pid=$(<"$T/pid")"
    brig kill "$ID" 9
    wait_until grep -q end=exited "$T/pidfd.told"
}

@test "nothing keeps the runtime's output open after create with a terminal" {
    args sleep 1000
    config '.process.terminal = true'
    receive console
    timeout 10 "$BRIG" --root "$ROOT" create -b "$BUNDLE" --console-socket "$T/console" "$ID" 2>&1 </dev/null | timeout 5 cat >"$T/out"
    equal "statuses" "${PIPESTATUS[*]}" "0 0"
    equal output "$(<"$T/out")" ''
}

@test "nothing keeps the runtime's output open after a failing create" {
    args nosuchprogram
    timeout 10 "$BRIG" --root "$ROOT" create -b "$BUNDLE" "$ID" 2>&1 </dev/null | timeout 5 cat >"$T/out"
    equal "cat's status" "${PIPESTATUS[1]}" 0
}

@test "the log file is made even if there is nothing to log" {
    args true
    logged run -b "$BUNDLE" "$ID" </dev/null
    [ -e "$LOG" ]
    equal "size of the log" "$(stat -c %s "$LOG")" 0
}

@test "the log is appended to" {
    fails logged state "$ID"
    fails logged start "$ID"
    equal "lines in the log" "$(wc -l <"$LOG")" 2
}

@test "the program has descriptors 0, 1, 2 and no other (T-1)" {
    args in
    run brig run -b "$BUNDLE" "$ID" 9</ 23</etc 4</dev/null </dev/null
    equal "exit status" "$status" 0
    equal descriptors "$(report fd | cut -d' ' -f1 | xargs)" "0 1 2"
}

@test "--preserve-fds N passes N descriptors after 2" {
    args in
    run brig run --preserve-fds 2 -b "$BUNDLE" "$ID" 3</dev/zero 4</dev/full 9</ </dev/null
    equal "exit status" "$status" 0
    equal descriptors "$(report fd | cut -d' ' -f1 | xargs)" "0 1 2 3 4"
    equal "device of 3" "$(report fd | awk '$1 == 3 {print $3}')" 1:5
    equal "device of 4" "$(report fd | awk '$1 == 4 {print $3}')" 1:7
}

@test "--preserve-fds with one that is not open is an error" {
    args in
    fails bash -c 'exec "$@" 3>&- 4</dev/zero' bash "$BRIG" --root "$ROOT" run --preserve-fds 2 -b "$BUNDLE" "$ID"
    contains "$(<"$T/stderr")" 'preserve'
    no_entries
}

@test "LISTEN_FDS counts if LISTEN_PID is the runtime" {
    args in
    run bash -c 'LISTEN_FDS=1 LISTEN_PID=$BASHPID exec "$@" 3</dev/zero 9</' bash \
        "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status" "$status" 0
    equal descriptors "$(report fd | cut -d' ' -f1 | xargs)" "0 1 2 3"
    contains "$output" env=LISTEN_FDS=1
    contains "$output" env=LISTEN_PID=1
}

@test "LISTEN_FDS of another process does not count" {
    args in
    LISTEN_FDS=1 LISTEN_PID=1 run brig run -b "$BUNDLE" "$ID" 3</dev/zero </dev/null
    equal descriptors "$(report fd | cut -d' ' -f1 | xargs)" "0 1 2"
    lacks "$output" LISTEN_
}

@test "closed 0, 1, 2: nothing of ours takes their place (T-32)" {
    args sh -c '/bin/in >/new; mv /new /report'
    local close
    for close in '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
        rm -f "$BUNDLE/rootfs/report"
        bash -c '"$0" --root "$1" create -b "$2" "$3" '"$close" "$BRIG" "$ROOT" "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
        brig start "$ID"
        wait_until [ -e "$BUNDLE/rootfs/report" ]
        brig delete --force "$ID"
        output=$(<"$BUNDLE/rootfs/report")
        contains "$output" cwd=/
        equal "strangers with $close" "$(report fd | grep -vE '^1 .*/new$|^[0-2] .* 1:3 ' || true)" ''
    done
}

@test "the program's signals are all at their default, none is blocked" {
    args in --signals
    run bash -c 'trap "" PIPE HUP USR1; exec "$@"' bash "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null
    equal SigBlk "$(report SigBlk)" 0000000000000000
    equal SigIgn "$(report SigIgn)" 0000000000000000
}

@test "the container's pipes belong to its user, /dev/null stays root's" {
    args in
    config '.process.user = {"uid": 1000, "gid": 1000}'
    brig create -b "$BUNDLE" "$ID" </dev/null 2>/dev/null | cat >"$T/out" &
    PIDS+=($!)
    wait_until is_status "$ID" created
    brig start "$ID"
    wait_until grep -q '^env=' "$T/out"
    output=$(<"$T/out")
    equal "owner of stdout" "$(report fd | awk '$1 == 1 {print $4}')" uid=1000
    equal "owner of stdin" "$(report fd | awk '$1 == 0 {print $4}')" uid=0
}

@test "the program has a session and a process group of its own" {
    args in
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal sid "$(report sid)" 1
    equal pgid "$(report pgid)" 1
}

@test "created: init holds only pipes, sockets and its own binary (T-26)" {
    created
    local pid fd target
    pid=$(<"$T/pid")
    for fd in "/proc/$pid/fd/"*; do
        target=$(readlink "$fd")
        case $target in
        /dev/null | pipe:* | socket:* | anon_inode:* | /memfd:* | "$T/out" | */exec.fifo) ;;
        *)
            echo "init holds $target"
            return 1
            ;;
        esac
    done
}

@test "a reader of the terminal that leaves does not stop the container" {
    args sh -c 'seq 1 20000; echo done >/finished; exit 5'
    config '.process.terminal = true'
    timeout 20 "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null | head -n 1 >/dev/null
    equal "brig's status" "${PIPESTATUS[0]}" 5
    equal "what the container wrote at its end" "$(<"$BUNDLE/rootfs/finished")" done
}

@test "nothing of a terminal's output is lost where stdout does not block" {
    args seq 1 20000
    config '.process.terminal = true'
    python3 -c 'import os, sys; os.set_blocking(1, False); os.execvp(sys.argv[1], sys.argv[1:])' \
        timeout 20 "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null | {
        sleep 0.3
        wc -l >"$T/lines"
    }
    equal "brig's status" "${PIPESTATUS[0]}" 0
    equal "lines" "$(<"$T/lines")" 20000
}
