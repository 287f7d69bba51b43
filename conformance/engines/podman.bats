# podman --runtime brig: through conmon for create, by itself for start, kill and delete.

load helpers

setup_file() {
    needs podman conmon
    make_archive
    export CONTAINERS_CONF=$BATS_FILE_TMPDIR/containers.conf
    # Raising a hard limit takes CAP_SYS_RESOURCE, which a CI machine may not have: the limits of this process will do.
    cat >"$CONTAINERS_CONF" <<CONF
[containers]
default_ulimits = ["nofile=$(ulimit -Hn):$(ulimit -Hn)", "nproc=$(ulimit -Hu | sed s/unlimited/-1/):$(ulimit -Hu | sed s/unlimited/-1/)"]
cgroup_parent = "/brig-engines"
CONF
    echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json # images made here are unsigned
    local own=$BATS_FILE_TMPDIR/podman
    wrap podman --root "$own/root" --runroot "$own/run" --tmpdir "$own/tmp" --storage-driver vfs \
        --cgroup-manager cgroupfs --events-backend file --runtime "$BRIG"
    podman import - "$IMAGE" <"$BATS_FILE_TMPDIR/rootfs.tar"
}

# The options of every container here: no network to set up.
run_podman() {
    podman run --network none --cgroup-parent /brig-engines "$@"
}

@test "podman run: output and exit status" {
    run --separate-stderr -5 run_podman --rm "$IMAGE" sh -c 'echo hello; echo oops >&2; exit 5'
    equal stdout "$output" hello
    contains "$stderr" oops
}

@test "podman run -i: standard input" {
    run -0 run_podman --rm -i "$IMAGE" cat <<<'through podman'
    equal stdout "$output" 'through podman'
}

@test "podman run -t: a terminal" {
    run -0 in_terminal podman run --rm -t --network none "$IMAGE" sh -c 'test -t 0 && test -t 1 && tty'
    contains "$output" /dev/
}

@test "podman run of a program that is not there: 127" {
    run -127 run_podman --rm "$IMAGE" nosuchprogram
    contains "$output" 'executable file not found in $PATH'
}

@test "podman run of a program that is not executable: 126" {
    run -126 run_podman --rm "$IMAGE" /etc/passwd
    contains "$output" 'permission denied'
}

@test "podman run -d, stop, logs, rm: the life of a container" {
    local id pid
    id=$(run_podman -d "$IMAGE" sh -c 'trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.1; done')
    wait_until 10 podman_logs_have "$id" up
    pid=$(podman inspect --format '{{.State.Pid}}' "$id")
    kill -0 "$pid"
    podman stop -t 10 "$id"
    contains "$(podman logs "$id" 2>&1)" bye
    equal "exit code" "$(podman inspect --format '{{.State.ExitCode}}' "$id")" 3
    podman rm "$id"
    ! kill -0 "$pid" 2>/dev/null
}

# podman_logs_have ID TEXT
podman_logs_have() {
    podman logs "$1" 2>&1 | grep -q "$2"
}

@test "podman kill: exit status 137" {
    local id
    id=$(run_podman -d "$IMAGE" sleep 1000)
    podman kill "$id"
    run -0 podman wait "$id"
    equal "exit status" "$output" 137
    podman rm -f "$id"
}

@test "podman pause, unpause; a paused container is removed by force" {
    local id
    id=$(run_podman -d "$IMAGE" sleep 1000)
    podman pause "$id"
    equal status "$(podman inspect --format '{{.State.Status}}' "$id")" paused
    equal "the runtime's status" "$("$BRIG" state "$id" | jq -r .status)" paused
    podman unpause "$id"
    equal status "$(podman inspect --format '{{.State.Status}}' "$id")" running
    podman pause "$id"
    podman rm --force --time 0 "$id"
}

@test "podman run with limits, volumes, user, read-only root" {
    echo shared >"$BATS_TEST_TMPDIR/file"
    run -0 run_podman --rm --read-only --user 1000:1000 -v "$BATS_TEST_TMPDIR:/data:ro" --pids-limit 50 --memory 64m \
        --cap-drop all --security-opt no-new-privileges --env A=B --workdir /tmp "$IMAGE" \
        sh -c 'id -u; cat /data/file; pwd; echo $A; touch /x 2>/dev/null || echo read-only; grep CapEff /proc/self/status'
    contains "$output" '1000
shared
/tmp
B
read-only'
    contains "$output" 'CapEff:	0000000000000000'
}

@test "podman create, start --attach" {
    local id
    id=$(podman create --network none --cgroup-parent /brig-engines "$IMAGE" sh -c 'echo attached; exit 4')
    run -4 podman start --attach "$id"
    equal stdout "$output" attached
    podman rm "$id"
}

@test "podman run that joins another container's network and ipc" {
    local id
    id=$(run_podman -d "$IMAGE" sleep 1000)
    run -0 podman run --rm --network "container:$id" --ipc "container:$id" --cgroup-parent /brig-engines "$IMAGE" \
        readlink /proc/self/ns/net
    equal "network namespace" "$output" "$(readlink "/proc/$(podman inspect --format '{{.State.Pid}}' "$id")/ns/net")"
    podman rm -f -t 0 "$id"
}

@test "podman exec: a command, its status, its user, a program that is missing" {
    run_podman -d --name exec1 "$IMAGE" sleep 1000
    run -0 podman exec -i -u 1000 -e A=b -w /tmp exec1 sh -c 'id -u; echo $A; pwd'
    equal output "$output" $'1000\nb\n/tmp'
    run -7 podman exec exec1 sh -c 'exit 7'
    run -127 podman exec exec1 nosuchprogram
    contains "$output" 'executable file not found in $PATH'
    podman rm -f -t 0 exec1
}
