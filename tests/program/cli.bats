# The command line as engines and people use it.

load helpers

@test "--version: name, version, commit, specification; one line has the word" {
    run --separate-stderr -0 "$BRIG" --version
    [[ ${lines[0]} =~ ^brig\ version\ [0-9]+\.[0-9]+\.[0-9]+ ]]
    contains "$output" $'\ncommit: '
    contains "$output" $'\nspec: 1.'
    equal "lines with the word version" "$(grep -c version <<<"$output")" 1
    equal stderr "$stderr" ''
}

@test "no command, --help: usage" {
    run -0 "$BRIG" --help
    contains "$output" create
    for command in create run start kill delete state list; do
        run -0 "$BRIG" "$command" --help
        contains "$output" "$command"
    done
}

@test "unknown options and commands, missing values: one line, status 1" {
    local words
    for words in 'nosuchcommand' '--no-such-option state x' 'create --no-such-option x' 'state' 'state a b' 'kill' 'create --bundle'; do
        # shellcheck disable=SC2086 # words
        run --separate-stderr -1 brig $words
        equal "lines for '$words'" "${#stderr_lines[@]}" 1
    done
    run -1 brig create --bundle
    contains "$output" 'flag needs an argument'
}

@test "engines' probes: checkpoint --help, restore --lsm-mount-context" {
    run "$BRIG" checkpoint --help
    [ "$status" -ne 0 ]
    run "$BRIG" restore --lsm-mount-context
    [ "$status" -ne 0 ]
    contains "$output" 'flag needs an argument'
}

@test "every way to write an option" {
    args true
    "$BRIG" --root="$ROOT" run --bundle="$BUNDLE" "$ID"
    "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID"
    "$BRIG" -root "$ROOT" run -bundle "$BUNDLE" -no-subreaper "$ID"
    "$BRIG" --root "$ROOT" run "$ID" --bundle "$BUNDLE" --no-pivot=false
    "$BRIG" --root "$ROOT" --log "$LOG" --log-format=json --log-format json --debug=false run -b "$BUNDLE" "$ID"
    (cd "$BUNDLE" && "$BRIG" --root "$ROOT" run "$ID")
    "$BRIG" --root "$ROOT" run -b "$BUNDLE" -- "$ID"
}

@test "options of create that engines pass" {
    args true
    brig create --bundle "$BUNDLE" --pid-file "$T/pid" --no-new-keyring --detach "$ID" </dev/null >/dev/null 2>&1
    [ -s "$T/pid" ]
}

@test "--no-pivot" {
    args sh -c 'ls /; grep -c . /proc/self/mountinfo'
    run brig run --no-pivot -b "$BUNDLE" "$ID" </dev/null
    equal "exit status ($output)" "$status" 0
    contains "$output" busybox || contains "$output" bin
}

@test "later commands need no global option but the root" {
    running
    env -i "$BRIG" --root "$ROOT" --systemd-cgroup kill "$ID" 9
    wait_until is_status "$ID" stopped
    env -i "$BRIG" --root "$ROOT" --systemd-cgroup delete "$ID"
}

@test "--cgroup-manager disabled: no cgroup is made" {
    args sleep 1000
    brig --cgroup-manager disabled create -b "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >/dev/null 2>&1
    find_cgroups_left
    equal "cgroups" "${CGROUPS_LEFT[*]}" ''
    equal "cgroup of init" "$(cat "/proc/$(<"$T/pid")/cgroup")" "$(cat /proc/self/cgroup)"
    brig delete --force "$ID"
}

@test "list: table, json, quiet" {
    run -0 brig list --format=json
    [ "$output" = '[]' ] || [ "$output" = null ]
    created "$ID-b"
    created "$ID-a"
    run -0 brig list
    equal head "$(xargs <<<"${lines[0]}")" "ID PID STATUS BUNDLE CREATED OWNER"
    equal "first line" "$(awk 'NR == 2 {print $1, $3}' <<<"$output")" "$ID-a created"
    run -0 brig list -f json
    jq -e --arg id "$ID" 'map(.id) == [$id + "-a", $id + "-b"] and all(.status == "created")' <<<"$output"
    run -0 brig list -q
    equal ids "$output" "$ID-a
$ID-b"
}

@test "list: what can't be read is told, and the others are listed" {
    created
    mkdir "$ROOT/$ID-broken" "$ROOT/$ID-empty"
    echo '{"format": 77}' >"$ROOT/$ID-broken/state.json"
    echo text >"$ROOT/file"
    run -0 --separate-stderr brig list -q
    equal stdout "$output" "$ID"
    equal lines "${#stderr_lines[@]}" 1
    contains "$stderr" "brig: list: left out: container \`$ID-broken\`: "
    run -0 --separate-stderr brig list --format json
    jq -e 'length == 1' <<<"$output"
    refused "read \`$ROOT/$ID-broken/state.json\`: " delete --force "$ID-broken"
    contains "$(<"$T/stderr")" 'removed by hand'
    rm -r "$ROOT/$ID-broken" "$ROOT/file"
}

@test "list: a root that was asked for and is not there is an error" {
    fails "$BRIG" --root "$T/none" list
}

@test "spec writes a config.json that runs, and overwrites none" {
    mkdir "$T/new"
    (cd "$T/new" && "$BRIG" spec)
    jq -e '.process.args == ["sh"] and .process.terminal and (.linux.maskedPaths | index("/proc/kcore"))' "$T/new/config.json"
    run -1 "$BRIG" spec -b "$T/new"
    contains "$output" 'File config.json exists. Remove it first'
    cp "$T/new/config.json" "$BUNDLE/config.json"
    config '.process.terminal = false | .process.args = ["echo", "fine"]'
    run -0 brig run -b "$BUNDLE" "$ID"
    equal output "$output" fine
}

@test "trace tells the steps of create and start" {
    running
    run -0 brig trace "$ID"
    contains "$output" runtime
    contains "$output" init
    run -0 brig trace --json "$ID"
    jq -e 'length > 5' <<<"$output"
}

@test "commands that are to come say so, on stderr and in the log" {
    local command
    for command in checkpoint restore; do
        refused 'not implemented yet' "$command" "$ID"
    done
}
