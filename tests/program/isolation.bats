# What the program gets is what the configuration says, and no more: ids, capabilities, environment, namespaces, masks.

load helpers

@test "namespaces: those listed are new, the others the runtime's own" {
    args sh -c 'for n in mnt pid uts ipc net user cgroup time; do echo $n=$(readlink /proc/self/ns/$n); done'
    config '.linux.namespaces += [{"type": "cgroup"}]'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    local n
    for n in mnt pid uts ipc net cgroup; do lacks "$(report $n)" "$(readlink /proc/self/ns/$n)"; done
    for n in user time; do equal "$n" "$(report $n)" "$(readlink /proc/self/ns/$n)"; done
}

@test "namespaces: joined by path" {
    running
    local pid
    pid=$(<"$T/pid")
    args sh -c 'for n in ipc net uts; do echo $n=$(readlink /proc/self/ns/$n); done; hostname'
    config '.linux.namespaces |= map(if .type == "net" or .type == "network" then .path = "/proc/\($p)/ns/net"
        elif .type == "ipc" or .type == "uts" then .path = "/proc/\($p)/ns/\(.type)" else . end) | del(.hostname)' --arg p "$pid"
    run brig run -b "$BUNDLE" "$ID-second" </dev/null
    local n
    for n in ipc net uts; do equal "$n" "$(report $n)" "$(readlink "/proc/$pid/ns/$n")"; done
    contains "$output" brig
}

@test "namespaces: a path that is no such namespace is refused, and a FIFO does not hang (T-47)" {
    mkfifo "$T/fifo"
    local path
    for path in /etc/passwd "$T/fifo" /proc/self/ns/uts /none /proc/self/ns; do
        cp "$BATS_SUITE_TMPDIR/minimal/config.json" "$BUNDLE/config.json"
        config '.linux.namespaces |= map(if .type == "network" then .path = $p else . end)' --arg p "$path"
        refuses_to_create "$path"
    done
}

@test "a user namespace with mappings" {
    config '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 1000}]
        | .linux.gidMappings = [{"containerID": 0, "hostID": 200000, "size": 1000}] | .process.user = {"uid": 5, "gid": 6}'
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$T" "$BUNDLE"
    args sh -c 'cat /proc/self/uid_map /proc/self/gid_map; id -u; id -g; ls -n /dev/null; in'
    config '.process.args[2] |= sub("; in$"; "; /bin/in")'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status ($output)" "$status" 0
    equal "uid map" "$(xargs <<<"${lines[0]}")" "0 100000 1000"
    equal "gid map" "$(xargs <<<"${lines[1]}")" "0 200000 1000"
    equal "uid and gid" "${lines[2]} ${lines[3]}" "5 6"
    equal Uid "$(report Uid)" "5 5 5 5"
}

@test "hostname, domainname" {
    config '.hostname = "there" | .domainname = "example"'
    args sh -c 'hostname; cat /proc/sys/kernel/domainname'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal output "$(xargs <<<"$output")" "there example"
}

@test "uid, gid, umask, additional groups; the caller's groups are gone (T-21)" {
    config '.process.user = {"uid": 1000, "gid": 1001, "umask": 23, "additionalGids": [77]}'
    args in
    run setpriv --groups 5001,5002 "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null
    equal Uid "$(report Uid)" "1000 1000 1000 1000"
    equal Gid "$(report Gid)" "1001 1001 1001 1001"
    equal Groups "$(report Groups | xargs)" 77
    equal umask "$(report umask)" 0027
    config 'del(.process.user.additionalGids) | del(.process.user.umask)'
    run setpriv --groups 5001,5002 "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null
    equal Groups "$(report Groups | xargs)" ''
    equal umask "$(report umask)" 0022
}

@test "capabilities: all five sets are exactly as configured (T-17)" {
    local sets want
    while read -r sets want; do
        config '.process.capabilities = $s' --argjson s "$sets"
        args in
        run brig run -b "$BUNDLE" "$ID" </dev/null
        equal "capabilities with $sets" "$(for n in CapBnd CapEff CapPrm CapInh CapAmb; do report $n; done | sed 's/^0*//; s/^$/0/' | xargs)" "$want"
    done <<'EOT'
{} 0 0 0 0 0
{"bounding":["CAP_KILL"]} 20 0 0 0 0
{"bounding":["CAP_KILL","CAP_CHOWN"],"effective":["CAP_KILL"],"permitted":["CAP_KILL"]} 21 20 20 0 0
{"bounding":["CAP_KILL"],"effective":["CAP_KILL"],"permitted":["CAP_KILL"],"inheritable":["CAP_KILL"]} 20 20 20 20 0
{"bounding":["CAP_KILL"],"effective":["CAP_KILL"],"permitted":["CAP_KILL"],"inheritable":["CAP_KILL"],"ambient":["CAP_KILL"]} 20 20 20 20 20
{"bounding":["CAP_KILL"],"effective":["CAP_KILL"],"permitted":["CAP_KILL"],"ambient":["CAP_KILL"]} 20 20 20 0 0
EOT
    config 'del(.process.capabilities)'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "capabilities without the object" "$(for n in CapBnd CapEff CapPrm CapInh CapAmb; do report $n; done | sort -u)" 0000000000000000
}

@test "capabilities: another user has them only if ambient, and an unknown name is ignored" {
    config '.process.user = {"uid": 1000, "gid": 1000} | .process.capabilities |= map_values(. + ["CAP_NO_SUCH"])'
    args in
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status ($output)" "$status" 0
    equal CapEff "$(report CapEff)" 0000000000000000
    equal CapAmb "$(report CapAmb)" 0000000000000000
    equal CapBnd "$(report CapBnd)" 0000000000000021
}

@test "noNewPrivileges" {
    args in
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal NoNewPrivs "$(report NoNewPrivs)" 1
    config '.process.noNewPrivileges = false'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal NoNewPrivs "$(report NoNewPrivs)" 0
}

@test "seccomp: docker's profile is in force, for every number of privileges" {
    local nnp
    for nnp in true false; do
        bundle docker
        config '.process.noNewPrivileges = $n' --argjson n "$nnp"
        args sh -c '/bin/in | grep Seccomp; /bin/in --socket 40; /bin/in --socket 2'
        run brig run -b "$BUNDLE" "$ID" </dev/null
        equal Seccomp "$(report Seccomp)" 2
        equal "filters" "$(report Seccomp_filters)" 1
        contains "$output" EPERM
        contains "$output" made
    done
}

@test "the environment is the configuration's, nothing of the caller's (T-22)" {
    config '.process.env = ["A=1", "B=", "PATH=/bin"]'
    args in
    HOSTSECRET=leak run brig run -b "$BUNDLE" "$ID" </dev/null
    equal environment "$(report env | grep -v '^HOME=' | xargs)" "A=1 B= PATH=/bin"
}

@test "of two environment variables of one name the later counts, for the search by PATH too" {
    config '.process.env = ["PATH=/nowhere", "A=1", "PATH=/bin", "A=2"]'
    args in
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal environment "$(report env | grep -v '^HOME=' | xargs)" "PATH=/bin A=2"
}

@test "ids of the state root: nothing is open to others (T-25)" {
    (umask 000 && created)
    equal "mode of the container's directory" "$(stat -c %a "$ROOT/$ID" | grep -xE '7[01][01]')" "$(stat -c %a "$ROOT/$ID")"
    equal "files open to others" "$(find "$ROOT" -type f -perm /066)" ''
}

@test "a state root that others can write to, or that is a link, is refused (T-25)" {
    args true
    chmod 777 "$ROOT"
    fails brig create -b "$BUNDLE" "$ID"
    chmod 700 "$ROOT"
    chown 1000 "$ROOT"
    fails brig create -b "$BUNDLE" "$ID"
    chown 0 "$ROOT"
    ln -s "$ROOT" "$T/link"
    chown -h 1000 "$T/link"
    fails "$BRIG" --root "$T/link" create -b "$BUNDLE" "$ID"
}

@test "the runtime's binary can't be reached from inside (T-27)" {
    local before program
    before=$(sha256sum <"$BRIG")
    printf '#!/proc/self/exe\n' >"$BUNDLE/rootfs/bin/self"
    chmod +x "$BUNDLE/rootfs/bin/self"
    for program in /proc/self/exe /bin/self /proc/1/exe; do
        args "$program" --version
        "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1 || true
        brig delete --force "$ID"
    done
    equal "the binary" "$(sha256sum <"$BRIG")" "$before"
    created
    lacks "$(readlink "/proc/$(<"$T/pid")/exe")" "$BRIG"
}

@test "sysctl: only what belongs to the container's own namespaces (T-16)" {
    local key
    for key in kernel.core_pattern kernel/core_pattern net/../kernel/core_pattern vm.swappiness kernel.hostname user.max_user_namespaces; do
        config '.linux.sysctl = {($k): "1"}' --arg k "$key"
        refuses_to_create "sysctl"
    done
    config '.linux.sysctl = {"kernel.shmmax": "12345678", "net.ipv4.ip_forward": "1", "net/ipv4/conf/lo/rp_filter": "2"}'
    args cat /proc/sys/kernel/shmmax /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/lo/rp_filter
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal values "$(xargs <<<"$output")" "12345678 1 2"
    config '.linux.namespaces |= map(select(.type != "network"))'
    refuses_to_create sysctl
    config '.linux.namespaces += [{"type": "network", "path": "/proc/self/ns/net"}]'
    refuses_to_create sysctl
}

@test "a new session keyring, unless asked not to (T-33)" {
    command -v keyctl >/dev/null || skip 'keyctl is not installed'
    args in
    run keyctl session - sh -c 'keyctl add user h3secret text @s >/dev/null; exec "$@"' sh \
        "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null
    equal "secret in the container" "$(report request_key)" ENOKEY
    run keyctl session - sh -c 'keyctl add user h3secret text @s >/dev/null; exec "$@"' sh \
        "$BRIG" --root "$ROOT" run --no-new-keyring -b "$BUNDLE" "$ID" </dev/null
    equal "secret with --no-new-keyring" "$(report request_key)" found
}

@test "masked paths: a file is empty, a directory too and read-only; missing ones are fine (T-36)" {
    mkdir "$BUNDLE/rootfs/hidden"
    echo SECRET >"$BUNDLE/rootfs/hidden/file"
    echo SECRET >"$BUNDLE/rootfs/etc/secret"
    ln -s secret "$BUNDLE/rootfs/etc/link"
    config '.linux.maskedPaths = ["/hidden", "/etc/link", "/hidden", "/none"]'
    args sh -c 'cat /etc/secret; ls -A /hidden; touch /hidden/x 2>/dev/null && echo wrote; /bin/in /etc/secret; grep -c " /hidden " /proc/self/mountinfo'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    lacks "$output" SECRET
    lacks "$output" wrote
    contains "$output" 'path=/etc/secret 20666 1:3'
}

@test "read-only paths and a read-only root keep their flags (T-36)" {
    mkdir "$T/data"
    config '.linux.readonlyPaths = ["/etc", "/data", "/none"] | .root.readonly = true | .mounts += [{"destination": "/data", "type": "bind",
        "source": $d, "options": ["rbind", "nosuid", "nodev", "noexec"]}]' --arg d "$T/data"
    args sh -c 'for d in / /etc /data; do touch $d/x 2>/dev/null && echo wrote $d; done; grep " /data " /proc/self/mountinfo | tail -n 1 | cut -d" " -f6
        mount -o remount,rw,bind /etc 2>/dev/null && echo remounted; true'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    lacks "$output" wrote
    lacks "$output" remounted
    contains "$output" 'ro,nosuid,nodev,noexec'
}

@test "the root: read-only by readonlyPaths too, and refused as a masked path, by whatever name" {
    local path
    ln -s / "$BUNDLE/rootfs/link"
    args sh -c 'echo x >/new'
    for path in / /link; do
        config '.linux.readonlyPaths = [$p]' --arg p "$path"
        run brig run -b "$BUNDLE" "$ID"
        contains "$output" 'Read-only file system'
        [ ! -e "$BUNDLE/rootfs/new" ]
    done
    for path in / /link; do
        config '.linux.readonlyPaths = [] | .linux.maskedPaths = [$p]' --arg p "$path"
        refuses_to_create "the root can't be hidden"
    done
}

@test "nothing propagates to the host, whatever the propagation (T-37)" {
    unshare -m --propagation private true || skip 'no mount namespaces'
    cat >"$T/inside" <<'SCRIPT'
set -e
mkdir -p "$BUNDLE/shared"
mount -t tmpfs tmpfs "$BUNDLE/shared"
mount --make-shared "$BUNDLE/shared"
mv "$BUNDLE/rootfs" "$BUNDLE/shared/rootfs"
before=$(cut -d' ' -f3- /proc/self/mountinfo)
for propagation in shared slave private rshared rslave rprivate unbindable; do
    jq --arg p "$propagation" '.linux.rootfsPropagation = $p | .root.path = "shared/rootfs" | .process.args = ["true"]' \
        "$T/config" >"$BUNDLE/config.json"
    "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null
    [ "$before" = "$(cut -d' ' -f3- /proc/self/mountinfo)" ] || { echo "$propagation changed the mounts"; exit 1; }
done
mv "$BUNDLE/shared/rootfs" "$BUNDLE/rootfs"
SCRIPT
    cp "$BUNDLE/config.json" "$T/config"
    export BUNDLE T BRIG ROOT ID
    run unshare -m --propagation private bash "$T/inside"
    equal "exit status ($output)" "$status" 0
}
