# What a container's first process is before it becomes the program: a copy that nobody can use against the host.

load helpers

@test "the process that waits for start is a sealed memfd, not the installed program" {
    created
    local pid
    pid=$(<"$T/pid")
    contains "$(readlink "/proc/$pid/exe")" '/memfd:brig'
    # F_GET_SEALS, 1034; SEAL, SHRINK, GROW and WRITE are 15.
    equal seals "$(python3 -c 'import fcntl, sys; print(fcntl.fcntl(open(sys.argv[1], "rb"), 1034))' "/proc/$pid/exe")" 15
    [ "$(stat -L -c %d:%i "/proc/$pid/exe")" != "$(stat -c %d:%i "$BRIG")" ]
}

@test "whoever gets hold of that process's program can't change it, nor the installed one" {
    created
    local before pid
    before=$(sha256sum "$BRIG")
    pid=$(<"$T/pid")
    ! (echo spoilt >"/proc/$pid/exe")
    # Opened while it runs, written once it does not.
    exec 7<"/proc/$pid/exe"
    brig kill "$ID" KILL
    wait_until is_status "$ID" stopped
    ! (echo spoilt >"/proc/self/fd/7")
    exec 7<&-
    equal "the installed program" "$(sha256sum "$BRIG")" "$before"
}

@test "a start goes on if its trace can't be kept" {
    created
    rm "$ROOT/$ID/trace"
    mkdir "$ROOT/$ID/trace"
    brig start "$ID"
    equal status "$(status_of "$ID")" running
    rmdir "$ROOT/$ID/trace"
}

@test "run removes the container if nobody reads its terminal's output" {
    args sh -c 'echo one; sleep 0.3; echo two; sleep 0.2; exit 5'
    config '.process.terminal = true'
    local codes
    # shellcheck disable=SC2216
    timeout 20 "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null 2>"$T/stderr" | true
    codes="${PIPESTATUS[*]}"
    equal statuses "$codes" '5 0'
    no_entries
}
