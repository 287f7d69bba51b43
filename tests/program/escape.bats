# A hostile root file system, and what the caller has open: nothing leads out of the container (T-1 to T-14).

load helpers

prepare() {
    OUT=$T/out.d
    mkdir -p "$OUT"
    : >"$OUT/HOSTMARK"
    printf '#!/bin/sh\necho ran >%s/ran\n' "$OUT" >"$OUT/hostbin"
    chmod +x "$OUT/hostbin"
    find "$OUT" | sort >"$T/out.before"
}

out_is_untouched() {
    equal "what is in the host's directory" "$(find "$OUT" | sort)" "$(<"$T/out.before")"
}

# contained COMMAND...: fails, or its report says that it is where it should be.
contained() {
    local code=0
    output=$("$@" 2>&1 </dev/null) || code=$?
    lacks "$output" 'hostmark_cwd=1'
    lacks "$output" 'hostmark_root=1'
    if [ "$code" -eq 0 ]; then
        contains "$output" 'cwd=/'
        lacks "$output" unreachable
    fi
    out_is_untouched
}

@test "cwd by an inherited descriptor (T-2)" {
    args in
    local n
    for n in {3..16}; do
        config '.process.cwd = "/proc/self/fd/" + $n' --arg n "$n"
        contained "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" 3<"$OUT" 7<"$OUT" 9<"$OUT" 12<"$OUT"
    done
}

@test "cwd by a link in the rootfs (T-3)" {
    args in
    config '.process.cwd = "/work"'
    local target
    for target in /proc/self/fd/{3,7,9} /proc/1/root /proc/self/cwd /proc/1/cwd "$OUT" "../../../../../../..$OUT"; do
        ln -sfn "$target" "$BUNDLE/rootfs/work"
        contained "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" 3<"$OUT" 7<"$OUT" 9<"$OUT"
    done
}

@test "a cwd that must be made below such a link (T-3)" {
    args in
    config '.process.cwd = "/work/new/dir"'
    local target
    for target in /proc/self/fd/9 "$OUT" "../../../../../../..$OUT" /proc/1/root; do
        ln -sfn "$target" "$BUNDLE/rootfs/work"
        contained "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" 9<"$OUT"
    done
}

@test "the program by an inherited descriptor (T-4)" {
    local n path
    for n in 3 4 5 6 7 8 9; do
        for path in "/proc/self/fd/$n/hostbin" "/proc/self/fd/$n/../out.d/hostbin" "/proc/1/fd/$n/hostbin"; do
            args "$path"
            fails "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" 3<"$OUT" 9<"$OUT"
        done
    done
    printf '#!/proc/self/fd/9/hostbin\n' >"$BUNDLE/rootfs/bin/script"
    chmod +x "$BUNDLE/rootfs/bin/script"
    args /bin/script
    fails "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" 9<"$OUT"
    out_is_untouched
}

@test "/proc or /sys is a link, a file, a FIFO (T-6, T-7)" {
    config '.mounts += [{"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro"]}]'
    local name kind
    for name in proc sys; do
        for kind in inside dangling outside file fifo; do
            rm -rf "$BUNDLE/rootfs/$name"
            case $kind in
            inside) ln -s /tmp "$BUNDLE/rootfs/$name" ;;
            dangling) ln -s /none "$BUNDLE/rootfs/$name" ;;
            outside) ln -s "$OUT" "$BUNDLE/rootfs/$name" ;;
            file) : >"$BUNDLE/rootfs/$name" ;;
            fifo) mkfifo "$BUNDLE/rootfs/$name" ;;
            esac
            fails brig create -b "$BUNDLE" "$ID"
            contains "$(<"$T/stderr")" "/$name"
            nothing_left
        done
        rm -rf "$BUNDLE/rootfs/$name"
        mkdir "$BUNDLE/rootfs/$name"
    done
    out_is_untouched
}

@test "nothing is mounted at or below /proc but procfs and a short list (T-8)" {
    ln -s /proc "$BUNDLE/rootfs/lnk"
    local destination
    for destination in /proc /proc/self/attr /proc/1 /proc/sys /proc/sys/kernel /lnk/sys /proc/../proc/sys; do
        cp "$BATS_SUITE_TMPDIR/minimal/config.json" "$BUNDLE/config.json"
        config '.mounts += [{"destination": $d, "type": "tmpfs", "source": "tmpfs"}]' --arg d "$destination"
        fails brig create -b "$BUNDLE" "$ID"
        config '.mounts[-1] |= {"destination": $d, "type": "bind", "source": $o, "options": ["bind"]}' --arg d "$destination" --arg o "$OUT"
        fails brig create -b "$BUNDLE" "$ID"
    done
    nothing_left
}

@test "an own file over /proc/meminfo is fine (T-8)" {
    echo MINE >"$T/meminfo"
    args cat /proc/meminfo
    config '.mounts += [{"destination": "/proc/meminfo", "type": "bind", "source": $f, "options": ["bind", "ro"]}]' --arg f "$T/meminfo"
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal output "$output" MINE
}

@test "no /dev of its own, and the rootfs's is a link (T-9)" {
    echo text >"$OUT/ptmx"
    find "$OUT" | sort >"$T/out.before"
    config '.mounts |= map(select(.destination | startswith("/dev") | not))'
    args true
    local target
    for target in "$OUT" "../../../../../../../..$OUT" /dev; do
        rm -rf "$BUNDLE/rootfs/dev"
        ln -s "$target" "$BUNDLE/rootfs/dev"
        "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 || true
        brig delete --force "$ID"
        out_is_untouched
        equal "the host's ptmx" "$(<"$OUT/ptmx")" text
        rm -rf "${BUNDLE:?}/rootfs${T%%/bats*}"/bats-run* # made inside, where the link leads in the container's root
    done
}

@test "the device that masks files is not what the rootfs has in its place (T-10)" {
    mkdir "$T/dev"
    echo VICTIM >"$T/victim"
    echo SECRET >"$BUNDLE/rootfs/etc/maskme"
    cp "$T/victim" "$BUNDLE/rootfs/etc/victim"
    config '.mounts |= map(select(.destination | startswith("/dev") | not)) + [{"destination": "/dev", "type": "bind", "source": $d,
        "options": ["bind"]}] | .linux.maskedPaths = ["/etc/maskme", "/none"]' --arg d "$T/dev"
    args /bin/in /etc/maskme
    local kind
    for kind in link absent fifo file zero; do
        rm -rf "$T/dev"
        mkdir "$T/dev"
        case $kind in
        link) ln -s /etc/victim "$T/dev/null" ;;
        absent) ;;
        fifo) mkfifo "$T/dev/null" ;;
        file) echo VICTIM >"$T/dev/null" ;;
        zero) mknod "$T/dev/null" c 1 5 ;;
        esac
        if output=$(timeout 10 "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" 2>&1 </dev/null); then
            contains "$output" 'path=/etc/maskme 20666 1:3'
        fi
        lacks "$output" 'text=VICTIM'
        lacks "$output" 'text=SECRET'
        equal "the victim" "$(cat "$T/victim" "$BUNDLE/rootfs/etc/victim" | xargs)" "VICTIM VICTIM"
    done
}

@test "no descriptor and no owner of a file that stands at /dev/null changes (T-11)" {
    config '.process.user = {"uid": 1000, "gid": 1000} | .mounts |= map(select(.destination | startswith("/dev") | not))'
    echo victim >"$BUNDLE/rootfs/etc/victim"
    rm -rf "$BUNDLE/rootfs/dev"
    mkdir "$BUNDLE/rootfs/dev"
    ln -s /etc/victim "$BUNDLE/rootfs/dev/null"
    args in
    local code=0
    "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>/dev/null || code=$?
    equal "owner of the victim" "$(stat -c %u "$BUNDLE/rootfs/etc/victim")" 0
    equal "the victim" "$(<"$BUNDLE/rootfs/etc/victim")" victim
    equal "/dev/null" "$(stat -c '%a %u:%g' /dev/null)" "666 0:0"
}

@test "/dev/console is what the rootfs wants it to be (T-12)" {
    config '.process.terminal = true | .mounts |= map(select(.destination != "/dev")) | .mounts |= map(select(.destination != "/dev/pts"))
        + [{"destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["newinstance", "ptmxmode=0666"]}]'
    args true
    echo target >"$BUNDLE/rootfs/etc/target"
    local kind
    for kind in "link /etc/target" "link /none" "link $OUT/HOSTMARK" "link /proc/sys/kernel/domainname" directory fifo; do
        rm -rf "$BUNDLE/rootfs/dev"
        mkdir -p "$BUNDLE/rootfs/dev/pts"
        case $kind in
        link*) ln -s "${kind#* }" "$BUNDLE/rootfs/dev/console" ;;
        directory) mkdir "$BUNDLE/rootfs/dev/console" ;;
        fifo) mkfifo "$BUNDLE/rootfs/dev/console" ;;
        esac
        rm -f "$T/console"
        "$SUPPORT/receive" "$T/console" "$T/text" >"$T/told" 2>&1 3>&- &
        PIDS+=($!)
        wait_until grep -q ready "$T/told"
        if timeout 10 "$BRIG" --root "$ROOT" create -b "$BUNDLE" --pid-file "$T/pid" --console-socket "$T/console" "$ID" </dev/null >/dev/null 2>&1; then
            lacks "$(awk '{print $5}' "/proc/$(<"$T/pid")/mountinfo")" /etc/target
            lacks "$(awk '{print $5}' "/proc/$(<"$T/pid")/mountinfo")" domainname
        fi
        brig delete --force "$ID"
        equal "the target" "$(<"$BUNDLE/rootfs/etc/target")" target
        out_is_untouched
    done
}

@test "mount targets behind links stay inside (T-13)" {
    echo shared >"$T/file"
    mkdir "$BUNDLE/rootfs/vol"
    args true
    local target
    for target in "$OUT" "../../../../../../../..$OUT" /proc/self/root /proc/self/cwd /oldroot /.pivot_root l /dangling; do
        ln -sfn "$target" "$BUNDLE/rootfs/vol/l"
        cp "$BATS_SUITE_TMPDIR/minimal/config.json" "$BUNDLE/config.json"
        config '.mounts += [{"destination": "/vol/l/new/x", "type": "tmpfs", "source": "tmpfs"},
            {"destination": "/vol/l/f", "type": "bind", "source": $f, "options": ["bind"]}]
            | .linux.devices = [{"path": "/vol/l/d", "type": "c", "major": 1, "minor": 3}] | .process.cwd = "/vol/l/w"' --arg f "$T/file"
        timeout 10 "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 || true
        out_is_untouched
        nothing_left
    done
}

@test "destinations that climb stay inside (T-13)" {
    args in
    local destination
    for destination in / '' .. /../x /../../../../tmp/x; do
        cp "$BATS_SUITE_TMPDIR/minimal/config.json" "$BUNDLE/config.json"
        config '.process.args = ["in"] | .mounts += [{"destination": $d, "type": "bind", "source": $o, "options": ["bind"]}]' \
            --arg d "$destination" --arg o "$OUT"
        output=$("$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" 2>&1 </dev/null) || true
        nothing_left
        out_is_untouched
    done
}

@test "a neighbour that swaps a directory and a link never gets a mount outside (T-14)" {
    mkdir -p "$T/vol/a"
    ln -s "$OUT" "$T/vol/b"
    config '.mounts += [{"destination": "/vol", "type": "bind", "source": $v, "options": ["rbind"]}]
        + [range(6) | {"destination": "/vol/a/x\(.)/y", "type": "tmpfs", "source": "tmpfs"}]
        | .linux.maskedPaths = ["/vol/a/x0"] | .linux.readonlyPaths = ["/vol/a/x1"]' --arg v "$T/vol"
    args true
    python3 -c '
import ctypes, os, sys
libc, flag = ctypes.CDLL(None), 2  # RENAME_EXCHANGE
a, b = (os.path.join(sys.argv[1], n).encode() for n in "ab")
while os.getppid() != 1:
    libc.renameat2(-100, a, -100, b, flag)' "$T/vol" 3>&- &
    local swapper=$! i
    PIDS+=("$swapper")
    for i in {1..60}; do
        "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 || true
    done
    kill -KILL "$swapper"
    out_is_untouched
    nothing_left
}
