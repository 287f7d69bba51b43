# process.apparmorProfile, on a kernel with AppArmor: tests/support/world uml gives one.
# bats file_tags=uml

load helpers

# One profile for all tests of this file: everything is allowed but for one file.
PROFILE=brig-test-profile

setup_file() {
    apparmor_here || return 0
    apparmor_parser --replace --skip-cache --quiet <<EOT
profile $PROFILE flags=(attach_disconnected,mediate_deleted) {
  file,
  capability,
  network,
  signal,
  mount,
  ptrace,
  deny /denied r,
}
EOT
}

teardown_file() {
    apparmor_here || return 0
    echo "profile $PROFILE {}" | apparmor_parser --remove --quiet
}

prepare() {
    apparmor_here || skip "AppArmor is not enabled in this kernel: tests/support/world uml has it"
    echo secret >"$BUNDLE/rootfs/denied"
}

apparmor_here() {
    cat /proc/self/attr/apparmor/current >/dev/null 2>&1
}

# What the container tells of itself.
tell() {
    args sh -c 'cat /proc/self/attr/apparmor/current; cat /denied'
    run brig run -b "$BUNDLE" "$ID" </dev/null
}

@test "the program runs under the profile" {
    local nnp
    for nnp in true false; do
        config '.process.apparmorProfile = $p | .process.noNewPrivileges = $n' --arg p "$PROFILE" --argjson n "$nnp"
        tell
        equal "label with noNewPrivileges $nnp" "${lines[0]}" "$PROFILE (enforce)"
        contains "$output" 'Permission denied'
        lacks "$output" secret
    done
}

@test "the program runs under the profile in a user namespace, as its own user" {
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_SUITE_TMPDIR" "$BATS_FILE_TMPDIR" "${T%/*}" "$T" "$BUNDLE"
    chmod 644 "$BUNDLE/rootfs/denied"
    config '.process.apparmorProfile = $p | .process.user = {"uid": 1000, "gid": 1000} | .linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] | .linux.gidMappings = .linux.uidMappings' \
        --arg p "$PROFILE"
    tell
    equal label "${lines[0]}" "$PROFILE (enforce)"
    lacks "$output" secret
}

@test "without a profile, with an empty one, and with \"unconfined\" it is not confined" {
    local filter
    for filter in . '.process.apparmorProfile = ""' '.process.apparmorProfile = "unconfined"'; do
        config "$filter"
        tell
        equal "label by $filter" "${lines[0]}" unconfined
        contains "$output" secret
    done
}

@test "a profile that is not loaded is refused, and nothing is left" {
    config '.process.apparmorProfile = "no-such-profile"'
    refuses_to_create 'no such profile is loaded'
    contains "$(<"$T/stderr")" /process/apparmorProfile
    contains "$(<"$T/stderr")" no-such-profile
}

@test "a /proc of the image's own does not lead the label astray (T-15)" {
    local fake=$BUNDLE/rootfs/proc/self/attr
    mkdir -p "$fake/apparmor"
    touch "$fake/apparmor/exec" "$fake/exec"
    config '.process.apparmorProfile = $p | .mounts |= map(select(.destination != "/proc"))' --arg p "$PROFILE"
    running
    wait_until grep -q sleep "/proc/$(<"$T/pid")/comm"
    equal label "$(cat "/proc/$(<"$T/pid")/attr/apparmor/current")" "$PROFILE (enforce)"
    equal "bytes in the fake" "$(cat "$fake/apparmor/exec" "$fake/exec" | wc -c)" 0
}

@test "hooks of the runtime and of createContainer are not confined" {
    config '.process.apparmorProfile = $p | .hooks = {"createRuntime": [$h], "createContainer": [$h]}' --arg p "$PROFILE" \
        --argjson h '{"path": "/bin/sh", "args": ["sh", "-c", "cat /proc/self/attr/apparmor/current >>'"$T"'/labels"]}'
    args true
    brig run -b "$BUNDLE" "$ID" </dev/null
    equal labels "$(xargs <"$T/labels")" "unconfined unconfined"
}

@test "hooks of startContainer are confined as the program is" {
    config '.process.apparmorProfile = $p | .hooks.startContainer = [{"path": "/bin/sh", "args": ["sh", "-c",
        "cat /proc/self/attr/apparmor/current >/tmp/label"]}]' --arg p "$PROFILE"
    args cat /tmp/label
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal label "$output" "$PROFILE (enforce)"
}

# A brig in a container is confined as that is. The kernel lets a process with no_new_privs add a profile to its own, but
# not change it for another.
@test "the profile is stacked onto brig's own where noNewPrivileges allows nothing else" {
    apparmor_parser --replace --skip-cache --quiet <<EOT
profile $PROFILE-of-brig flags=(attach_disconnected,mediate_deleted) {
  file,
  capability,
  network,
  signal,
  mount,
  remount,
  umount,
  pivot_root,
  ptrace,
  unix,
  change_profile,
}
EOT
    local nnp label
    while read -r nnp label; do
        config '.process.apparmorProfile = $p | .process.noNewPrivileges = $n' --arg p "$PROFILE" --argjson n "$nnp"
        args sh -c 'cat /proc/self/attr/apparmor/current; cat /denied'
        run aa-exec -p "$PROFILE-of-brig" -- "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null
        equal "label with noNewPrivileges $nnp ($output)" "${lines[0]}" "$label (enforce)"
        contains "$output" 'Permission denied'
        lacks "$output" secret
    done <<END
false $PROFILE
true $PROFILE//&$PROFILE-of-brig
END
    echo "profile $PROFILE-of-brig {}" | apparmor_parser --remove --quiet
}
