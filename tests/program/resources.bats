# linux.resources beyond the usual limits: what the binary makes of each, read back from the container's cgroup.

load helpers

# value CONTROLLER FILE: of the created container.
value() {
    cat "$(cgroup "$1" "$(<"$T/pid")")/$2"
}

resources() {
    config ".linux.resources += $1" "${@:2}"
}

# The numbers of a disk, as the kernel's files have them, in $DISK, $MAJOR and $MINOR.
needs_disk() {
    local name numbers
    name=$(find /sys/block -mindepth 1 -maxdepth 1 -printf '%f\n' | while read -r name; do
        [ "$(<"/sys/block/$name/size")" = 0 ] || echo "$name"
    done | head -n 1)
    [ -n "$name" ] || skip 'this machine has no disk'
    numbers=$(<"/sys/block/$name/dev")
    DISK=$numbers MAJOR=${numbers%:*} MINOR=${numbers#*:}
}

on_v2() {
    [ "$BRIG_WORLD" != v1 ] || skip 'needs cgroup v2'
}

on_v1() {
    [ "$BRIG_WORLD" = v1 ] || skip 'needs cgroup v1'
}

@test "blockIO: throttles are read back" {
    needs_disk
    local controller=io
    [ "$BRIG_WORLD" != v1 ] || controller=blkio
    needs_controller $controller
    resources '{"blockIO": {"throttleReadBpsDevice": [{"major": $a, "minor": $i, "rate": 1048576}],
        "throttleWriteBpsDevice": [{"major": $a, "minor": $i, "rate": 2097152}],
        "throttleReadIOPSDevice": [{"major": $a, "minor": $i, "rate": 100}],
        "throttleWriteIOPSDevice": [{"major": $a, "minor": $i, "rate": 200}]}}' --argjson a "$MAJOR" --argjson i "$MINOR"
    created
    if [ "$BRIG_WORLD" = v1 ]; then
        equal read_bps "$(value blkio blkio.throttle.read_bps_device)" "$DISK 1048576"
        equal write_bps "$(value blkio blkio.throttle.write_bps_device)" "$DISK 2097152"
        equal read_iops "$(value blkio blkio.throttle.read_iops_device)" "$DISK 100"
        equal write_iops "$(value blkio blkio.throttle.write_iops_device)" "$DISK 200"
    else
        equal io.max "$(value io io.max)" "$DISK rbps=1048576 wbps=2097152 riops=100 wiops=200"
    fi
}

@test "blockIO: a weight is read back" {
    on_v1
    needs_controller blkio
    [ -e /sys/fs/cgroup/blkio/blkio.bfq.weight_device ] || [ -e /sys/fs/cgroup/blkio/blkio.bfq.io_serviced ] ||
        skip 'this kernel has no weights'
    resources '{"blockIO": {"weight": 300}}'
    created
    equal weight "$(value blkio blkio.bfq.weight)" 300
}

@test "cpu: burst and idle are read back" {
    needs_controller cpu
    resources '{"cpu": {"quota": 20000, "burst": 5000, "idle": 1}}'
    created
    equal idle "$(value cpu cpu.idle)" 1
    if [ "$BRIG_WORLD" = v1 ]; then
        equal burst "$(value cpu cpu.cfs_burst_us)" 5000
    else
        equal burst "$(value cpu cpu.max.burst)" 5000
    fi
}

@test "memory: what only v1 has is read back there, and left out with a word elsewhere" {
    resources '{"memory": {"swappiness": 17, "disableOOMKiller": true, "kernelTCP": 1048576}}'
    if [ "$BRIG_WORLD" = v1 ]; then
        needs_controller memory
        created
        equal swappiness "$(value memory memory.swappiness)" 17
        contains "$(value memory memory.oom_control)" 'oom_kill_disable 1'
        equal kernelTCP "$(value memory memory.kmem.tcp.limit_in_bytes)" 1048576
    else
        args sleep 1000
        logged --debug create -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1
        local property
        for property in swappiness disableOOMKiller kernelTCP; do
            grep -q "memory/$property: ignored" "$LOG"
        done
    fi
}

@test "hugepageLimits: none of what this machine does not have is no error, some is" {
    resources '{"hugepageLimits": [{"pageSize": "512GB", "limit": 0}]}'
    args sleep 1000
    logged --debug create -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1
    grep -q 'hugepageLimits/0: ignored' "$LOG"
    brig delete --force "$ID"
    resources '{"hugepageLimits": [{"pageSize": "512GB", "limit": 4096}]}'
    refuses_to_create hugetlb
}

@test "network: a class is read back on v1, and refused on v2" {
    resources '{"network": {"classID": 1048577}}'
    if [ "$BRIG_WORLD" = v1 ]; then
        needs_controller net_cls
        created
        equal classid "$(value net_cls net_cls.classid)" 1048577
    else
        refuses_to_create /linux/resources/network/classID
    fi
}

@test "rdma: a limit is refused where there is no such controller" {
    grep -qw rdma /proc/cgroups && skip 'this machine has the rdma controller'
    resources '{"rdma": {"mlx5_1": {"hcaHandles": 3}}}'
    refuses_to_create 'controller rdma'
}

@test "unified: a value is read back on v2, and refused on v1" {
    resources '{"unified": {"cgroup.max.depth": "3"}}'
    if [ "$BRIG_WORLD" = v1 ]; then
        refuses_to_create /linux/resources/unified
    else
        created
        equal cgroup.max.depth "$(value unified cgroup.max.depth)" 3
    fi
}

@test "unified: the later write prevails" {
    on_v2
    needs_controller memory
    needs_controller pids
    resources '{"pids": {"limit": 20}, "unified": {"pids.max": "30", "memory.high": "33554432", "memory.oom.group": "1"}}'
    created
    equal pids.max "$(value unified pids.max)" 30
    equal memory.high "$(value unified memory.high)" 33554432
    equal memory.oom.group "$(value unified memory.oom.group)" 1
}

@test "unified: a controller that is not there is named" {
    on_v2
    resources '{"unified": {"nonesuch.max": "1"}}'
    refuses_to_create 'controller nonesuch'
}

@test "unified: files that are no settings, and paths, are refused" {
    local file
    for file in cgroup.procs cgroup.freeze ../cgroup.max.depth; do
        config '.linux.resources.unified = {($f): "1"}' --arg f "$file"
        refuses_to_create /linux/resources/unified
    done
}

@test "a memory limit that is too low for a container at all is told as the reason" {
    needs_controller memory
    resources '{"memory": {"limit": 4096, "swap": 4096}}'
    refuses_to_create 'memory limit'
}

@test "the cgroup belongs to the container's user if it is to manage it, on v2 alone" {
    config '.process.user = {"uid": 1000, "gid": 1000} | .process.capabilities = {}
        | .mounts += [{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["rw", "nosuid"]}]
        | .linux.namespaces += [{"type": "cgroup"}]'
    args sh -c 'if [ -e /sys/fs/cgroup/cgroup.procs ]; then cd /sys/fs/cgroup; else cd /sys/fs/cgroup/pids; fi
        mkdir own 2>/dev/null && echo 0 2>/dev/null >own/cgroup.procs && cat own/cgroup.procs >/dev/null && echo moved
        mv own other 2>/dev/null; echo 1 2>/dev/null >cgroup.freeze && echo froze; echo end; exec sleep 1000'
    brig create -b "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    local directory
    directory=$(cgroup "$([ "$BRIG_WORLD" = v1 ] && echo pids || echo unified)" "$(<"$T/pid")")
    if [ "$BRIG_WORLD" = v1 ]; then
        equal owner "$(stat -c %u "$directory" "$directory/cgroup.procs" | xargs)" '0 0'
    else
        equal owner "$(stat -c %u "$directory" "$directory"/cgroup.{procs,threads,subtree_control} | xargs)" '1000 1000 1000 1000'
        equal 'owner of the rest' "$(stat -c %u "$directory"/cgroup.{freeze,max.depth,kill} "$directory/.." | xargs)" '0 0 0 0'
    fi
    brig start "$ID"
    wait_until grep -q end "$T/out"
    equal 'what the program could do' "$(<"$T/out")" "$([ "$BRIG_WORLD" = v1 ] || echo moved
        echo end)"
}

@test "the cgroup is not given away with a read-only mount" {
    on_v2
    config '.process.user = {"uid": 1000, "gid": 1000}
        | .mounts += [{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro"]}]
        | .linux.namespaces += [{"type": "cgroup"}]'
    created
    equal owner "$(stat -c %u "$(cgroup unified "$(<"$T/pid")")")" 0
}

@test "the objects that engines send are accepted" {
    needs_controller memory
    needs_controller cpu
    needs_controller pids
    local object
    # docker, containerd for Kubernetes, podman: zeros, nulls and -1 for what nobody asked for.
    for object in '{"memory": {"limit": 67108864, "swap": 134217728, "kernel": 0, "kernelTCP": 0,
            "disableOOMKiller": false}, "cpu": {"shares": 0, "quota": 50000,
            "period": 100000, "cpus": "", "mems": ""}, "pids": {"limit": 100}, "blockIO": {"weight": 0},
            "hugepageLimits": [], "network": null, "unified": null}' \
        '{"memory": {"limit": 67108864, "swap": 67108864}, "cpu": {"shares": 512, "quota": 50000, "period": 100000},
            "pids": {"limit": -1}, "hugepageLimits": [{"pageSize": "512GB", "limit": 0}]}' \
        '{"memory": {"limit": 67108864}, "cpu": {"shares": 2048}, "pids": {"limit": 2048}, "blockIO": {},
            "network": {}, "rdma": {}}'; do
        config '.linux.resources = $r' --argjson r "$object"
        created
        if [ "$BRIG_WORLD" = v1 ]; then
            equal limit "$(value memory memory.limit_in_bytes)" 67108864
        else
            equal limit "$(value memory memory.max)" 67108864
        fi
        brig delete --force "$ID"
    done
}
