# buildah --runtime brig: it makes the container, starts it, asks for its state until it has ended, and deletes it.

load helpers

setup_file() {
    needs buildah
    make_archive
    export CONTAINERS_CONF=$BATS_FILE_TMPDIR/containers.conf
    # Raising a hard limit takes CAP_SYS_RESOURCE, which a CI machine may not have: the limits of this process will do.
    cat >"$CONTAINERS_CONF" <<CONF
[containers]
default_ulimits = ["nofile=$(ulimit -Hn):$(ulimit -Hn)", "nproc=$(ulimit -Hu | sed s/unlimited/-1/):$(ulimit -Hu | sed s/unlimited/-1/)"]
CONF
    echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json # images made here are unsigned
    local own=$BATS_FILE_TMPDIR/buildah
    wrap buildah --root "$own/root" --runroot "$own/run" --storage-driver vfs
    export BUILDAH_ISOLATION=oci BUILDAH_RUNTIME=$BRIG
    local container
    container=$(buildah from scratch)
    buildah add --quiet "$container" "$BATS_FILE_TMPDIR/rootfs.tar" /
    buildah commit --quiet "$container" "$IMAGE"
    buildah rm "$container"
}

# from: a working container of the image. The cgroup that buildah asks for is just that, for every command.
from() {
    buildah from --cgroup-parent /brig-engines "$IMAGE"
}

# The options of every command here: no network to set up.
run_buildah() {
    buildah run --network none "$@"
}

@test "buildah run: output, exit status, user, directory; the container is gone" {
    local container
    container=$(from)
    run --separate-stderr -5 run_buildah "$container" -- sh -c 'echo hello; echo oops >&2; exit 5'
    equal stdout "$output" hello
    contains "$stderr" oops
    run -0 run_buildah --user 1000:1000 --workingdir /tmp --env A=b "$container" -- sh -c 'id -u; pwd; echo $A'
    equal output "$output" $'1000\n/tmp\nb'
    run -0 run_buildah "$container" -- cat /proc/self/cgroup
    contains "$output" 0::/brig-engines
    equal "containers of brig's" "$("$BRIG" list -q)" ''
    buildah rm "$container"
}

@test "buildah run --tty: a terminal" {
    local container
    container=$(from)
    run -0 in_terminal buildah run --network none --tty "$container" -- sh -c 'test -t 0 && test -t 1 && tty'
    contains "$output" /dev/
    buildah rm "$container"
}

@test "buildah build: RUN steps, a failing one stops it" {
    mkdir "$BATS_TEST_TMPDIR/context"
    printf 'FROM %s\nRUN echo built >/made && mkdir -p /deep/er\nRUN test -f /made && cat /proc/self/status >/status\n' "$IMAGE" \
        >"$BATS_TEST_TMPDIR/context/Containerfile"
    run -0 buildah build --network none --cgroup-parent /brig-engines --tag localhost/built:test "$BATS_TEST_TMPDIR/context"
    local container mounted
    container=$(buildah from localhost/built:test)
    mounted=$(buildah mount "$container")
    equal made "$(cat "$mounted/made")" built
    contains "$(cat "$mounted/status")" 'Seccomp:	2'
    buildah umount "$container"
    buildah rm "$container"
    printf 'FROM %s\nRUN exit 3\n' "$IMAGE" >"$BATS_TEST_TMPDIR/context/Containerfile"
    run -3 buildah build --network none --cgroup-parent /brig-engines "$BATS_TEST_TMPDIR/context"
    equal "containers of brig's" "$("$BRIG" list -q)" ''
}
