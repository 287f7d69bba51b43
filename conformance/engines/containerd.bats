# containerd with its runc shim, told to run brig: ctr run --runc-binary.

load helpers

setup_file() {
    needs containerd ctr containerd-shim-runc-v2
    make_archive
    local own=$BATS_FILE_TMPDIR
    mkdir -p "$own/state"
    cat >"$own/config.toml" <<CONF
version = 2
root = "$own/root"
state = "/run/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.overlayfs",
  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "/run/containerd/containerd.sock"
CONF
    containerd --config "$own/config.toml" >"$own/containerd.log" 2>&1 3>&- &
    echo $! >"$own/containerd.pid"
    wait_until 20 ctr version || {
        cat "$own/containerd.log"
        return 1
    }
}

teardown_file() {
    local pid
    pid=$(cat "$BATS_FILE_TMPDIR/containerd.pid" 2>/dev/null) || return 0
    kill "$pid"
    wait_until 10 eval "! kill -0 $pid"
}

setup() {
    ID=ctr$$-$BATS_TEST_NUMBER
    # Without an image there is no PATH either.
    OPTIONS=(--rootfs --env PATH=/bin --runc-binary "$BRIG" --runtime io.containerd.runc.v2)
    ROOTFS=$BATS_TEST_TMPDIR/rootfs
    mkdir "$ROOTFS"
    tar -C "$ROOTFS" -xf "$BATS_FILE_TMPDIR/rootfs.tar"
}

teardown() {
    ctr tasks rm --force "$ID" >/dev/null 2>&1 || true
    ctr containers rm "$ID" >/dev/null 2>&1 || true
}

# run_ctr [OPTION...] -- ROOTFS and program: the container in a cgroup of ours.
run_ctr() {
    ctr run --cgroup "/brig-engines/$ID" "${OPTIONS[@]}" "$@"
}

@test "ctr run: output and exit status" {
    run --separate-stderr -5 run_ctr --rm "$ROOTFS" "$ID" sh -c 'echo hello; echo oops >&2; exit 5'
    equal stdout "$output" hello
    contains "$stderr" oops
}

@test "ctr run: standard input" {
    run -0 run_ctr --rm "$ROOTFS" "$ID" head -n 1 <<<'through containerd'
    equal stdout "$output" 'through containerd'
}

@test "ctr run -t: a terminal" {
    run -0 in_terminal ctr run --rm -t --cgroup "/brig-engines/$ID" "${OPTIONS[@]}" "$ROOTFS" "$ID" sh -c 'test -t 0 && tty'
    contains "$output" /dev/
}

@test "ctr run of a program that is not there: the runtime's words" {
    run -1 run_ctr --rm "$ROOTFS" "$ID" nosuchprogram
    contains "$output" 'exec: "nosuchprogram": executable file not found in $PATH'
}

@test "ctr: run -d, list, pids, kill, delete" {
    run_ctr -d "$ROOTFS" "$ID" sleep 1000
    contains "$(ctr tasks ls)" RUNNING
    local pid
    pid=$(ctr tasks ls | awk -v id="$ID" '$1 == id {print $2}')
    contains "$(cat "/proc/$pid/cgroup")" "/brig-engines/$ID"
    ctr tasks kill -s KILL "$ID"
    wait_until 10 eval "ctr tasks ls | grep -q STOPPED"
    ctr tasks rm "$ID"
    ctr containers rm "$ID"
    ! kill -0 "$pid" 2>/dev/null
}

@test "ctr: pause, resume, ps; a paused task is killed" {
    ctr run -d "${OPTIONS[@]}" "$ROOTFS" "$ID" sleep 1000
    ctr tasks pause "$ID"
    contains "$(ctr tasks list | grep "^$ID ")" PAUSED
    ctr tasks resume "$ID"
    contains "$(ctr tasks list | grep "^$ID ")" RUNNING
    contains "$(ctr tasks ps "$ID")" "$(ctr tasks list | awk -v id="$ID" '$1 == id {print $2}')"
    ctr tasks pause "$ID"
    ctr tasks kill --signal KILL "$ID"
    wait_until 10 eval 'ctr tasks list | grep -q "^$ID .*STOPPED"'
}

@test "ctr run with limits, a mount, a seccomp profile, a read-only root" {
    echo shared >"$BATS_TEST_TMPDIR/file"
    run run_ctr --rm --read-only --memory-limit 67108864 --seccomp --env A=B --cwd /tmp \
        --mount "type=bind,src=$BATS_TEST_TMPDIR,dst=/mnt,options=rbind:ro" "$ROOTFS" "$ID" \
        sh -c 'cat /mnt/file; pwd; echo $A; touch /x 2>/dev/null || echo read-only; grep Seccomp: /proc/self/status'
    equal "exit status ($output)" "$status" 0
    contains "$output" 'shared
/tmp
B
read-only
Seccomp:	2'
}

@test "a container whose shim is killed is cleaned up by the runtime's delete --force" {
    run_ctr -d "$ROOTFS" "$ID" sleep 1000
    local pid shim
    pid=$(ctr tasks ls | awk -v id="$ID" '$1 == id {print $2}')
    shim=$(awk '/^PPid:/ {print $2}' "/proc/$pid/status")
    contains "$(cat "/proc/$shim/comm")" containerd-shim
    kill -KILL "$shim"
    wait_until 10 eval "! kill -0 $pid"
    wait_until 10 eval "[ ! -e /run/containerd/runc/default/$ID ]"
}

@test "ctr exec: a command, its status, a program that is missing" {
    run_ctr -d "$ROOTFS" "$ID" sleep 1000
    run -0 ctr task exec --exec-id e1 "$ID" hostname
    run -7 ctr task exec --exec-id e2 "$ID" sh -c 'exit 7'
    run -1 ctr task exec --exec-id e3 "$ID" nosuchprogram
    contains "$output" 'executable file not found in $PATH'
    ctr task kill --signal KILL "$ID"
    wait_until 10 eval "ctr tasks ls | grep -q '^$ID .*STOPPED'"
    ctr task delete "$ID" || [ "$?" = 1 ] # with the status of the task
    ctr container delete "$ID"
}
