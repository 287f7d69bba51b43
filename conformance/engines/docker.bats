# docker run --runtime brig, with a dockerd of this test's own.

load helpers

setup_file() {
    needs dockerd docker containerd
    make_archive
    local own=$BATS_FILE_TMPDIR
    # No bridge and no firewall: a container here has no network, or the host's (this test's own).
    dockerd --data-root "$own/data" --exec-root /run/docker --pidfile /run/docker.pid --host unix:///run/docker.sock \
        --storage-driver vfs --bridge none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false \
        --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent /brig-engines \
        --default-ulimit "nofile=$(ulimit -Hn):$(ulimit -Hn)" --add-runtime "brig=$BRIG" >"$own/dockerd.log" 2>&1 3>&- &
    echo $! >"$own/dockerd.pid"
    wrap docker --host unix:///run/docker.sock
    wait_until 30 docker version || {
        tail -n 30 "$own/dockerd.log"
        return 1
    }
    docker import - "$IMAGE" <"$own/rootfs.tar"
}

teardown_file() {
    local pid
    pid=$(cat "$BATS_FILE_TMPDIR/dockerd.pid" 2>/dev/null) || return 0
    kill "$pid"
    wait_until 20 eval "! kill -0 $pid"
}

setup() {
    OPTIONS=(--runtime brig --network none)
}

@test "docker run: output and exit status" {
    run --separate-stderr -5 docker run "${OPTIONS[@]}" --rm "$IMAGE" sh -c 'echo hello; echo oops >&2; exit 5'
    equal stdout "$output" hello
    contains "$stderr" oops
}

@test "docker run -i: standard input" {
    run -0 docker run "${OPTIONS[@]}" --rm -i "$IMAGE" cat <<<'through docker'
    equal stdout "$output" 'through docker'
}

@test "docker run -t: a terminal" {
    run -0 in_terminal docker run "${OPTIONS[@]}" --rm -t "$IMAGE" sh -c 'test -t 0 && tty'
    contains "$output" /dev/
}

@test "docker run of a program that is not there: 127" {
    run -127 docker run "${OPTIONS[@]}" --rm "$IMAGE" nosuchprogram
    contains "$output" 'executable file not found in $PATH'
}

@test "docker run of a program that is not executable, or is a directory: 126" {
    run -126 docker run "${OPTIONS[@]}" --rm "$IMAGE" /etc/passwd
    contains "$output" 'permission denied'
    run -126 docker run "${OPTIONS[@]}" --rm "$IMAGE" /etc
}

@test "docker run -d, stop, logs, rm: the life of a container" {
    local id
    id=$(docker run "${OPTIONS[@]}" -d "$IMAGE" sh -c 'trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.1; done')
    wait_until 10 eval "docker logs $id 2>&1 | grep -q up"
    docker stop -t 10 "$id"
    contains "$(docker logs "$id" 2>&1)" bye
    equal "exit code" "$(docker inspect --format '{{.State.ExitCode}}' "$id")" 3
    docker rm "$id"
}

@test "docker kill: exit status 137" {
    local id
    id=$(docker run "${OPTIONS[@]}" -d "$IMAGE" sleep 1000)
    docker kill "$id"
    run -0 docker wait "$id"
    equal "exit status" "$output" 137
    docker rm "$id"
}

@test "docker pause, unpause, top; a paused container is removed by force" {
    local id
    id=$(docker run "${OPTIONS[@]}" -d "$IMAGE" sleep 1000)
    docker pause "$id"
    equal status "$(docker inspect --format '{{.State.Status}}' "$id")" paused
    run docker exec "$id" true
    contains "$output" paused
    docker unpause "$id"
    equal status "$(docker inspect --format '{{.State.Status}}' "$id")" running
    contains "$(docker top "$id")" 'sleep 1000'
    docker pause "$id"
    docker rm --force "$id"
}

@test "docker run with limits, volumes, user, read-only root, the default seccomp profile" {
    echo shared >"$BATS_TEST_TMPDIR/file"
    run docker run "${OPTIONS[@]}" --rm --read-only --user 1000:1000 -v "$BATS_TEST_TMPDIR:/data:ro" --pids-limit 50 \
        --memory 64m --cpus 0.5 --cap-drop all --security-opt no-new-privileges --env A=B --workdir /tmp --hostname there \
        --tmpfs /scratch:size=1m "$IMAGE" sh -c 'id -u; cat /data/file; pwd; echo $A; hostname
            touch /x 2>/dev/null || echo read-only; grep -E "CapEff|Seccomp:" /proc/self/status; mount | grep -c /scratch'
    equal "exit status ($output)" "$status" 0
    contains "$output" '1000
shared
/tmp
B
there
read-only
CapEff:	0000000000000000
Seccomp:	2
1'
}

@test "docker run --pid host, --ipc host, --network host" {
    run -0 docker run --runtime brig --rm --pid host --ipc host --network host --uts host "$IMAGE" \
        sh -c 'for n in pid ipc net uts; do readlink /proc/self/ns/$n; done'
    local name
    for name in pid ipc net uts; do contains "$output" "$(readlink "/proc/self/ns/$name")"; done
}

@test "docker run --privileged" {
    grep -qE '^CapBnd:.*1ffffffffff$' /proc/self/status || skip "this machine lacks capabilities that --privileged gives"
    run -0 docker run "${OPTIONS[@]}" --rm --privileged "$IMAGE" grep CapEff /proc/self/status
    contains "$output" 1ffffffffff
}

@test "docker run --network container: joins another container's network" {
    local id
    id=$(docker run "${OPTIONS[@]}" -d "$IMAGE" sleep 1000)
    run --separate-stderr -0 docker run --runtime brig --rm --network "container:$id" "$IMAGE" readlink /proc/self/ns/net
    equal "network namespace" "$output" "$(readlink "/proc/$(docker inspect --format '{{.State.Pid}}' "$id")/ns/net")"
    docker rm -f "$id"
}

@test "docker version and info know the runtime" {
    run -0 docker info --format '{{json .Runtimes}}'
    contains "$output" '"brig"'
}

@test "docker exec: a command, its status, its user, a program that is missing" {
    docker run "${OPTIONS[@]}" -d --name exec1 "$IMAGE" sleep 1000
    run -0 docker exec -u 1000 -e A=b -w /tmp exec1 sh -c 'id -u; echo $A; pwd'
    equal output "$output" $'1000\nb\n/tmp'
    run -7 docker exec exec1 sh -c 'exit 7'
    run docker exec exec1 nosuchprogram
    [ "$status" = 126 ] || [ "$status" = 127 ] # as the version of docker has it, with runc too
    contains "$output" 'executable file not found in $PATH'
    docker rm -f exec1
}
