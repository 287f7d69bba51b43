# --systemd-cgroup of users without privilege: the scope is of the user's own systemd.
#
#   tests/support/world systemd bats tests/program/systemd_user.bats

load helpers
load systemd_helpers

# A bundle of user $OWNER's (1000), with the program in a place that everybody may enter.
user_bundle() {
    OWNER=${1:-1000} RUNTIME=/run/user/${1:-1000}
    needs_systemd
    [ "$BRIG_WORLD" != v1 ] || skip 'of cgroup v2'
    OPEN=$(mktemp -d /run/brig-rootless-XXXXXX)
    chmod 755 "$OPEN"
    install -m 755 "$BRIG" "$OPEN/brig"
    mkdir "$OPEN/bundle"
    cp -a "$BATS_SUITE_TMPDIR/minimal/rootfs" "$OPEN/bundle/rootfs"
    chown -R --no-dereference "$OWNER:$OWNER" "$OPEN/bundle"
    (cd "$OPEN/bundle" && as_user "$OPEN/brig" spec --rootless)
    BUNDLE=$OPEN/bundle
    config '.process.terminal = false | .process.args = ["sleep", "1000"]
        | .linux.cgroupsPath = "user.slice:test:" + $id' --arg id "$ID"
}

as_user() {
    setpriv --reuid "$OWNER" --regid "$OWNER" --clear-groups env -i PATH="$PATH" XDG_RUNTIME_DIR="$RUNTIME" "$@"
}

user_creates() {
    as_user "$OPEN/brig" --systemd-cgroup create -b "$BUNDLE" --pid-file "$RUNTIME/pid" "$ID" </dev/null >"$T/out" 2>&1 || {
        cat "$T/out"
        return 1
    }
}

# end_user: that user's systemd, and what user_bundle has made.
end_user() {
    systemctl stop "user@$OWNER"
    rm -rf "$OPEN" "/run/systemd/system/user@$OWNER.service.d"
    systemctl daemon-reload
}

@test "a user's systemd: the scope is below that user's manager" {
    user_bundle
    systemctl start user@1000
    config '.linux.resources.memory.limit = 67108864'
    user_creates
    local pid cgroup
    pid=$(<"$RUNTIME/pid")
    cgroup=$(sed -n 's/^0:://p' "/proc/$pid/cgroup")
    equal cgroup "$cgroup" "/user.slice/user-1000.slice/user@1000.service/user.slice/$UNIT"
    equal memory "$(cat "/sys/fs/cgroup$cgroup/memory.max")" 67108864
    as_user systemctl --user daemon-reload
    equal "memory after a reload" "$(cat "/sys/fs/cgroup$cgroup/memory.max")" 67108864
    contains "$(as_user systemctl --user status "$UNIT")" "$pid"
    # Later commands have neither the flag nor more of an environment.
    as_user "$OPEN/brig" start "$ID"
    # Into a part of the tree that this user, who is not in it, may not move processes to: systemd does. The container
    # has a cgroup namespace.
    equal "cgroup of exec" "$(as_user "$OPEN/brig" exec "$ID" cat /proc/self/cgroup </dev/null)" 0::/
    as_user "$OPEN/brig" pause "$ID"
    equal status "$(as_user "$OPEN/brig" state "$ID" | jq -r .status)" paused
    as_user "$OPEN/brig" resume "$ID"
    as_user "$OPEN/brig" update --memory 33554432 "$ID"
    equal "memory after an update" "$(cat "/sys/fs/cgroup$cgroup/memory.max")" 33554432
    as_user systemctl --user daemon-reload
    equal "memory after a reload" "$(cat "/sys/fs/cgroup$cgroup/memory.max")" 33554432
    equal MemoryMax "$(as_user systemctl --user show --value -p MemoryMax "$UNIT")" 33554432
    as_user "$OPEN/brig" kill "$ID" KILL
    user_container_stopped() { [ "$(as_user "$OPEN/brig" state "$ID" | jq -r .status)" = stopped ]; }
    wait_until user_container_stopped
    as_user "$OPEN/brig" delete "$ID"
    equal "LoadState" "$(as_user systemctl --user show --value -p LoadState "$UNIT")" not-found
    end_user
}

@test "a user without a systemd is told so" {
    user_bundle
    mkdir -p "$RUNTIME"
    chown "$OWNER" "$RUNTIME"
    fails as_user "$OPEN/brig" --systemd-cgroup create -b "$BUNDLE" "$ID"
    contains "$(<"$T/stderr")" 'no systemd to be found: connect to `/run/user/1000/systemd/private`'
    contains "$(<"$T/stderr")" 'without --systemd-cgroup'
    rm -rf "$OPEN"
}

@test "a user to whom a controller is not delegated: a limit that needs it is refused, by name" {
    user_bundle 33 # who was never given more; Debian's www-data
    mkdir -p /run/systemd/system/user@33.service.d
    printf '[Service]\nDelegate=\nDelegate=pids memory\n' >/run/systemd/system/user@33.service.d/less.conf
    systemctl daemon-reload
    systemctl start user@33
    config '.linux.resources.cpu.shares = 512'
    fails user_creates
    cat "$T/stdout"
    contains "$(<"$T/stdout")" 'controller cpu'
    contains "$(<"$T/stdout")" user@33.service
    equal "LoadState" "$(as_user systemctl --user show --value -p LoadState "$UNIT")" not-found
    contains "$(as_user "$OPEN/brig" --systemd-cgroup check -b "$BUNDLE" --json | jq -r '.findings[].text')" 'controller cpu'
    config 'del(.linux.resources.cpu)'
    user_creates
    as_user "$OPEN/brig" delete --force "$ID"
    end_user
}
