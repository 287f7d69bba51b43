# --systemd-cgroup: the container's cgroup is a scope of systemd's. Where systemd does not run, that is said; for the rest:
#
#   tests/support/world systemd bats tests/program/systemd.bats
#   tests/lab/uml-systemd -c hybrid bats tests/program/systemd.bats
#   tests/lab/uml-systemd -c v1 bats tests/program/systemd.bats

load helpers
load systemd_helpers

@test "without systemd it says so, and leaves nothing" {
    [ ! -S /run/systemd/private ] || skip 'systemd runs here'
    refused 'no systemd to be found: ' --systemd-cgroup create --bundle "$BUNDLE" "$ID"
    contains "$(<"$T/stderr")" /run/systemd/private
    no_entries
}

@test "the scope is in its slice, with the process in it" {
    needs_systemd
    made
    local line=0::
    [ "$BRIG_WORLD" != v1 ] || line=:name=systemd:
    equal cgroup "$(sed -n "s/.*$line//p" "/proc/$(<"$T/pid")/cgroup")" "/machine.slice/$UNIT"
    equal slice "$(shown Slice)" machine.slice
    equal delegated "$(shown Delegate)" yes
    equal dependencies "$(shown DefaultDependencies)" no
    equal description "$(shown Description)" "brig container $ID"
    equal state "$(shown ActiveState)" active
}

@test "every hierarchy has the process in the same place" {
    needs_systemd
    started
    [ "$BRIG_WORLD" != v1 ] || grep -q ':memory:' "/proc/$(<"$T/pid")/cgroup"
    while read -r line; do
        equal "cgroup in $line" "${line##*:}" "/machine.slice/$UNIT"
    done < <(if [ "$BRIG_WORLD" = v1 ]; then cat "/proc/$(<"$T/pid")/cgroup"; else grep '^0::' "/proc/$(<"$T/pid")/cgroup"; fi)
}

@test "without cgroupsPath it is brig-ID.scope in system.slice" {
    needs_systemd
    config 'del(.linux.cgroupsPath)'
    UNIT=brig-$ID.scope
    made
    equal slice "$(shown Slice)" system.slice
    equal state "$(shown ActiveState)" active
}

@test "slices in slices" {
    needs_systemd
    config '.linux.cgroupsPath = "bt-a-b.slice:test:" + $id' --arg id "$ID"
    made
    equal cgroup "$(shown ControlGroup)" "/bt.slice/bt-a.slice/bt-a-b.slice/$UNIT"
    brig delete --force "$ID"
    systemctl stop bt.slice
}

@test "another form of cgroupsPath is refused" {
    needs_systemd
    config '.linux.cgroupsPath = "/machine.slice/x"'
    refused 'slice:prefix:name' --systemd-cgroup create --bundle "$BUNDLE" "$ID"
    contains "$(<"$T/stderr")" /linux/cgroupsPath
}

# bats test_tags=systemd
@test "limits are in the kernel's files and in the unit, and stay when systemd writes again" {
    needs_systemd
    config '.linux.resources += {"memory": {"limit": 67108864}, "pids": {"limit": 77},
        "cpu": {"shares": 2048, "quota": 30000, "period": 100000}}'
    started
    check_limits() {
        if [ "$BRIG_WORLD" = v1 ]; then
            equal memory "$(value memory memory.limit_in_bytes)" 67108864
            equal cpu "$(value cpu cpu.cfs_quota_us) $(value cpu cpu.cfs_period_us)" '30000 100000'
            equal shares "$(value cpu cpu.shares)" 2048
        else
            equal memory "$(value memory memory.max)" 67108864
            equal cpu "$(value cpu cpu.max)" '30000 100000'
            equal weight "$(value cpu cpu.weight)" 174
        fi
        equal pids "$(value pids pids.max)" 77
    }
    check_limits
    equal TasksMax "$(shown TasksMax)" 77
    equal quota "$(shown CPUQuotaPerSecUSec)" 300ms
    [ "$BRIG_WORLD" = v1 ] || equal MemoryMax "$(shown MemoryMax)" 67108864
    systemctl daemon-reload
    systemctl set-property --runtime "$UNIT" Description=again IPAccounting=yes || true
    check_limits
}

@test "what systemd has no property for is in the kernel's files" {
    needs_systemd
    [ "$BRIG_WORLD" != v1 ] || skip 'of cgroup v2'
    config '.linux.resources.unified = {"memory.oom.group": "1", "memory.high": "32M", "cgroup.max.depth": "3"}'
    made
    equal memory.oom.group "$(value memory memory.oom.group)" 1
    equal memory.high "$(value memory memory.high)" 33554432
    equal MemoryHigh "$(shown MemoryHigh)" 33554432
    equal cgroup.max.depth "$(value memory cgroup.max.depth)" 3
}

# bats test_tags=systemd
@test "devices are limited by the container's rules, also when systemd writes its own again" {
    needs_systemd
    config '.linux.devices = [{"path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11}]'
    args sh -c 'try() {
            head -c 1 /dev/zero >/dev/null && echo zero
            head -c 0 /dev/kmsg 2>/dev/null && echo kmsg
        }
        try; echo first >/dev/zero; while [ ! -e /tmp/again ]; do sleep 0.1; done; try; echo end'
    brig --systemd-cgroup run --detach --bundle "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    wait_until grep -q zero "$T/out"
    equal policy "$(shown DevicePolicy)" strict
    contains "$(shown DeviceAllow)" '/dev/char/1:3 rwm'
    systemctl daemon-reload
    mkdir -p "/proc/$(<"$T/pid")/root/tmp"
    touch "/proc/$(<"$T/pid")/root/tmp/again"
    wait_until grep -q end "$T/out"
    equal output "$(xargs <"$T/out")" 'zero zero end'
}

@test "a privileged container has all devices" {
    needs_systemd
    config '.linux.resources.devices = [{"allow": true, "access": "rwm"}]
        | .linux.devices = [{"path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11}]'
    args sh -c 'head -c 0 /dev/kmsg && echo kmsg'
    run brig --systemd-cgroup run --bundle "$BUNDLE" "$ID" </dev/null
    equal output "$output" kmsg
}

@test "annotations are properties of the unit" {
    needs_systemd
    config '.annotations = {"org.systemd.property.TimeoutStopSec": "7", "org.systemd.property.KillSignal": "37",
        "org.systemd.property.CollectMode": "'"'inactive-or-failed'"'",
        "org.systemd.property.After": "['"'basic.target'"']", "org.systemd.property.DefaultDependencies": "true"}'
    made
    equal TimeoutStopUSec "$(shown TimeoutStopUSec)" 7s
    equal KillSignal "$(shown KillSignal)" 37
    equal CollectMode "$(shown CollectMode)" inactive-or-failed
    equal DefaultDependencies "$(shown DefaultDependencies)" yes
    contains "$(shown After)" basic.target
}

@test "annotations that can't be read or set are refused, and leave nothing" {
    needs_systemd
    config '.annotations = {"org.systemd.property.TimeoutStopUSec": "uint64 x"}'
    refused '/annotations/org.systemd.property.TimeoutStopUSec' --systemd-cgroup create --bundle "$BUNDLE" "$ID"
    no_unit
    config '.annotations = {"org.systemd.property.NoSuchProperty": "1"}'
    refused 'NoSuchProperty' --systemd-cgroup create --bundle "$BUNDLE" "$ID"
    no_entries
    no_unit
}

# bats test_tags=systemd
@test "later commands need no flag and no environment" {
    needs_systemd
    started
    equal status "$(env -i "$BRIG" --root "$ROOT" state "$ID" | jq -r .status)" running
    env -i "$BRIG" --root "$ROOT" kill "$ID" KILL
    wait_until is_status "$ID" stopped
    env -i "$BRIG" --root "$ROOT" delete "$ID"
    no_unit
}

@test "exec, pause and resume need no flag; a paused container's unit goes with it" {
    needs_systemd
    started
    local line=0::
    [ "$BRIG_WORLD" != v1 ] || line=:name=systemd:
    run -0 brig exec "$ID" cat /proc/self/cgroup </dev/null
    contains "$output" "$line/machine.slice/$UNIT"
    contains "$(systemctl status --no-pager "$UNIT")" "$(<"$T/pid") sleep 1000"
    brig pause "$ID"
    is_status "$ID" paused
    systemctl daemon-reload
    is_status "$ID" paused
    brig resume "$ID"
    is_status "$ID" running
    brig pause "$ID"
    brig delete --force "$ID"
    no_unit
}

@test "what update says is in the kernel's files and in the unit, and stays when systemd writes again" {
    needs_systemd
    config '.linux.resources += {"memory": {"limit": 67108864}, "cpu": {"quota": 30000, "period": 50000}}'
    started
    brig update --memory 134217728 --cpu-quota 20000 --pids-limit 33 "$ID"
    check_limits() {
        if [ "$BRIG_WORLD" = v1 ]; then
            equal memory "$(value memory memory.limit_in_bytes)" 134217728
            equal cpu "$(value cpu cpu.cfs_quota_us) $(value cpu cpu.cfs_period_us)" '20000 50000'
        else
            equal memory "$(value memory memory.max)" 134217728
            equal cpu "$(value cpu cpu.max)" '20000 50000'
        fi
        equal pids "$(value pids pids.max)" 33
    }
    check_limits
    equal TasksMax "$(shown TasksMax)" 33
    equal quota "$(shown CPUQuotaPerSecUSec)" 400ms
    systemctl daemon-reload
    # Writes the whole of a controller again.
    if [ "$BRIG_WORLD" = v1 ]; then
        systemctl set-property --runtime "$UNIT" CPUShares=777
    else
        systemctl set-property --runtime "$UNIT" CPUWeight=77 MemoryLow=1M
    fi
    check_limits
}

@test "devices that update allows stay so when systemd writes again" {
    needs_systemd
    config '.linux.devices = [{"path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11}]'
    args sleep 1000
    brig --systemd-cgroup run --detach --bundle "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    opens() { brig exec "$ID" head -c 0 "$1" </dev/null >/dev/null 2>&1; }
    ! opens /dev/kmsg
    brig update --resources - "$ID" <<<'{"devices": [{"allow": false, "access": "rwm"},
        {"allow": true, "type": "c", "major": 1, "minor": 11, "access": "r"}]}'
    opens /dev/kmsg
    systemctl daemon-reload
    opens /dev/kmsg
    opens /dev/null
    brig update --resources - "$ID" <<<'{"devices": [{"allow": false, "access": "rwm"}]}'
    ! opens /dev/kmsg
    systemctl daemon-reload
    ! opens /dev/kmsg
    opens /dev/null
}

@test "delete --force ends a running container and its unit" {
    needs_systemd
    started
    brig delete --force "$ID"
    no_unit
}

@test "delete takes along cgroups that the payload made" {
    needs_systemd
    started
    local below
    below=$(cgroup pids "$(<"$T/pid")")
    mkdir -p "$below/a/b"
    brig delete --force "$ID"
    [ ! -e "$below" ]
    no_unit
}

# bats test_tags=systemd
@test "a unit that failed is cleared away by delete" {
    needs_systemd
    # The container ignores what a scope is asked to end by, which makes it fail.
    config '.annotations = {"org.systemd.property.TimeoutStopSec": "1"}'
    args sh -c 'trap "" TERM; sleep 1000 & wait; sleep 1000'
    brig --systemd-cgroup run --detach --bundle "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    sleep 1
    systemctl stop "$UNIT" || true
    wait_until is_status "$ID" stopped
    equal state "$(shown ActiveState)" failed
    brig delete "$ID"
    no_unit
}

# bats test_tags=systemd
@test "a systemd that executes itself anew meanwhile is waited for" {
    needs_systemd
    args sleep 1000
    local round others
    # Whoever asks for it while systemd is at it may wait for an answer in vain.
    until [ -e "$T/done" ]; do
        ! timeout 10 systemctl daemon-reexec || echo once >>"$T/executed"
        nap
    done &
    others=$!
    for round in 1 2 3 4 5 6; do
        made
        brig delete --force "$ID"
    done
    : >"$T/done"
    wait "$others"
    [ -s "$T/executed" ]
    no_unit
}

@test "a memory limit stays when the unit gets another setting for memory" {
    needs_systemd
    local file=memory.max
    [ "$BRIG_WORLD" != v1 ] || file=memory.limit_in_bytes
    config '.linux.resources.memory.limit = 67108864'
    made
    systemctl set-property --runtime "$UNIT" MemoryLow=1M
    equal "memory limit" "$(value memory "$file")" 67108864
    systemctl daemon-reload
    equal "memory limit after a reload" "$(value memory "$file")" 67108864
    brig delete --force "$ID"
}

@test "run leaves no unit" {
    needs_systemd
    args sh -c 'exit 7'
    run -7 brig --systemd-cgroup run --bundle "$BUNDLE" "$ID" </dev/null
    no_unit
}

@test "a create that fails leaves no unit" {
    needs_systemd
    args /no/such/program
    refused 'no such file' --systemd-cgroup create --bundle "$BUNDLE" "$ID"
    no_unit
    no_entries
}

@test "a unit of somebody else's is neither taken nor touched" {
    needs_systemd
    systemd-run --scope --slice=machine.slice --unit="$UNIT" sleep 1000 </dev/null >/dev/null 2>&1 3>&- &
    PIDS+=($!)
    wait_until systemctl is-active --quiet "$UNIT"
    refused "$UNIT" --systemd-cgroup create --bundle "$BUNDLE" "$ID"
    equal state "$(shown ActiveState)" active
    systemctl stop "$UNIT"
}

@test "a create that was killed is cleared away by delete --force" {
    needs_systemd
    args sleep 1000
    config '.hooks.createRuntime = [{"path": "/bin/sh", "args": ["sh", "-c", "echo $$ >\($file); exec sleep 1000"]}]' \
        --arg file "$T/hook"
    "$BRIG" --root "$ROOT" --systemd-cgroup create --bundle "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1 3>&- &
    local create=$!
    wait_until test -s "$T/hook"
    PIDS+=("$(<"$T/hook")")
    equal state "$(shown ActiveState)" active
    kill -KILL "$create"
    brig delete --force "$ID"
    no_unit
}

# bats test_tags=systemd
@test "by the message bus, where systemd's own socket is not to be had" {
    needs_systemd
    args sh -c 'echo ran'
    run unshare -m sh -c 'mount -t tmpfs none /run/systemd && exec "$@"' sh \
        "$BRIG" --root "$ROOT" --systemd-cgroup run --bundle "$BUNDLE" "$ID" </dev/null
    equal output "$output" ran
    no_unit
}

@test "the container sees its cgroup as the root of its view" {
    needs_systemd
    config '.linux.namespaces += [{"type": "cgroup"}]
        | .mounts += [{"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro"]},
                      {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro"]}]'
    args sh -c 'cut -d: -f3 /proc/self/cgroup | sort -u; find /sys/fs/cgroup -maxdepth 2 -name cgroup.procs | head -n 1 | xargs cat'
    run brig --systemd-cgroup run --bundle "$BUNDLE" "$ID" </dev/null
    equal "exit status" "$status" 0
    equal view "${lines[0]}" /
    contains "$output" 1
}

@test "with a process between: init ends in the scope" {
    needs_systemd
    # Who joins a pid namespace is not in it; its children are.
    unshare --pid --fork --kill-child sleep 1000 </dev/null >/dev/null 2>&1 3>&- &
    PIDS+=($!)
    local outer=$!
    wait_until pgrep --parent "$outer" >/dev/null
    config '.linux.namespaces |= map(if .type == "pid" then .path = "/proc/" + $pid + "/ns/pid" else . end)' \
        --arg pid "$(pgrep --parent "$outer")"
    made
    equal cgroup "$(shown ControlGroup)" "/machine.slice/$UNIT"
    contains "$(cat "/proc/$(<"$T/pid")/cgroup")" "/machine.slice/$UNIT"
    brig delete --force "$ID"
    no_unit
}

# bats test_tags=systemd
@test "the container's own limits are not the container's to change" {
    needs_systemd
    [ "$BRIG_WORLD" != v1 ] || skip 'of cgroup v2'
    grep -q 'cgroup2 .*nsdelegate' /proc/self/mountinfo || skip 'cgroup2 is mounted without nsdelegate'
    config '.linux.resources.memory.limit = 67108864 | .linux.namespaces += [{"type": "cgroup"}]
        | .mounts += [{"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro"]},
                      {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["rw"]}]'
    args sh -c 'cd /sys/fs/cgroup; mkdir x; echo $$ >x/cgroup.procs; echo +memory >cgroup.subtree_control
        echo 32M >x/memory.max; cat x/memory.max; echo max 2>&1 >memory.max; cat memory.max'
    run brig --systemd-cgroup run --bundle "$BUNDLE" "$ID" </dev/null
    echo "$output"
    equal "limit of its own making" "${lines[0]}" 33554432
    contains "${lines[1]}" 'not permitted'
    equal "limit of ours" "${lines[2]}" 67108864
    no_unit
}

# ---- check

@test "check says that there is no systemd" {
    [ ! -S /run/systemd/private ] || skip 'systemd runs here'
    run -2 "$BRIG" --systemd-cgroup check --bundle "$BUNDLE" --json
    contains "$(jq -r '.findings[] | select(.rule == "cgroup-place") | .text' <<<"$output")" 'no systemd to be found: '
}

# refusal_of OPTION...: what check finds wrong with the cgroup.
refusal_of() {
    "$BRIG" --systemd-cgroup check --bundle "$BUNDLE" --json | jq -r '.findings[] | select(.level == "error") | .pointer + " " + .text'
}

@test "check finds what create would only find with a process" {
    needs_systemd
    equal "findings of a good one" "$(refusal_of)" ''
    made
    contains "$(refusal_of)" "/linux/cgroupsPath systemd has a unit $UNIT already, which is active"
    config '.annotations = {"org.systemd.property.TimeoutStopUSec": "uint64 x"}'
    contains "$(refusal_of)" '/annotations/org.systemd.property.TimeoutStopUSec '
}
