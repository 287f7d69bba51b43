# What a container's program sees of config.md#mounts: id-mapped mounts, links of binds, the host's sysfs, long options.

load helpers

# mount JSON...: adds them to the mounts of the bundle.
mount() {
    local each
    for each in "$@"; do config '.mounts += [$mount]' --argjson mount "$each"; done
}

# volume: a directory on the host with a file of root's and one of 1000's.
volume() {
    mkdir "$T/volume"
    echo text >"$T/volume/of0"
    echo text >"$T/volume/of1000"
    chown 1000:1000 "$T/volume/of1000"
}

# The run of the bundle, or a skip where the file system of the test's directory can't be mounted with mapped ids.
run_mapped() {
    run brig run -b "$BUNDLE" "$ID" </dev/null
    [[ $output != *"does not support id-mapped mounts"* ]] || skip "no id-mapped mounts on $(stat -f -c %T "$T")"
    equal "exit status ($output)" "$status" 0
}

@test "idmap: root of a user namespace owns what root owns on the host" {
    own_rootfs
    user_namespace
    volume
    mount '{"destination": "/volume", "source": "'"$T"'/volume", "options": ["rbind", "idmap"]}'
    args sh -c 'stat -c %u:%g /volume/of0 /volume/of1000; echo made >/volume/made'
    run_mapped
    equal owners "$(xargs <<<"$output")" '0:0 1000:1000'
    equal "owner on the host" "$(stat -c %u:%g "$T/volume/made")" 0:0
    equal "owners on the host" "$(stat -c %u:%g "$T/volume/of1000")" 1000:1000
}

@test "idmap: mappings equal to the namespace's, as Kubernetes writes them" {
    own_rootfs
    user_namespace
    volume
    mount '{"destination": "/volume", "source": "'"$T"'/volume", "options": ["rbind", "rprivate", "ro"],
        "uidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
        "gidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}]}'
    args sh -c 'stat -c %u:%g /volume/of0 /volume/of1000; ! echo made >/volume/made'
    run_mapped
    contains "$(xargs <<<"$output")" '0:0 1000:1000'
    contains "$output" 'Read-only file system'
}

@test "idmap: without a user namespace, by mappings of the mount" {
    volume
    mount '{"destination": "/volume", "source": "'"$T"'/volume", "options": ["rbind"],
        "uidMappings": [{"containerID": 1000, "hostID": 0, "size": 1}],
        "gidMappings": [{"containerID": 1000, "hostID": 7, "size": 1}]}'
    args stat -c %u:%g /volume/of0 /volume/of1000
    run_mapped
    equal owners "$(xargs <<<"$output")" '65534:65534 0:7'
}

@test "idmap: that of a user namespace that is joined" {
    own_rootfs
    user_namespace
    running
    local pid
    pid=$(<"$T/pid")
    volume
    config '.linux.namespaces |= map(select(.type != "user")) + [{"type": "user", "path": $path}]
        | del(.linux.uidMappings, .linux.gidMappings)' --arg path "/proc/$pid/ns/user"
    mount '{"destination": "/volume", "source": "'"$T"'/volume", "options": ["bind", "idmap"]}'
    args stat -c %u:%g /volume/of0 /volume/of1000
    run brig run -b "$BUNDLE" "$ID-2" </dev/null
    [[ $output != *"does not support id-mapped mounts"* ]] || skip "no id-mapped mounts on $(stat -f -c %T "$T")"
    equal "exit status ($output)" "$status" 0
    equal owners "$(xargs <<<"$output")" '0:0 1000:1000'
}

@test "idmap: crun's option, relative to the user namespace" {
    own_rootfs
    user_namespace
    volume
    mount '{"destination": "/volume", "source": "'"$T"'/volume",
        "options": ["bind", "idmap=uids=@0-5-1#@1000-0-1;gids=@0-0-2000"]}'
    args stat -c %u:%g /volume/of0 /volume/of1000
    run_mapped
    equal owners "$(xargs <<<"$output")" '5:0 0:1000'
}

@test "idmap: refused without mappings, and where the file system can't" {
    volume
    mount '{"destination": "/volume", "source": "'"$T"'/volume", "options": ["bind", "idmap"]}'
    refuses_to_create '/mounts/3/options: "idmap" needs uidMappings and gidMappings, or a user namespace'
    config '.mounts[3] += {"source": "/sys/kernel", "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}
        | .mounts[3].gidMappings = .mounts[3].uidMappings'
    refuses_to_create 'does not support id-mapped mounts'
}

@test "sysfs in a user namespace without a network namespace is the host's, read-only" {
    own_rootfs
    user_namespace
    config '.linux.namespaces |= map(select(.type != "network"))'
    mount '{"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]}'
    args sh -c 'awk "\$5 ~ /^\/sys/ {print \$6}" /proc/self/mountinfo | grep -cv ^ro; ls /sys/class/net/lo'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status ($output)" "$status" 0
    equal "writable mounts" "${lines[0]}" 0
    config '.mounts[3].options = ["nosuid"]'
    refused 'in a user namespace a sysfs takes a network namespace of its own' run -b "$BUNDLE" "$ID"
}

@test "copy-symlink, src-nofollow and dest-nofollow" {
    ln -s /etc/somewhere "$T/link"
    echo text >"$T/file"
    ln -s /etc/elsewhere "$BUNDLE/rootfs/covered"
    mount '{"destination": "/copied", "source": "'"$T"'/link", "options": ["rbind", "copy-symlink"]}' \
        '{"destination": "/bound", "source": "'"$T"'/link", "options": ["bind", "src-nofollow"]}' \
        '{"destination": "/covered", "source": "'"$T"'/file", "options": ["bind", "dest-nofollow"]}'
    args sh -c 'readlink /copied; readlink /bound; cat /covered'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status ($output)" "$status" 0
    equal output "$(xargs <<<"$output")" '/etc/somewhere /etc/somewhere text'
    equal "the link that was copied" "$(readlink "$BUNDLE/rootfs/copied")" /etc/somewhere
}

@test "tmpcopyup takes files with their attributes along" {
    mkdir "$BUNDLE/rootfs/filled"
    cp "$BUNDLE/rootfs/bin/busybox" "$BUNDLE/rootfs/filled/ping"
    setcap cap_net_raw+ep "$BUNDLE/rootfs/filled/ping" || skip "no setcap on this machine"
    mount '{"destination": "/filled", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup"]}'
    running
    equal capabilities "$(getcap "/proc/$(<"$T/pid")/root/filled/ping" | sed 's/.* //')" cap_net_raw=ep
}

# What mount(2) takes as one string is one string with runc and crun.
@test "several options of a file system in one, with commas" {
    mount '{"destination": "/t", "type": "tmpfs", "source": "t", "options": ["nosuid", "size=64k,mode=700"]}'
    args grep ' /t ' /proc/self/mounts
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status ($output)" "$status" 0
    contains "$output" 'rw,nosuid,relatime,size=64k,mode=700'
}

@test "an overlay with more layers than fsconfig takes" {
    grep -qw overlay /proc/filesystems || skip "this kernel has no overlayfs"
    local layers='' i
    for i in {1..20}; do
        mkdir -p "$T/a-layer-with-a-name/$i"
        echo "$i" >"$T/a-layer-with-a-name/$i/in$i"
        layers+=":$T/a-layer-with-a-name/$i"
    done
    mount '{"destination": "/o", "type": "overlay", "source": "overlay", "options": ["ro", "lowerdir='"${layers#:}"'"]}'
    args cat /o/in1 /o/in20
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status ($output)" "$status" 0
    equal output "$(xargs <<<"$output")" '1 20'
}

LABEL=system_u:object_r:container_file_t:s0:c1,c2

# labelled CONTEXT-TYPE: the file systems in $output are, those with labels of their own are not.
labelled() {
    local option="$1=\"$LABEL\"" point
    for point in /dev /dev/pts /dev/shm /sys/firmware; do
        contains "$(awk -v p="$point" '$5 == p' <<<"$output")" "$option"
    done
    for point in /proc /sys /dev/mqueue; do
        lacks "$(awk -v p="$point" '$5 == p' <<<"$output")" "$option"
    done
}

@test "mountLabel is the context of what the container mounts" {
    { printf '%s\0' "$LABEL" >/sys/fs/selinux/context; } 2>/dev/null ||
        skip "no SELinux with a policy that knows $LABEL: tests/lab/uml -s selinux tests/lab/with-selinux …"
    bundle docker cat /proc/self/mountinfo
    config '.linux.mountLabel = $l' --arg l "$LABEL"
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "exit status ($output)" "$status" 0
    labelled context
    config '.annotations["run.oci.mount_context_type"] = "rootcontext"'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    labelled rootcontext
    running
    equal "label of /dev/mqueue" "$LABEL" "$(python3 -c '
import os, sys
print(os.getxattr(sys.argv[1], "security.selinux").decode().rstrip("\0"))' "/proc/$(<"$T/pid")/root/dev/mqueue")"
}

@test "mountLabel is refused without SELinux" {
    ! cat /proc/self/attr/keycreate >/dev/null 2>&1 || skip "SELinux is active here"
    config '.linux.mountLabel = $l' --arg l "$LABEL"
    refuses_to_create '/linux/mountLabel: SELinux is not enabled on this host'
}

# What the specification's own suite asks for: one list of options for all mounts.
@test "a tmpfs's options have no effect on a bind mount, anything unknown is refused" {
    mkdir -m 711 "$T/volume"
    mount '{"destination": "/volume", "source": "'"$T"'/volume", "options": ["bind", "mode=755", "size=1k", "uid=5"]}'
    args stat -c '%a %u' /volume
    run brig run -b "$BUNDLE" "$ID"
    equal "mode and owner" "$output" '711 0'
    mount '{"destination": "/volume", "source": "'"$T"'/volume", "options": ["bind", "RO"]}'
    refuses_to_create 'is no option of a bind mount'
}

# config.md#mounts: "The runtime MUST mount entries in the listed order".
@test "mounts are made in the listed order: the later one is on top, and inside of the earlier ones" {
    mkdir -p "$T/volume" && echo of-the-volume >"$T/volume/file"
    mount '{"destination": "/m", "type": "tmpfs", "source": "tmpfs"}' \
        '{"destination": "/m/sub", "source": "'"$T"'/volume", "options": ["bind"]}' \
        '{"destination": "/top", "source": "'"$T"'/volume", "options": ["bind"]}' \
        '{"destination": "/top", "type": "tmpfs", "source": "tmpfs"}' \
        '{"destination": "/under", "type": "tmpfs", "source": "tmpfs"}' \
        '{"destination": "/under", "source": "'"$T"'/volume", "options": ["bind"]}'
    args sh -c 'cat /m/sub/file; ls -A /top; cat /under/file'
    run brig run -b "$BUNDLE" "$ID"
    equal "what the program sees" "$(xargs <<<"$output")" 'of-the-volume of-the-volume'
}

# Since Linux 6.8 mountinfo is in the order of ids, which a mount has from when it was cloned.
@test "mounts are listed in the order in which they were made" {
    mkdir -p "$T/volume" "$T/other" && ln -s "$T/other" "$T/link"
    mount '{"destination": "/a", "source": "'"$T"'/volume", "options": ["bind"]}' \
        '{"destination": "/b", "type": "tmpfs", "source": "tmpfs"}' \
        '{"destination": "/c", "source": "'"$T"'/volume", "options": ["rbind", "rslave"]}' \
        '{"destination": "/b", "source": "'"$T"'/other", "options": ["bind", "shared"]}' \
        '{"destination": "/d", "type": "tmpfs", "source": "tmpfs"}'
    args awk '$5 ~ "^/[abcd]$" {print $5}' /proc/self/mountinfo
    run brig run -b "$BUNDLE" "$ID"
    equal order "$(xargs <<<"$output")" '/a /b /c /b /d'
}

@test "a bind's source may be a link, hold the rootfs, be in it, or be below /proc/self" {
    mkdir -p "$T/volume" && echo text >"$T/volume/file" && ln -s volume "$T/link"
    cp -a --remove-destination "$BUNDLE/rootfs/." "$T/rootfs" 2>/dev/null || cp -a "$(realpath "$BUNDLE/rootfs")" "$T/rootfs"
    config '.root.path = $root' --arg root "$T/rootfs"
    mkdir -p "$T/rootfs/covered" && echo below >"$T/rootfs/covered/file"
    mount '{"destination": "/link", "source": "'"$T"'/link", "options": ["bind"]}' \
        '{"destination": "/covered", "type": "tmpfs", "source": "tmpfs"}' \
        '{"destination": "/uncovered", "source": "'"$T"'/rootfs/covered", "options": ["bind"]}' \
        '{"destination": "/holder", "source": "'"$T"'", "options": ["rbind"]}' \
        '{"destination": "/cgroup", "source": "/proc/self/cgroup", "options": ["bind"]}'
    args sh -c 'cat /link/file /uncovered/file /holder/rootfs/covered/file; [ -s /cgroup ]; awk "\$5 ~ \"^/holder/\"" /proc/self/mountinfo'
    run brig run -b "$BUNDLE" "$ID"
    equal "exit status ($output)" "$status" 0
    equal "what the program sees" "$(xargs <<<"$output")" 'text below below'
}

# Only a guest's own are risked for that.
# bats test_tags=uml
@test "a file system that there is only one of is read-only in the container, and stays writable outside" {
    [ "$BRIG_WORLD" = uml ] || skip 'it would be the machine'\''s own (tests/support/world uml)'
    mount '{"destination": "/devices", "type": "devtmpfs", "source": "devtmpfs", "options": ["ro"]}' \
        '{"destination": "/security", "type": "securityfs", "source": "securityfs", "options": ["ro"]}'
    args sh -c 'touch /devices/made; awk "\$5 ~ \"^/(devices|security)\" {print \$6}" /proc/self/mountinfo'
    run brig run -b "$BUNDLE" "$ID"
    contains "$output" 'Read-only file system'
    equal options "$(grep -c '^ro' <<<"$output")" 2
    run ! grep -E '^[^ ]+ [^ ]+ (devtmpfs|securityfs) ro' /proc/mounts
    : >/dev/brig-made && rm /dev/brig-made
}
