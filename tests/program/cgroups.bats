# The container's cgroup in trees that others have a part in: paths, leftovers, delegation, containers in containers.

load helpers

teardown() {
    local left
    # What a test made above a container; it has nothing in it when all is well.
    for left in "${MADE[@]}"; do end_cgroup "$left"; done
    [ -z "${OPEN-}" ] || rm -rf "$OPEN"
    while read -r left; do
        "$BRIG" --root "$ROOT" delete --force -- "$left" || true
    done < <(ls -A "$ROOT")
    for left in "${MADE[@]}"; do find "$left" -depth -type d -exec rmdir {} + 2>/dev/null || true; done
    nothing_left
}

prepare() {
    MADE=()
}

on_v2_alone() {
    [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || skip 'needs cgroup v2 alone'
}

# A directory of the unified tree for this test, with everything enabled that there is: $TOP.
make_top() {
    TOP=/sys/fs/cgroup/top-$ID
    mkdir "$TOP"
    MADE+=("$TOP")
    local controller
    for controller in $(<"$TOP/cgroup.controllers"); do echo "+$controller" >"$TOP/cgroup.subtree_control"; done
}

# Ends the processes in a cgroup and below.
end_cgroup() {
    local file pid
    for file in $(find "$1" -name cgroup.procs 2>/dev/null); do
        while read -r pid; do kill -KILL "$pid" 2>/dev/null || true; done < <(cat "$file" 2>/dev/null)
    done
}

@test "paths that can't be a cgroup's are refused, with the reason" {
    local path
    while IFS='|' read -r path reason; do
        config '.linux.cgroupsPath = ($path | gsub("N"; "\n"))' --arg path "$path"
        refuses_to_create "$reason"
    done <<PATHS
/a/../b|contains ".."
/|must name a cgroup, not the root
/aNb|contains a control character
/$(printf '%0300d' 0)|has a component of 300 bytes; 255 are the most
/$ID/cgroup.procs|a name that the kernel's own files in a cgroup may have
/$ID/memory.x|a name that the kernel's own files in a cgroup may have
PATHS
}

@test "an id that is like a file of the kernel's is no obstacle" {
    args true
    brig run -b "$BUNDLE" "memory.$ID" </dev/null
}

@test "a cgroup with a process in it is refused by the process's name" {
    config '.linux.cgroupsPath = "/" + $id' --arg id "$ID"
    running
    local pid
    pid=$(<"$T/pid")
    refused "1 process(es) found in " create --bundle "$BUNDLE" "$ID-second"
    refused "$pid (sleep)" create --bundle "$BUNDLE" "$ID-second"
}

@test "a cgroup is one container's, until that is deleted" {
    config '.linux.cgroupsPath = "/" + $id' --arg id "$ID"
    running
    brig kill "$ID" KILL
    wait_until is_status "$ID" stopped
    # It is empty now, but the first one's delete would take along what is in it.
    refused "is that of container $ID" create --bundle "$BUNDLE" "$ID-second"
    brig delete "$ID"
    args true
    brig run -b "$BUNDLE" "$ID-second" </dev/null
    # A mere directory is nobody's.
    local controller=pids
    [ "$BRIG_WORLD" = v1 ] || controller=unified
    mkdir "$(cgroup_mount "$controller")/$ID"
    brig run -b "$BUNDLE" "$ID-third" </dev/null
}

@test "what a create that was killed early leaves does not speak for the cgroup of another container" {
    config '.linux.cgroupsPath = "/" + $id' --arg id "$ID"
    running
    # As create writes it before it has looked whose the cgroup is.
    mkdir -m 700 "$ROOT/$ID-second"
    jq --arg id "$ID-second" '.id = $id | .ready = false | .pid = 0 | .startTime = 0 | .bootId = ""' \
        <"$ROOT/$ID/state.json" >"$ROOT/$ID-second/state.json"
    chmod 600 "$ROOT/$ID-second/state.json"
    run -0 brig --debug delete --force "$ID-second"
    contains "$output" "is left to container $ID"
    [ ! -e "$ROOT/$ID-second" ]
    equal status "$(status_of "$ID")" running
    brig delete --force "$ID"
}

@test "of two containers with one cgroup that are created at once not both live" {
    config '.linux.cgroupsPath = "/" + $id' --arg id "$ID"
    args sleep 1000
    local round code first second
    for round in 1 2 3 4 5 6 7 8; do
        brig create -b "$BUNDLE" "$ID-a$round" </dev/null >"$T/first" 2>&1 &
        first=$!
        brig create -b "$BUNDLE" "$ID-b$round" </dev/null >"$T/second" 2>&1 &
        second=$!
        code=0
        wait "$first" || code=$((code + 1))
        wait "$second" || code=$((code + 1))
        [ "$code" -ge 1 ] || {
            echo 'both were created'
            return 1
        }
        brig delete --force "$ID-a$round"
        brig delete --force "$ID-b$round"
    done
}

@test "a cgroup below a frozen one is refused, not waited in" {
    local controller=freezer file=freezer.state value=FROZEN back=THAWED
    [ "$BRIG_WORLD" = v1 ] || controller=unified file=cgroup.freeze value=1 back=0
    local top mount path
    top=$(dirname "$(cgroup "$controller" self)/x")
    top=${top%%/}/above-$ID
    path=${top#"$(cgroup_mount "$controller")"}
    mkdir "$top"
    for mount in $CGROUP_MOUNTS; do MADE+=("$mount$path"); done # brig makes the rest
    echo "$value" >"$top/$file"
    config '.linux.cgroupsPath = $path' --arg path "$path/$ID"
    refused "by $top above it" create --bundle "$BUNDLE" "$ID"
    echo "$back" >"$top/$file"
    args true
    brig run -b "$BUNDLE" "$ID" </dev/null
}

# cgroup_mount CONTROLLER|unified
cgroup_mount() {
    if [ "$1" = unified ]; then
        awk '/ - cgroup2 / {print $5; exit}' /proc/self/mountinfo
    else
        awk -v c="$1" '/ - cgroup / && $NF ~ "(^|,)" c "(,|$)" {print $5; exit}' /proc/self/mountinfo
    fi
}

@test "a payload that froze a cgroup of its own is deleted all the same" {
    running
    local pid directory
    pid=$(<"$T/pid")
    if [ "$BRIG_WORLD" = v1 ]; then
        directory=$(cgroup freezer "$pid")/own
        mkdir "$directory"
        echo "$pid" >"$directory/cgroup.procs"
        echo FROZEN >"$directory/freezer.state"
        wait_until grep -q FROZEN "$directory/freezer.state"
    else
        directory=$(cgroup unified "$pid")/own
        mkdir "$directory"
        echo "$pid" >"$directory/cgroup.procs"
        echo 1 >"$directory/cgroup.freeze"
        wait_until grep -q 'frozen 1' "$directory/cgroup.events"
    fi
    brig delete --force "$ID"
    # Dead, though perhaps not reaped yet.
    equal "state of process $pid" "$(awk '/^State:/ && $2 != "Z" {print $2}' "/proc/$pid/status" 2>/dev/null)" ''
}

@test "without a cgroup, kill --all reaches the container's init" {
    args sleep 1000
    brig --cgroup-manager disabled create -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
    brig kill --all "$ID" KILL
    wait_until is_status "$ID" stopped
    brig kill --all "$ID" KILL # of one that has ended: what engines do to clean up
}

@test "a user without privilege runs a container without a cgroup; a limit is an error that says why" {
    a_user
    config '.process.terminal = false'
    args cat /proc/self/cgroup
    as_user "$OPEN/brig" --root "$OPEN/run" run -b "$BUNDLE" "$ID" </dev/null >"$T/out"
    lacks "$(<"$T/out")" "$ID"
    config '.linux.resources.pids.limit = 10'
    local code=0
    as_user "$OPEN/brig" --root "$OPEN/run" run -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1 || code=$?
    equal "exit status" "$code" 1
    contains "$(<"$T/out")" 'controller pids'
    config 'del(.linux.resources) | .linux.cgroupsPath = "/" + $id' --arg id "$ID"
    code=0
    as_user "$OPEN/brig" --root "$OPEN/run" run -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1 || code=$?
    equal "exit status" "$code" 1
    contains "$(<"$T/out")" 'permission denied'
}

# A bundle, a state root and the program that user 1000 may use.
a_user() {
    OPEN=$(mktemp -d "${TMPDIR:-/tmp}/brig-cgroups-XXXXXX")
    chmod 755 "$OPEN"
    install -m 755 "$BRIG" "$OPEN/brig"
    mkdir "$OPEN/bundle"
    mkdir -m 700 "$OPEN/run"
    cp -a "$BUNDLE/rootfs" "$OPEN/bundle/rootfs"
    chown -R --no-dereference 1000:1000 "$OPEN/bundle" "$OPEN/run"
    BUNDLE=$OPEN/bundle
    (cd "$BUNDLE" && as_user "$OPEN/brig" spec --rootless)
}

as_user() {
    setpriv --reuid 1000 --regid 1000 --clear-groups env -i PATH="$PATH" "$@"
}

@test "a user limits containers in a delegated part of the tree" {
    on_v2_alone
    make_top
    a_user
    mkdir "$TOP/user" "$TOP/user/session"
    chown 1000:1000 "$TOP"/user{,/session} "$TOP"/user/cgroup.{procs,threads,subtree_control}
    config '.process.terminal = false'
    args sleep 1000
    local limit=''
    if grep -qw memory "$TOP/user/cgroup.controllers"; then
        limit=67108864
        config '.linux.resources.memory.limit = 67108864 | .linux.resources.pids.limit = 50'
    fi
    (
        echo "$BASHPID" >"$TOP/user/session/cgroup.procs"
        as_user "$OPEN/brig" --root "$OPEN/run" create --pid-file "$OPEN/run/pid" -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1
        as_user "$OPEN/brig" --root "$OPEN/run" start "$ID"
    )
    equal 'its cgroup' "$(sed 's/^0:://' <(grep ^0:: "/proc/$(<"$OPEN/run/pid")/cgroup"))" "/top-$ID/user/$ID"
    equal 'the limit of memory' "$(cat "$TOP/user/$ID/memory.max" 2>/dev/null)" "$limit"
    (
        echo "$BASHPID" >"$TOP/user/session/cgroup.procs"
        as_user "$OPEN/brig" --root "$OPEN/run" exec "$ID" true </dev/null
    )
    equal processes "$(as_user "$OPEN/brig" --root "$OPEN/run" ps --format json "$ID" | jq -c .)" "[$(<"$OPEN/run/pid")]"
    as_user "$OPEN/brig" --root "$OPEN/run" pause "$ID"
    equal status "$(as_user "$OPEN/brig" --root "$OPEN/run" state "$ID" | jq -r .status)" paused
    as_user "$OPEN/brig" --root "$OPEN/run" resume "$ID"
    [ "$(as_user "$OPEN/brig" --root "$OPEN/run" events --stats "$ID" | jq .data.pids.current)" = 1 ]
    if [ -n "$limit" ]; then
        as_user "$OPEN/brig" --root "$OPEN/run" update --memory 33554432 --pids-limit 20 "$ID"
        equal 'the limit of memory' "$(<"$TOP/user/$ID/memory.max")" 33554432
        equal 'the limit of processes' "$(<"$TOP/user/$ID/pids.max")" 20
    fi
    as_user "$OPEN/brig" --root "$OPEN/run" kill --all "$ID" KILL
    as_user "$OPEN/brig" --root "$OPEN/run" delete --force "$ID"
    [ ! -e "$TOP/user/$ID" ]
}

@test "a container with a cgroup namespace and a writable mount makes its own sub-cgroups and enables controllers" {
    needs_controller memory
    on_v2_alone
    config '.linux.namespaces += [{"type": "cgroup"}]
        | .mounts += [{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["rw", "nosuid"]}]'
    args sh -ec 'cd /sys/fs/cgroup; mkdir init work; echo 0 >init/cgroup.procs; echo "+memory +pids" >cgroup.subtree_control
        echo 33554432 >work/memory.max; cat work/memory.max; grep ^0:: /proc/self/cgroup; exec sleep 1000'
    brig create -b "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
    wait_until grep -q init "$T/out"
    equal 'what it did' "$(xargs <"$T/out")" '33554432 0::/init'
    brig delete --force "$ID"
}

# What docker in docker meets: the root of the cgroup namespace has processes of its own.
@test "at the root of a cgroup namespace brig says who is in the way of a limit, and limits once they have moved" {
    needs_controller memory
    on_v2_alone
    make_top
    mkdir "$TOP/outer"
    args true
    config '.linux.cgroupsPath = "/inner/" + $id | .linux.resources.memory.limit = 67108864' --arg id "$ID"
    cat >"$T/outer" <<'OUTER'
set -e
umount /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
code=0
"$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null || code=$?
echo "status $code, left: $(find /sys/fs/cgroup -mindepth 1 -type d)"
mkdir /sys/fs/cgroup/moved
echo $$ >/sys/fs/cgroup/moved/cgroup.procs
"$BRIG" --root "$ROOT" create -b "$BUNDLE" "$ID" </dev/null >/dev/null
echo "limit $(cat "/sys/fs/cgroup/inner/$ID/memory.max")"
"$BRIG" --root "$ROOT" delete --force "$ID"
OUTER
    export BRIG ROOT BUNDLE ID
    (
        echo "$BASHPID" >"$TOP/outer/cgroup.procs"
        exec unshare -C -m --propagation private sh "$T/outer"
    ) >"$T/out" 2>&1
    cat "$T/out"
    contains "$(<"$T/out")" "controller memory can't be enabled in /sys/fs/cgroup: it has processes of its own"
    contains "$(<"$T/out")" '(sh)'
    contains "$(<"$T/out")" 'status 1, left: '
    contains "$(<"$T/out")" 'limit 67108864'
    lacks "$(grep left "$T/out")" inner
}

@test "with nsdelegate too" {
    needs_controller memory
    on_v2_alone
    # An option of the whole machine's hierarchy: only where the machine is the test's own.
    [ "$(hostname)" = uml ] || skip 'not in the guest of tests/lab/uml'
    mount -o remount,nsdelegate none /sys/fs/cgroup
    make_top
    mkdir "$TOP/outer" "$TOP/outer/own"
    args sh -c 'grep ^0:: /proc/self/cgroup'
    config '.linux.cgroupsPath = "/inner/" + $id | .linux.resources.pids.limit = 20' --arg id "$ID"
    export BRIG ROOT BUNDLE ID
    # shellcheck disable=SC2016 # the inner shell's
    (
        echo "$BASHPID" >"$TOP/outer/cgroup.procs"
        exec unshare -C -m --propagation private sh -ec 'umount /sys/fs/cgroup
            mount -t cgroup2 none /sys/fs/cgroup
            echo $$ >/sys/fs/cgroup/own/cgroup.procs
            "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null'
    ) >"$T/out" 2>&1
    equal output "$(<"$T/out")" "0::/inner/$ID"
}

@test "a hierarchy of cgroup v1 that is only named is joined too" {
    [ "$BRIG_WORLD" = v1 ] || skip 'cgroup v1'
    [ "$(hostname)" = uml ] || skip 'not in the guest of tests/lab/uml: a new hierarchy is the whole machine'"'"'s'
    mkdir -p /sys/fs/cgroup/foo
    mount -t cgroup -o none,name=foo none /sys/fs/cgroup/foo
    config '.linux.cgroupsPath = "/" + $id' --arg id "$ID"
    created
    equal 'in it' "$(cat "/sys/fs/cgroup/foo/$ID/cgroup.procs")" "$(<"$T/pid")"
    brig delete --force "$ID"
    [ ! -e "/sys/fs/cgroup/foo/$ID" ]
    umount /sys/fs/cgroup/foo
}

@test "controllers of cgroup v1 that are mounted together are one hierarchy" {
    [ -d /sys/fs/cgroup/cpu,cpuacct ] || skip 'cpu and cpuacct are not mounted together here'
    config '.linux.cgroupsPath = "/" + $id | .linux.resources.cpu.shares = 512' --arg id "$ID"
    created
    equal 'in it' "$(cat "/sys/fs/cgroup/cpu,cpuacct/$ID/cgroup.procs")" "$(<"$T/pid")"
    equal shares "$(cat "/sys/fs/cgroup/cpu,cpuacct/$ID/cpu.shares")" 512
    equal 'in the state' "$(jq -c '.cgroup[] | select(.controllers | index("cpu")) | [.mount, .controllers]' "$ROOT/$ID/state.json")" \
        '["/sys/fs/cgroup/cpu,cpuacct",["cpu","cpuacct"]]'
}
