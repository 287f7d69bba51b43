# What brig inherits from whoever calls it: limits, signals, a working directory, an umask, broken output.

load helpers

# inherit STATEMENTS: "${SO[@]}" is brig with this test's root, after these statements of Python (os, resource, signal are
# there).
inherit() {
    SO=(python3 -c "import os, resource, signal, sys
for number in (signal.SIGXFSZ, signal.SIGPIPE):
    signal.signal(number, signal.SIG_DFL)
$1
os.execvp(sys.argv[1], sys.argv[1:])" "$BRIG" --root "$ROOT")
}

# under STATEMENTS ARG...: brig so. Its two outputs are pipes, which `run` reads to their end.
under() {
    inherit "$1"
    shift
    run timeout --foreground -k 1 20 "${SO[@]}" "$@" </dev/null
}

# cleanly STATEMENTS ARG...: it succeeds, or fails by one line.
cleanly() {
    under "$@"
    [ "$status" -eq 0 ] && return
    # 255: of exec, as a program may end with 1.
    [ "$2 $status" = "exec 255" ] || equal "exit status with $1" "$status" 1
    equal "lines with $1: $output" "${#lines[@]}" 1
    [[ $output == brig:\ * ]] || equal "what is said with $1" "$output" "brig: ..."
}

@test "SIGCHLD ignored by the caller: ends are seen all the same" {
    local ignored='signal.signal(signal.SIGCHLD, signal.SIG_IGN)'
    config '.hooks = {"prestart": [{"path": "/bin/true"}], "poststop": [{"path": "/bin/true"}]}'
    args sh -c 'exit 3'
    under "$ignored" run -b "$BUNDLE" "$ID"
    equal "exit status of run: $output" "$status" 3
    args sleep 1000
    "${SO[@]}" create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    brig start "$ID"
    under "$ignored" exec "$ID" sh -c 'exit 4'
    equal "exit status of exec: $output" "$status" 4
    under "$ignored" delete --force "$ID"
    equal "what delete says" "$output" ''
    no_entries
}

@test "every signal blocked by the caller: the program has none blocked, and run passes them on" {
    local blocked='signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))'
    args in --signals
    under "$blocked" run -b "$BUNDLE" "$ID"
    equal "exit status" "$status" 0
    equal SigBlk "$(report SigBlk)" 0000000000000000
    args sh -c 'trap "exit 5" TERM; touch /ready; while :; do sleep 0.05; done'
    "${SO[@]}" run -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 &
    local pid=$! code=0
    PIDS+=("$pid")
    wait_until [ -e "$BUNDLE/rootfs/ready" ]
    kill -TERM "$pid"
    wait "$pid" || code=$?
    equal "exit status" "$code" 5
}

@test "nobody reads what is logged: create and delete do their work" {
    inherit 'r, w = os.pipe()
os.close(r)
os.dup2(w, 2)'
    args sleep 1000
    "${SO[@]}" --debug create -b "$BUNDLE" "$ID" </dev/null >/dev/null
    is_status "$ID" created
    "${SO[@]}" --debug delete --force "$ID" </dev/null >/dev/null
    no_entries
    # What is warned of is logged in the middle.
    config '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{"names": ["nosuchcall"], "action": "SCMP_ACT_ERRNO"}]}'
    args nosuchprogram
    local code=0
    "${SO[@]}" --debug create -b "$BUNDLE" "$ID" </dev/null >/dev/null || code=$?
    equal "exit status of a create that fails" "$code" 1
    no_entries
}

@test "files may not grow: an error, and nothing is left" {
    local size
    args true
    for size in 0 1 100 1000 1500 2100 2400 3000 5000; do
        cleanly "resource.setrlimit(resource.RLIMIT_FSIZE, ($size, $size))" run -b "$BUNDLE" --pid-file "$T/pid" "$ID"
        [ "$status" -eq 0 ] || contains "$output" 'file too large'
        no_entries
        rm -f "$T/pid"
    done
    equal "exit status with $size" "$status" 0
}

@test "few descriptors: it works, or says why not, and nothing is left" {
    local number
    args true
    for number in {3..24..2} 28 32; do
        cleanly "resource.setrlimit(resource.RLIMIT_NOFILE, ($number, $number))" run -b "$BUNDLE" "$ID"
        no_entries
        nothing_left
    done
    equal "exit status with $number" "$status" 0
    running
    for number in {3..18..3}; do
        local limited="resource.setrlimit(resource.RLIMIT_NOFILE, ($number, $number))"
        for words in "state $ID" list "ps $ID" "pause $ID" "update --pids-limit 20 $ID" "exec $ID true"; do
            # shellcheck disable=SC2086 # words
            cleanly "$limited" $words
            [[ $words != pause* ]] || [ "$status" -ne 0 ] || brig resume "$ID"
            is_status "$ID" running
        done
    done
    for number in {3..16}; do
        cleanly "resource.setrlimit(resource.RLIMIT_NOFILE, ($number, $number))" delete --force "$ID"
    done
    no_entries
}

@test "whatever the umask, the container's cgroup can be read" {
    local directory
    args sleep 1000
    (umask 077 && exec "$BRIG" --root "$ROOT" create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1)
    is_status "$ID" created
    find_cgroups_left
    equal "cgroups" "$((${#CGROUPS_LEFT[@]} > 0))" 1
    for directory in "${CGROUPS_LEFT[@]}"; do equal "mode of $directory" "$(stat -c %a "$directory")" 755; done
    equal "mode of the state" "$(stat -c %a "$ROOT/$ID" "$ROOT/$ID/state.json" | xargs)" "711 600"
}

@test "a working directory that is gone" {
    args sleep 1000
    mkdir "$T/gone"
    cd "$T/gone"
    rmdir "$T/gone"
    brig create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    brig start "$ID"
    brig exec "$ID" true
    brig state "$ID"
    brig delete --force "$ID"
    config '.linux.namespaces |= map(select(.type != "mount")) | .mounts = []'
    refused 'no such file' create "$ID"
    no_entries
}

@test "an output that takes nothing is an error" {
    running
    local words code
    for words in "state $ID" list "ps $ID" features "trace $ID" --version --help "events --stats $ID"; do
        code=0
        # shellcheck disable=SC2086 # words
        brig $words >/dev/full 2>"$T/stderr" || code=$?
        equal "exit status of $words" "$code" 1
        contains "$(<"$T/stderr")" 'no space left on device'
    done
}
