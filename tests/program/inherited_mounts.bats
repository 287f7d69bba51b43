# config-linux.md#namespaces: without a "mount" namespace the container inherits the runtime's, and its mounts are made
# there, on a mount of its rootfs that goes with it. Each test has a mount namespace of its own, where what is left
# shows, held by a process: the tests' other commands enter it.

load helpers

prepare() {
    unshare -m --propagation private sleep 1000 &
    HOST=$!
    disown
    PIDS+=("$HOST")
    until [ "$(readlink "/proc/$HOST/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ]; do nap; done
    own_rootfs
    config 'del(.linux.namespaces[] | select(.type == "mount"))'
}

# A copy: what others of this suite link to would be seen through the mounts.
own_rootfs() {
    rm -rf "$BUNDLE/rootfs"
    cp -a "$BATS_SUITE_TMPDIR/minimal/rootfs" "$BUNDLE/rootfs"
}

there() {
    nsenter --mount="/proc/$HOST/ns/mnt" -- "$@"
}
brig() {
    there "$BRIG" --root "$ROOT" "$@"
}
logged() {
    there "$BRIG" --root "$ROOT" --log "$LOG" --log-format json "$@"
}
status_of() {
    jq -r .status <<<"$(brig state "$1")"
}

# The mount table of that namespace, without the ids, which differ each time.
mounts() {
    there cat /proc/self/mountinfo | cut -d' ' -f4-
}
remember_mounts() {
    BEFORE=$(mounts)
}
mounts_are_as_before() {
    local now
    now=$(mounts)
    [ "$now" = "$BEFORE" ] || {
        diff <(echo "$BEFORE") <(echo "$now")
        return 1
    }
}
on_rootfs() {
    there cat /proc/self/mountinfo | awk -v r="$BUNDLE/rootfs" '$5 == r || index($5, r "/") == 1 {print $5}'
}

@test "mounts, masks, read-only paths and a read-only root are there inside, and gone with the container" {
    mkdir "$T/data"
    echo one >"$T/data/file"
    config '.mounts += [{"destination": "/data", "type": "bind", "source": $d, "options": ["rbind", "ro"]}]
        | .linux.maskedPaths = ["/proc/keys", "/etc"] | .linux.readonlyPaths = ["/proc/sys"] | .root.readonly = true' \
        --arg d "$T/data"
    args sh -c 'readlink /proc/self/ns/mnt; echo pid $$; cat /data/file; ls -A /etc | wc -l; cat /proc/keys | wc -c
        touch /x || echo read-only root; touch /data/x || echo read-only data
        echo 1 >/proc/sys/kernel/panic || echo read-only sysctls; awk "{print \$5, \$9}" /proc/self/mountinfo'
    remember_mounts
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status ($output)" "$status" 0
    contains "$output" "$(there readlink /proc/self/ns/mnt)"
    local line
    for line in 'pid 1' one 'read-only root' 'read-only data' 'read-only sysctls' '/proc proc' '/dev/pts devpts'; do
        contains "$output" "$line"$'\n'
    done
    contains "$output" $'one\n0\n0\n'
    mounts_are_as_before
    no_entries
}

@test "while the container is there its mounts are on its rootfs, and delete takes them away" {
    remember_mounts
    created
    equal "mounts on the rootfs, which are two" "$(on_rootfs | grep -cx "$BUNDLE/rootfs")" 2
    contains "$(on_rootfs)" "$BUNDLE/rootfs/dev/pts"
    brig delete "$ID"
    mounts_are_as_before
    running "$ID-2"
    brig kill "$ID-2" KILL
    wait_until eval '[ "$(status_of "$ID-2")" = stopped ]'
    there test -e "$BUNDLE/rootfs/dev/null"
    brig delete "$ID-2"
    mounts_are_as_before
}

@test "with every namespace inherited the mounts are made and go all the same" {
    config 'del(.linux.namespaces, .hostname)'
    args sh -c 'cat /proc/1/comm; readlink /proc/self/ns/pid; sleep 1000 & exec sleep 1000'
    remember_mounts
    brig create -b "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
    wait_until grep -qxF "$(readlink /proc/self/ns/pid)" "$T/out"
    equal "the first process" "$(head -n 1 "$T/out")" "$(</proc/1/comm)"
    brig delete --force "$ID"
    mounts_are_as_before
}

@test "exec finds the container's root" {
    running
    run brig exec "$ID" sh -c 'readlink /proc/self/ns/mnt; ls -d /bin/in; awk "{print \$5; exit}" /proc/self/mountinfo'
    equal "output ($status)" "$(xargs <<<"$output")" "$(there readlink /proc/self/ns/mnt) /bin/in /"
}

@test "nothing is mounted if nothing has to be" {
    config 'del(.mounts, .linux.maskedPaths, .linux.readonlyPaths)'
    remember_mounts
    created
    mounts_are_as_before
    equal rootfsMounts "$(jq .rootfsMounts "$ROOT/$ID/state.json")" null
    brig delete "$ID"
}

@test "on a shared mount only an empty mount of the rootfs is seen by others, and it goes everywhere" {
    mkdir "$BUNDLE/rootfs/sub"
    there mount --bind "$T" "$T"
    there mount --make-shared "$T"
    there mount -t tmpfs inner "$BUNDLE/rootfs/sub"
    there touch "$BUNDLE/rootfs/sub/inner"
    nsenter --mount="/proc/$HOST/ns/mnt" -- unshare -m --propagation unchanged sleep 1000 &
    local peer=$!
    disown
    PIDS+=("$peer")
    until [ "$(readlink "/proc/$peer/ns/mnt")" != "$(readlink "/proc/$HOST/ns/mnt")" ] &&
        [ "$(readlink "/proc/$peer/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ]; do nap; done
    local before
    before=$(cut -d' ' -f4- "/proc/$peer/mountinfo")
    remember_mounts
    args sh -c 'ls /sub; exec sleep 1000'
    brig create -b "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    equal "what the other got" "$(diff <(echo "$before") <(cut -d' ' -f4- "/proc/$peer/mountinfo") | grep -c '^[<>]')" 1
    grep -q " $BUNDLE/rootfs " "/proc/$peer/mountinfo"
    brig start "$ID"
    wait_until grep -qx inner "$T/out"
    brig delete --force "$ID"
    equal "the other's mounts" "$(cut -d' ' -f4- "/proc/$peer/mountinfo")" "$before"
    mounts_are_as_before
}

@test "the rootfs may be a mount already, which stays" {
    there mount --bind "$BUNDLE/rootfs" "$BUNDLE/rootfs"
    there mount --make-shared "$BUNDLE/rootfs"
    remember_mounts
    args cat /proc/self/comm
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "output ($status)" "$output" cat
    mounts_are_as_before
    created
    brig delete "$ID"
    mounts_are_as_before
}

@test "peers of a bind with rshared keep their mounts when the container goes" {
    mkdir -p "$T/source/sub"
    there mount --bind "$T/source" "$T/source"
    there mount --make-shared "$T/source"
    there mount -t tmpfs inner "$T/source/sub"
    there touch "$T/source/sub/inner"
    config '.mounts += [{"destination": "/data", "type": "bind", "source": $d, "options": ["rbind", "rshared"]}]
        | .linux.rootfsPropagation = "rshared"' --arg d "$T/source"
    args sh -c 'ls /data/sub; grep " /data " /proc/self/mountinfo; awk "\$5 == \"/\"" /proc/self/mountinfo'
    remember_mounts
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status ($output)" "$status" 0
    equal "what is in the bind's mount" "${lines[0]}" inner
    contains "${lines[1]}" "$(there awk -v p="$T/source" '$5 == p {print $7}' /proc/self/mountinfo)"
    contains "${lines[2]}" shared:
    there test -e "$T/source/sub/inner"
    mounts_are_as_before
}

@test "rootfsPropagation is the rootfs's own; the mount that holds it stays as it is" {
    there mount --bind "$T" "$T"
    there mount --make-shared "$T"
    remember_mounts
    local value tag
    args awk '$5 == "/"' /proc/self/mountinfo
    while read -r value tag; do
        config '.linux.rootfsPropagation = $p' --arg p "$value"
        run brig run -b "$BUNDLE" "$ID" </dev/null
        equal "exit status of $value ($output)" "$status" 0
        case $tag in
        none) lacks "$output" shared: && lacks "$output" master: && lacks "$output" unbindable ;;
        *) contains "$output" "$tag" ;;
        esac
        mounts_are_as_before
    done <<'END'
shared shared:
rslave none
private none
runbindable unbindable
END
}

@test "a create that fails leaves no mount: a bad mount, a failing hook, a missing program" {
    remember_mounts
    cp "$BUNDLE/config.json" "$T/good.json"
    mkdir "$BUNDLE/rootfs/dir"
    config '.mounts += [{"destination": "/dir", "type": "tmpfs", "source": "x", "options": ["size=nonsense"]}]'
    refused size create -b "$BUNDLE" "$ID"
    mounts_are_as_before
    local hook
    for hook in prestart createRuntime createContainer; do
        cp "$T/good.json" "$BUNDLE/config.json"
        config '.hooks[$h] = [{"path": "/bin/false"}]' --arg h "$hook"
        refused "$hook" create -b "$BUNDLE" "$ID"
        mounts_are_as_before
    done
    cp "$T/good.json" "$BUNDLE/config.json"
    args /no/such/program
    refused '/no/such/program' create -b "$BUNDLE" "$ID"
    mounts_are_as_before
    args true
    config '.hooks.poststart = [{"path": "/bin/false"}]'
    refused poststart run -b "$BUNDLE" "$ID"
    mounts_are_as_before
    no_entries
}

@test "hooks see the container's mounts on its rootfs, and what they mount there is the container's" {
    mkdir "$BUNDLE/rootfs/hooked"
    local hook
    for hook in createRuntime createContainer; do
        printf '#!/bin/sh\n%s\n%s\n' "grep -q ' $BUNDLE/rootfs/proc ' /proc/self/mountinfo || exit 1" \
            "mkdir $BUNDLE/rootfs/hooked/$hook && mount -t tmpfs $hook $BUNDLE/rootfs/hooked/$hook" >"$T/$hook"
        chmod 755 "$T/$hook"
        config '.hooks[$h] = [{"path": $p}]' --arg h "$hook" --arg p "$T/$hook"
    done
    args awk '$5 ~ "^/hooked" {print $5}' /proc/self/mountinfo
    remember_mounts
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status ($output)" "$status" 0
    equal "mounts of the hooks" "$(xargs <<<"$output")" '/hooked/createRuntime /hooked/createContainer'
    mounts_are_as_before
}

@test "create and delete killed at any point: delete --force takes the mounts away" {
    args sleep 1000
    # A shared one has a moment in which the new mount is shared too.
    there mount --bind "$T" "$T"
    there mount --make-shared "$T"
    remember_mounts
    run there "$SUPPORT/kill_points" "$BRIG" "$ROOT" "$BUNDLE" "$ID" 20 create
    equal "create: exit status ($output)" "$status" 0
    mounts_are_as_before
    run there "$SUPPORT/kill_points" "$BRIG" "$ROOT" "$BUNDLE" "$ID" 10 delete
    equal "delete: exit status ($output)" "$status" 0
    mounts_are_as_before
}

@test "what somebody mounts over the rootfs stays, with a warning" {
    remember_mounts
    created
    there mount -t tmpfs other "$BUNDLE/rootfs"
    run brig --debug delete "$ID"
    equal "exit status" "$status" 0
    contains "$output" "what is mounted there now is not the container's"
    equal "on top" "$(there stat -f -c %T "$BUNDLE/rootfs")" tmpfs
    no_entries
    # The three are this test's to take away.
    there umount "$BUNDLE/rootfs"
    there umount -l "$BUNDLE/rootfs"
    there umount -l "$BUNDLE/rootfs"
    mounts_are_as_before
}

@test "a mount that somebody has taken away is not looked for elsewhere" {
    there mount --bind "$BUNDLE/rootfs" "$BUNDLE/rootfs"
    remember_mounts
    created
    there umount -l "$BUNDLE/rootfs"
    there umount "$BUNDLE/rootfs"
    mounts_are_as_before
    brig delete "$ID"
    mounts_are_as_before
}

@test "another container without a mount namespace is refused the same rootfs" {
    remember_mounts
    created
    local mounts
    mounts=$(mounts)
    refused "container $ID has its mounts on the rootfs" create -b "$BUNDLE" "$ID-2"
    equal mounts "$(mounts)" "$mounts"
    brig delete "$ID"
    mounts_are_as_before
    created "$ID-2"
    brig delete "$ID-2"
}

@test "a user namespace has no power over the runtime's mounts" {
    config '.linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] | .linux.gidMappings = .linux.uidMappings'
    refuses_to_create '/mounts: needs a "mount" namespace beside the "user" namespace'
}

@test "the runtime's own root takes a mount namespace" {
    config '.root.path = "/"'
    refuses_to_create "/root/path: is the runtime's own root"
}
