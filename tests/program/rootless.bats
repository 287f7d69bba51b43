# Without privilege: user 1000 with a configuration of `brig spec --rootless`.

load helpers

# A bundle, a state root and the program that user 1000 may use: below a directory that everybody may enter.
prepare() {
    OPEN=$(mktemp -d /tmp/brig-rootless-XXXXXX)
    chmod 755 "$OPEN"
    install -m 755 "$BRIG" "$OPEN/brig"
    mkdir "$OPEN/bundle" "$OPEN/run"
    cp -a "$BATS_SUITE_TMPDIR/minimal/rootfs" "$OPEN/bundle/rootfs"
    chown -R --no-dereference 1000:1000 "$OPEN/bundle" "$OPEN/run"
    BUNDLE=$OPEN/bundle
    (cd "$BUNDLE" && rootless spec --rootless)
    config '.process.terminal = false'
}

teardown() {
    local left
    while read -r left; do rootless delete --force "$left" || true; done < <(ls -A "$OPEN/run/brig" 2>/dev/null)
    equal "left of the state" "$(ls -A "$OPEN/run/brig" 2>/dev/null)" ''
    rm -rf "$OPEN"
    nothing_left
}

as_user() {
    setpriv --reuid 1000 --regid 1000 --clear-groups env -i PATH="$PATH" XDG_RUNTIME_DIR="$OPEN/run" "$@"
}

rootless() {
    as_user "$OPEN/brig" --cgroup-manager disabled "$@"
}

# ranges COMMAND...: with 65536 further ids for user 1000, by files in place of the machine's that only COMMAND sees.
ranges() {
    [ -x /usr/bin/newuidmap ] || skip 'newuidmap is not installed'
    [ -e /etc/subuid ] && [ -e /etc/subgid ] || skip 'there is no /etc/subuid and /etc/subgid to cover'
    echo 'tester:x:1000:1000::/:/bin/sh' >"$OPEN/passwd"
    echo 'tester:200000:65536' >"$OPEN/subid"
    unshare -m --propagation private sh -c '
        mount --bind "$0/passwd" /etc/passwd
        mount --bind "$0/subid" /etc/subuid
        mount --bind "$0/subid" /etc/subgid
        exec "$@"' "$OPEN" "$@"
}

@test "a user runs a container with its own id alone" {
    args sh -c 'id -u; cat /proc/self/uid_map; cat /proc/self/setgroups; hostname'
    run rootless run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status" "$status" 0
    equal output "$(xargs <<<"$output")" '0 0 1000 1 deny brig'
}

@test "a user creates, starts, kills and deletes" {
    args sleep 1000
    rootless create -b "$BUNDLE" "$ID" </dev/null >"$OPEN/run/out" 2>&1
    equal status "$(rootless state "$ID" | jq -r .status)" created
    rootless start "$ID"
    equal status "$(rootless state "$ID" | jq -r .status)" running
    rootless kill "$ID" KILL
    rootless delete --force "$ID"
}

@test "what the container writes is the user's" {
    config '.root.readonly = false'
    args sh -c 'echo text >/made'
    run rootless run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status" "$status" 0
    equal owner "$(stat -c %u:%g "$BUNDLE/rootfs/made")" 1000:1000
}

@test "cgroups that a user may not make are a clear error" {
    args true
    local code=0
    as_user "$OPEN/brig" run -b "$BUNDLE" "$ID" </dev/null >"$OPEN/run/out" 2>&1 || code=$?
    [ "$code" -eq 0 ] || contains "$(<"$OPEN/run/out")" 'cgroup'
}

@test "oomScoreAdj and time offsets of a user's container" {
    config '.process.oomScoreAdj = 777 | .linux.namespaces += [{"type": "time"}]
        | .linux.timeOffsets = {"boottime": {"secs": 7000000}}'
    args sh -c 'cat /proc/self/oom_score_adj /proc/uptime'
    run rootless run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status" "$status" 0
    equal oomScoreAdj "${lines[0]}" 777
    [ "${lines[1]%%.*}" -ge 7000000 ]
}

@test "ranges of ids by newuidmap and newgidmap" {
    config '.linux.uidMappings = [{"containerID": 0, "hostID": 1000, "size": 1},
                                  {"containerID": 1, "hostID": 200000, "size": 65535}]
        | .linux.gidMappings = .linux.uidMappings
        | .process.user = {"uid": 5, "gid": 6, "additionalGids": [7]}'
    args sh -c 'id -u; id -G; cat /proc/self/uid_map'
    run ranges setpriv --reuid 1000 --regid 1000 --clear-groups env XDG_RUNTIME_DIR="$OPEN/run" \
        "$OPEN/brig" --cgroup-manager disabled run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status" "$status" 0
    equal output "$(xargs <<<"$output")" '5 6 7 0 1000 1 1 200000 65535'
}

@test "a user execs: with the container's one id, or with ranges of them as any of these" {
    config '.process.oomScoreAdj = 777'
    args sleep 1000
    rootless create -b "$BUNDLE" "$ID" </dev/null >"$OPEN/run/out" 2>&1
    rootless start "$ID"
    run rootless exec "$ID" sh -c 'id -u; cat /proc/self/oom_score_adj; cat /proc/self/uid_map' </dev/null
    equal "exit status" "$status" 0
    equal output "$(xargs <<<"$output")" '0 777 0 1000 1'
    run rootless exec --additional-gids 5 "$ID" true </dev/null
    equal "exit status with a group" "$status" 255
    contains "$output" setgroups
    rootless delete --force "$ID"
    config '.linux.uidMappings = [{"containerID": 0, "hostID": 1000, "size": 1}, {"containerID": 1, "hostID": 200000, "size": 65535}]
        | .linux.gidMappings = .linux.uidMappings'
    ranges setpriv --reuid 1000 --regid 1000 --clear-groups env XDG_RUNTIME_DIR="$OPEN/run" \
        "$OPEN/brig" --cgroup-manager disabled run --detach -b "$BUNDLE" "$ID" </dev/null >"$OPEN/run/out" 2>&1
    run rootless exec --user 5:6 --additional-gids 7 "$ID" sh -c 'id -u; id -G' </dev/null
    equal "exit status with ranges" "$status" 0
    equal output "$(xargs <<<"$output")" '5 6 7'
    rootless delete --force "$ID"
}

@test "an id that is not the user's is refused, and nothing is left" {
    config '.linux.uidMappings[0].hostID = 0 | .linux.gidMappings[0].hostID = 0'
    args true
    run rootless run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status" "$status" 1
    contains "$output" 'write id mappings'
}

@test "a user joins the namespaces of its own container" {
    args sleep 1000
    rootless create -b "$BUNDLE" --pid-file "$OPEN/run/pid" "$ID" </dev/null >"$OPEN/run/out" 2>&1
    rootless start "$ID"
    local type file
    for type in user:user ipc:ipc uts:uts pid:pid; do
        file=/proc/$(<"$OPEN/run/pid")/ns/${type#*:}
        config '.linux.namespaces |= map(select(.type != $type)) + [{"type": $type, "path": $path}]' \
            --arg type "${type%:*}" --arg path "$file"
    done
    config 'del(.hostname)'
    args sh -c 'id -u; ps -o args'
    run rootless run -b "$BUNDLE" "$ID-2" </dev/null
    echo "$output"
    equal "exit status" "$status" 0
    contains "$output" 'sleep 1000'
}

@test "root of a user namespace around brig" {
    config '.linux.uidMappings[0].hostID = 0 | .linux.gidMappings[0].hostID = 0'
    args sh -c 'id -u; cat /proc/self/uid_map'
    run as_user unshare -Ur "$OPEN/brig" --cgroup-manager disabled run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status" "$status" 0
    equal output "$(xargs <<<"$output")" '0 0 0 1'
}

# As podman runs us for a user without ranges of ids: in its own user namespace of one id, which denies setgroups.
@test "in a user namespace that denies setgroups: run and exec, with groups that nobody can have there" {
    config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
    local groups
    for groups in '[]' '[0]' '[0, 10]'; do
        config '.process.user.additionalGids = $g' --argjson g "$groups"
        args sleep 1000
        run as_user unshare -Ur sh -c '
            b="$0/brig --cgroup-manager disabled"
            $b run --detach -b "$0/bundle" "$1" </dev/null >"$0/run/out" 2>&1 || { cat "$0/run/out"; exit 1; }
            $b exec "$1" sh -c "id -u; cat /proc/self/setgroups" </dev/null
            $b exec --user 0:0 --additional-gids 10 "$1" id -u </dev/null
            $b delete --force "$1"' "$OPEN" "$ID"
        equal "exit status with $groups" "$status" 0
        equal "output with $groups" "$(grep -v warning <<<"$output" | xargs)" '0 deny 0'
    done
}

@test "a namespace's own list of groups is not left out where they can't be set" {
    config '.process.user.additionalGids = [0]'
    args id -u
    run -0 rootless run -b "$BUNDLE" "$ID" </dev/null
    equal output "$output" 0
}

@test "what needs no privilege of scheduler and ioPriority, and a word for what does" {
    config '.process.scheduler = {"policy": "SCHED_BATCH", "nice": 4} | .process.ioPriority = {"class": "IOPRIO_CLASS_BE", "priority": 6}
        | .linux.personality = {"domain": "LINUX32"}'
    args sh -c 'sed "s/.*) //" /proc/self/stat | cut -d " " -f 17,39; cat /proc/self/personality'
    run rootless run -b "$BUNDLE" "$ID" </dev/null
    equal "nice, policy, personality" "$(xargs <<<"$output")" '4 3 00000008'
    config '.process.scheduler = {"policy": "SCHED_FIFO", "priority": 1}'
    run rootless run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status" "$status" 1
    contains "$output" CAP_SYS_NICE
}
