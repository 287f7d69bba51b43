# update: new limits for a container that is there, read back from its cgroup; beside what runc makes of the same.
#
# RUNC names the runc that it is compared with (default: the one in PATH).

load helpers

# The files that updates change, in each world.
FILES_V1=(memory/memory.limit_in_bytes memory/memory.soft_limit_in_bytes memory/memory.memsw.limit_in_bytes
    cpu/cpu.shares cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us cpu/cpu.cfs_burst_us cpu/cpu.idle cpuset/cpuset.cpus
    cpuset/cpuset.mems pids/pids.max)
FILES_V2=(memory.max memory.low memory.swap.max cpu.weight cpu.max cpu.max.burst cpu.idle cpuset.cpus cpuset.mems pids.max)

# place CONTROLLER: where the container of $T/pid is, in $PLACE. Without a program of its own: it is asked often.
place() {
    local controllers path
    PLACE=/nowhere
    while IFS=: read -r _ controllers path; do
        if [ "$BRIG_WORLD" != v1 ]; then
            [ -n "$controllers" ] || PLACE=/sys/fs/cgroup$path
        elif [[ ,$controllers, == *,$1,* ]]; then
            PLACE=/sys/fs/cgroup/$1$path
        fi
    done <"/proc/$(<"$T/pid")/cgroup"
}

# value CONTROLLER FILE: of the container.
value() {
    place "$1"
    echo "$(<"$PLACE/$2")"
}

# holds CONTROLLER V1-FILE V2-FILE WANTED-V1 [WANTED-V2]: what the file of this world reads.
holds() {
    if [ "$BRIG_WORLD" = v1 ]; then
        equal "$2" "$(value "$1" "$2")" "$4"
    else
        equal "$3" "$(value unified "$3")" "${5:-$4}"
    fi
}

has() {
    place "$1"
    [ -e "$PLACE/$2" ]
}

on_v1() {
    [ "$BRIG_WORLD" = v1 ] || skip 'needs cgroup v1'
}

on_v2() {
    [ "$BRIG_WORLD" != v1 ] || skip 'needs cgroup v2'
}

created_with_limits() {
    config '.linux.resources += {"memory": {"limit": 134217728, "swap": 268435456, "reservation": 67108864},
        "cpu": {"shares": 512, "quota": 30000, "period": 50000}, "pids": {"limit": 50}}'
    created
}

# given JSON: an update by standard input.
given() {
    brig update --resources - "$ID" <<<"$1"
}

# rejected TEXT JSON: the same, refused as engines expect of a failure.
rejected() {
    printf '%s' "$2" >"$T/resources.json"
    refused "$1" update --resources "$T/resources.json" "$ID"
}

# snapshot: all values that an update could change, by file.
snapshot() {
    local file
    if [ "$BRIG_WORLD" = v1 ]; then
        for file in "${FILES_V1[@]}"; do
            place "${file%%/*}"
            [ ! -e "$PLACE/${file#*/}" ] || echo "$file=$(<"$PLACE/${file#*/}")"
        done
    else
        place unified
        for file in "${FILES_V2[@]}"; do
            [ ! -e "$PLACE/$file" ] || echo "$file=$(<"$PLACE/$file")"
        done
    fi
}

# ---- each limit

# bats test_tags=uml
@test "memory, its reservation and swap" {
    needs_controller memory
    created
    brig update --memory 128M --memory-reservation 64m --memory-swap 0.25g "$ID"
    holds memory memory.limit_in_bytes memory.max 134217728
    holds memory memory.soft_limit_in_bytes memory.low 67108864
    ! has memory memory.memsw.limit_in_bytes || holds memory memory.memsw.limit_in_bytes '' 268435456
    ! has unified memory.swap.max || holds memory '' memory.swap.max '' 134217728
    brig update --memory -1 --memory-reservation=-1 "$ID"
    holds memory memory.limit_in_bytes memory.max 9223372036854771712 max
    holds memory memory.soft_limit_in_bytes memory.low 9223372036854771712 max
    ! has memory memory.memsw.limit_in_bytes || holds memory memory.memsw.limit_in_bytes '' 9223372036854771712
    ! has unified memory.swap.max || holds memory '' memory.swap.max '' max
}

# bats test_tags=uml
@test "quota, period, burst and shares" {
    needs_controller cpu
    created
    brig update --cpu-quota 30000 --cpu-period 50000 --cpu-burst 10000 --cpu-share 512 "$ID"
    holds cpu cpu.shares cpu.weight 512 59
    holds cpu cpu.cfs_burst_us cpu.max.burst 10000
    if [ "$BRIG_WORLD" = v1 ]; then
        holds cpu cpu.cfs_quota_us '' 30000
        holds cpu cpu.cfs_period_us '' 50000
    else
        holds cpu '' cpu.max '' '30000 50000'
    fi
    # Each by itself leaves the others.
    brig update --cpu-quota 40000 "$ID"
    brig update --cpu-period 80000 "$ID"
    if [ "$BRIG_WORLD" = v1 ]; then
        holds cpu cpu.cfs_quota_us '' 40000
        holds cpu cpu.cfs_period_us '' 80000
    else
        holds cpu '' cpu.max '' '40000 80000'
    fi
    brig update --cpu-burst 0 --cpu-quota -1 "$ID"
    [ "$BRIG_WORLD" = v1 ] || holds cpu '' cpu.max '' 'max 80000'
    holds cpu cpu.cfs_burst_us cpu.max.burst 0
}

# bats test_tags=uml
@test "an idle group, and shares in it" {
    needs_controller cpu
    created
    has cpu cpu.idle || has unified cpu.idle || skip 'this kernel has no cpu.idle'
    brig update --cpu-idle 1 "$ID"
    holds cpu cpu.idle cpu.idle 1
    refused 'cpu/shares: can'"'"'t be set while cpu/idle is 1' update --cpu-share 512 "$ID"
    brig update --cpu-idle 1 --cpu-share 512 "$ID"
    brig update --cpu-idle 0 --cpu-share 512 "$ID"
    holds cpu cpu.idle cpu.idle 0
    holds cpu cpu.shares cpu.weight 512 59
}

@test "CPUs and memory nodes" {
    needs_controller cpuset
    created
    brig update --cpuset-cpus 0 --cpuset-mems 0 "$ID"
    holds cpuset cpuset.cpus cpuset.cpus 0
    equal 'allowed CPUs' "$(awk '/^Cpus_allowed_list/ {print $2}' "/proc/$(<"$T/pid")/status")" 0
    brig update --cpuset-cpus "$(</sys/devices/system/cpu/online)" "$ID"
    holds cpuset cpuset.cpus cpuset.cpus "$(</sys/devices/system/cpu/online)"
}

# bats test_tags=uml
@test "processes: the limit is in force for the program" {
    needs_controller pids
    running
    brig update --pids-limit 1 "$ID"
    holds pids pids.max pids.max 1
    brig update --pids-limit -1 "$ID"
    holds pids pids.max pids.max max
    given '{"pids": {"limit": 17}}'
    holds pids pids.max pids.max 17
    brig delete --force "$ID"
    # A program that starts three, and when it is told so three more; its shell ends when it can't.
    args sh -c 'n() { sleep 1000 & sleep 1000 & sleep 1000 & }; n; echo free; read -r _; n; echo free again'
    mkfifo "$T/in"
    brig create -b "$BUNDLE" --pid-file "$T/pid" "$ID" <>"$T/in" >"$T/said" 2>&1
    brig start "$ID"
    wait_until grep -q free "$T/said"
    brig update --pids-limit 4 "$ID"
    echo >"$T/in"
    wait_until grep -q "can't fork" "$T/said"
}

@test "huge pages" {
    needs_controller hugetlb
    created
    has hugetlb hugetlb.2MB.limit_in_bytes || has unified hugetlb.2MB.max || skip 'no huge pages of 2 MB'
    given '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
    holds hugetlb hugetlb.2MB.limit_in_bytes hugetlb.2MB.max 4194304
}

# bats test_tags=uml
@test "throttles of a disk" {
    local name controller=io
    [ "$BRIG_WORLD" != v1 ] || controller=blkio
    needs_controller $controller
    name=$(find /sys/block -mindepth 1 -maxdepth 1 -printf '%f\n' | while read -r name; do
        [ "$(<"/sys/block/$name/size")" = 0 ] || echo "$name"
    done | head -n 1)
    [ -n "$name" ] || skip 'this machine has no disk'
    local disk
    disk=$(<"/sys/block/$name/dev")
    created
    given "{\"blockIO\": {\"throttleReadBpsDevice\": [{\"major\": ${disk%:*}, \"minor\": ${disk#*:}, \"rate\": 1048576}]}}"
    holds blkio blkio.throttle.read_bps_device io.max "$disk 1048576" "$disk rbps=1048576 wbps=max riops=max wiops=max"
    given "{\"blockIO\": {\"throttleReadBpsDevice\": [{\"major\": ${disk%:*}, \"minor\": ${disk#*:}, \"rate\": 0}]}}"
    holds blkio blkio.throttle.read_bps_device io.max ''
}

# bats test_tags=uml
@test "unified: a file of cgroup v2; refused on v1" {
    created
    if [ "$BRIG_WORLD" = v1 ]; then
        rejected '/linux/resources/unified' '{"unified": {"memory.high": "1048576"}}'
    else
        given '{"unified": {"cgroup.max.depth": "3"}}'
        equal cgroup.max.depth "$(value unified cgroup.max.depth)" 3
        rejected 'open `cgroup.nonsense`: no such file or directory' '{"unified": {"cgroup.nonsense": "max"}}'
        contains "$(<"$T/stderr")" /linux/resources/unified/cgroup.nonsense
    fi
}

# ---- what stays

# bats test_tags=uml
@test "nothing given, zeros, nulls and empty values change nothing" {
    needs_controller memory
    needs_controller pids
    created_with_limits
    local before document
    before=$(snapshot)
    brig update "$ID"
    for document in '{}' '{"memory": null, "cpu": null, "pids": null, "blockIO": null, "devices": null}' \
        '{"devices": [], "memory": {"limit": 0, "reservation": 0, "swap": 0, "kernel": 0, "kernelTCP": 0}, "cpu":
            {"shares": 0, "quota": 0, "period": 0, "realtimeRuntime": 0, "realtimePeriod": 0, "cpus": "", "mems": ""},
            "pids": {}, "blockIO": {"weight": 0}, "hugepageLimits": [], "unified": {}}'; do
        given "$document"
        brig update --resources=- "$ID" <<<"$document"
        equal "limits after $document" "$(snapshot)" "$before"
    done
    brig update --memory 0 --memory-swap 0 --cpu-quota 0 --cpu-period 0 --cpu-share 0 --blkio-weight 0 \
        --cpuset-cpus '' "$ID"
    equal 'limits after zeros' "$(snapshot)" "$before"
}

@test "the document's options are not mixed with others" {
    needs_controller pids
    created
    brig update --pids-limit 3 --resources - "$ID" <<<'{}'
    holds pids pids.max pids.max max
}

@test "kernel memory is obsolete: ignored with a warning" {
    created
    logged --debug update --kernel-memory 64M --kernel-memory-tcp 64M "$ID"
    grep -q 'memory/kernel: ignored' "$LOG"
    grep -q 'memory/kernelTCP: ignored' "$LOG"
    given '{"memory": {"kernel": 67108864, "useHierarchy": true}}'
}

# ---- limits that depend on each other

# bats test_tags=uml
@test "memory and swap are raised and lowered together" {
    needs_controller memory
    config '.linux.resources.memory = {"limit": 134217728, "swap": 268435456}'
    created
    has memory memory.memsw.limit_in_bytes || has unified memory.swap.max || skip 'this kernel does not limit swap'
    local limit swap
    # Above what both were, below what both were, one up and one down, without any swap.
    for pair in 300:600 50:100 60:70 40:400 200:200 512:-1 100:150; do
        limit=${pair%:*} swap=${pair#*:}
        brig update --memory "${limit}M" --memory-swap "$([ "$swap" = -1 ] && echo -1 || echo "${swap}M")" "$ID"
        holds memory memory.limit_in_bytes memory.max $((limit << 20))
        if [ "$swap" = -1 ]; then
            holds memory memory.memsw.limit_in_bytes memory.swap.max 9223372036854771712 max
        else
            holds memory memory.memsw.limit_in_bytes memory.swap.max $((swap << 20)) $(((swap - limit) << 20))
        fi
    done
}

# bats test_tags=uml
@test "memory alone keeps the sum of both; swap alone takes the limit that is" {
    needs_controller memory
    config '.linux.resources.memory = {"limit": 104857600, "swap": 209715200}'
    created
    has memory memory.memsw.limit_in_bytes || has unified memory.swap.max || skip 'this kernel does not limit swap'
    brig update --memory 150M "$ID"
    holds memory memory.memsw.limit_in_bytes memory.swap.max 209715200 $((50 << 20))
    brig update --memory-swap 300M "$ID"
    holds memory memory.limit_in_bytes memory.max $((150 << 20))
    holds memory memory.memsw.limit_in_bytes memory.swap.max $((300 << 20)) $((150 << 20))
    brig update --memory 200M "$ID"
    holds memory memory.memsw.limit_in_bytes memory.swap.max $((300 << 20)) $((100 << 20))
    local before
    before=$(snapshot)
    refused 'memory/swap: must not be less than memory/limit' update --memory 400M "$ID"
    contains "$(<"$T/stderr")" 'give memory/swap as well'
    equal 'limits after that' "$(snapshot)" "$before"
}

# bats test_tags=uml
@test "swap needs a limit of memory" {
    on_v2
    needs_controller memory
    created
    refused 'memory/swap: needs memory/limit' update --memory-swap 300M "$ID"
    brig update --memory-swap -1 "$ID"
}

# bats test_tags=uml
@test "a swap that was given as such is left alone" {
    on_v2
    needs_controller memory
    config '.linux.resources += {"memory": {"limit": 104857600}, "unified": {"memory.swap.max": "0"}}'
    created
    has unified memory.swap.max || skip 'this kernel does not limit swap'
    brig update --memory 200M "$ID"
    equal memory.swap.max "$(value unified memory.swap.max)" 0
}

# bats test_tags=uml
@test "quota, period and burst in every direction" {
    needs_controller cpu
    created
    has cpu cpu.cfs_burst_us || has unified cpu.max.burst || skip 'this kernel has no burst'
    local quota period burst triple
    for triple in 20000:100000:20000 90000:100000:90000 2000:10000:1000 500000:1000000:400000 5000:10000:5000 -1:50000:0 \
        10000:100000:10000; do
        IFS=: read -r quota period burst <<<"$triple"
        brig update --cpu-quota "$quota" --cpu-period "$period" --cpu-burst "$burst" "$ID"
        holds cpu cpu.cfs_burst_us cpu.max.burst "$burst"
        if [ "$BRIG_WORLD" = v1 ]; then
            holds cpu cpu.cfs_quota_us '' "$quota"
            holds cpu cpu.cfs_period_us '' "$period"
        else
            holds cpu '' cpu.max '' "${quota/#-1/max} $period"
        fi
    done
    refused 'cpu/burst: must not be larger than cpu/quota' update --cpu-burst 10001 "$ID"
    refused 'cpu/burst: must not be larger than cpu/quota' update --cpu-quota 9999 "$ID"
}

# ---- below what is used

# A program with 24 MB in memory that can't be reclaimed: files of a tmpfs, in a group without swap to go to.
uses_memory() {
    args sh -c 'dd if=/dev/zero of=/tmp/used bs=1M count=24 2>/dev/null; echo full; sleep 1000'
    config '.mounts += [{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"}] |
        .linux.resources.memory = {"limit": 67108864, "swap": 67108864}'
    brig create -b "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/said" 2>&1
    brig start "$ID"
    wait_until grep -q full "$T/said"
}

@test "a limit below what is used is refused on v1, with what is used" {
    on_v1
    needs_controller memory
    uses_memory
    refused 'write "8388608" to `memory.limit_in_bytes`: ' update --memory 8M --memory-swap 64M "$ID"
    contains "$(<"$T/stderr")" 'the cgroup uses more than that already: '
    contains "$(<"$T/stderr")" /linux/resources/memory/limit
    equal status "$(status_of "$ID")" running
}

# bats test_tags=uml
@test "a limit below what is used is refused on v2 if asked, before anything is written" {
    on_v2
    needs_controller memory
    uses_memory
    local before
    before=$(snapshot)
    rejected 'memory/limit: 8388608 is not more than the ' \
        '{"memory": {"limit": 8388608, "swap": 67108864, "checkBeforeUpdate": true}, "pids": {"limit": 20}}'
    equal limits "$(snapshot)" "$before"
    given '{"memory": {"limit": 62914560, "checkBeforeUpdate": true}}'
    equal memory.max "$(value unified memory.max)" 62914560
    equal status "$(status_of "$ID")" running
}

# bats test_tags=uml
@test "an update that fails in the middle changes nothing, and the next one knows it" {
    needs_controller memory
    needs_controller pids
    created_with_limits
    local before spoilt record
    before=$(snapshot)
    record=$(<"$ROOT/$ID/state.json")
    # The last of what is written, of a disk and of a file that are not there.
    spoilt='"blockIO": {"throttleReadBpsDevice": [{"major": 999, "minor": 999, "rate": 1}]}'
    [ "$BRIG_WORLD" = v1 ] || spoilt='"unified": {"cgroup.nonsense": "1"}'
    rejected /linux/resources/ "{\"memory\": {\"limit\": 209715200, \"swap\": 419430400, \"reservation\": 1048576},
        \"cpu\": {\"shares\": 100, \"quota\": 40000, \"period\": 80000, \"idle\": 1}, \"pids\": {\"limit\": 20},
        \"devices\": [$DENY, $MEM], $spoilt}"
    lacks "$(<"$T/stderr")" 'done in part'
    equal limits "$(snapshot)" "$before"
    equal record "$(<"$ROOT/$ID/state.json")" "$record"
    [ ! -e "$ROOT/$ID/state.json.new" ]
    # The sum of memory and swap is still the one that was asked for at first.
    brig update --memory 150M "$ID"
    ! has unified memory.swap.max || holds memory '' memory.swap.max '' $((106 << 20))
}

@test "an update that fails in the middle sets the class of service back" {
    needs_controller cpuset
    created
    mkdir -p "$T/resctrl/c1"
    printf 'L3:0=f\n' >"$T/resctrl/c1/schemata"
    jq -c --arg mount "$T/resctrl" '.intelRdt = {mount: $mount, class: "c1", madeForIt: false, monitoring: ""}' \
        "$ROOT/$ID/state.json" >"$T/state.json"
    cp "$T/state.json" "$ROOT/$ID/state.json"
    brig update --l3-cache-schema 'L3:0=7' "$ID"
    equal schemata "$(<"$T/resctrl/c1/schemata")" 'L3:0=7'
    refused /linux/resources/cpu/cpus update --l3-cache-schema 'L3:0=3' --cpuset-cpus 1023 "$ID"
    equal schemata "$(<"$T/resctrl/c1/schemata")" 'L3:0=7'
}

# ---- devices

NULL='{"allow": true, "type": "c", "major": 1, "minor": 3, "access": "rwm"}'
DENY='{"allow": false, "access": "rwm"}'
MEM='{"allow": true, "type": "c", "major": 1, "minor": 1, "access": "r"}'

# A program that has nodes of /dev/mem and a block device, tells on demand if it may open them, and in between never
# stops opening /dev/null.
opens_devices() {
    args sh -c 'mknod /dev/mem0 c 1 1; mknod /dev/disk0 b 240 5
        (while :; do : </dev/null || echo lost; done) 2>&1 &
        while read -r name; do (: <"/dev/$name") 2>&1 | grep -o "not permitted\|No such device" || echo open; done'
    config '.process.capabilities |= map_values(. + ["CAP_MKNOD", "CAP_SYS_RAWIO"] | unique)'
    mkfifo "$T/in"
    brig create -b "$BUNDLE" --pid-file "$T/pid" "$ID" <>"$T/in" >"$T/said" 2>&1
    brig start "$ID"
}

# asked NAME WORDS: what the program says of a device.
asked() {
    : >"$T/said"
    echo "$1" >"$T/in"
    wait_until grep -q . "$T/said"
    equal "$1" "$(<"$T/said")" "$2"
}

# bats test_tags=uml
@test "devices: a list takes the place of the list" {
    opens_devices
    asked mem0 'not permitted'
    given "{\"devices\": [$DENY, $MEM]}"
    # /dev/mem may be refused by other means, or read: not by the rules any more.
    : >"$T/said"
    echo mem0 >"$T/in"
    wait_until grep -q . "$T/said"
    lacks "$(<"$T/said")" 'not permitted'
    given '{"pids": {"limit": 50}}' || true
    given "{\"devices\": [$DENY, $NULL]}"
    asked mem0 'not permitted'
    given '{"devices": [{"allow": true, "access": "rwm"}]}'
    asked disk0 'No such device'
    given "{\"devices\": [$DENY]}"
    asked disk0 'not permitted'
    asked mem0 'not permitted'
    lacks "$(<"$T/said")" lost
}

@test "devices: there is no moment without" {
    opens_devices
    local i
    for ((i = 0; i < 25; ++i)); do
        given "{\"devices\": [$DENY, $MEM]}"
        given "{\"devices\": [$DENY, $NULL]}"
    done
    asked mem0 'not permitted'
    lacks "$(<"$T/said")" lost
}

@test "devices: on v1 what did not change is not written again, and a hook's own additions stay" {
    on_v1
    needs_controller devices
    config '.linux.resources.devices = [$deny]' --argjson deny "$DENY"
    created
    place devices
    echo 'c 10:229 rwm' >"$PLACE/devices.allow"
    given "{\"devices\": [$DENY], \"pids\": {\"limit\": 20}}"
    contains "$(value devices devices.list)" 'c 10:229 rwm'
    given "{\"devices\": [$DENY, $MEM]}"
    lacks "$(value devices devices.list)" 'c 10:229 rwm'
    contains "$(value devices devices.list)" 'c 1:1 r'
    contains "$(value devices devices.list)" 'c 1:3 rwm'
}

@test "devices: a list that v1 can't say is refused before anything is changed" {
    on_v1
    needs_controller devices
    needs_controller pids
    created
    rejected "cgroup v1 can't deny devices" "{\"pids\": {\"limit\": 20}, \"devices\": [$DENY,
        {\"allow\": true, \"type\": \"c\", \"major\": 1, \"access\": \"rwm\"},
        {\"allow\": false, \"type\": \"c\", \"major\": 1, \"minor\": 1, \"access\": \"rwm\"}]}"
    holds pids pids.max '' max
}

# ---- which containers

# bats test_tags=uml
@test "created, running and paused containers can be updated; a stopped one can't" {
    needs_controller pids
    created
    brig update --pids-limit 11 "$ID"
    holds pids pids.max pids.max 11
    brig start "$ID"
    brig update --pids-limit 12 "$ID"
    holds pids pids.max pids.max 12
    brig pause "$ID"
    brig update --pids-limit 13 "$ID"
    holds pids pids.max pids.max 13
    equal status "$(status_of "$ID")" paused
    brig resume "$ID"
    brig kill "$ID" KILL
    wait_until is_status "$ID" stopped
    refused 'container not running' update --pids-limit 14 "$ID"
    refused 'container does not exist' update --pids-limit 14 "$ID-other"
}

@test "a container without a cgroup can't" {
    args sleep 1000
    brig --cgroup-manager disabled create -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1
    refused 'made with cgroups disabled' update --pids-limit 14 "$ID"
}

@test "a controller that is not to be had is named, with the place" {
    created
    if [ "$BRIG_WORLD" = v1 ]; then
        grep -qw rdma /proc/cgroups && skip 'this machine has the rdma controller'
        rejected 'controller rdma is not mounted writable' '{"rdma": {"mlx5_1": {"hcaHandles": 3}}}'
    else
        grep -qw memory /sys/fs/cgroup/cgroup.controllers && skip 'this machine has all controllers on cgroup v2'
        refused 'controller memory is not available in /sys/fs/cgroup' update --memory 64M "$ID"
        # No limit is what it has.
        brig update --memory -1 --pids-limit -1 "$ID"
    fi
}

@test "Intel RDT: a container that is in no class is told so, and nothing else is changed" {
    needs_controller pids
    created
    refused 'made without linux.intelRdt' update --l3-cache-schema 'L3:0=f' --pids-limit 20 "$ID"
    holds pids pids.max pids.max max
    refused '--mem-bw-schema `L3:0=f`: must be a schema' update --mem-bw-schema 'L3:0=f' "$ID"
}

# ---- input

@test "bad values of options are named" {
    created
    local option
    for option in memory memory-reservation memory-swap; do
        refused "--$option \`-5\`: must be a number of bytes" update "--$option" -5 "$ID"
        refused "--$option \`5X\`: must be a number of bytes" update "--$option=5X" "$ID"
        refused "--$option \`\`: must be a number of bytes" update "--$option" '' "$ID" ||
            refused "--$option: must be a number of bytes" update "--$option" '' "$ID"
    done
    for option in cpu-quota cpu-rt-runtime pids-limit; do
        refused "--$option \`-2\`: must be a whole number, or -1" update "--$option" -2 "$ID"
    done
    for option in cpu-period cpu-burst cpu-share cpu-rt-period; do
        refused "--$option \`-1\`: must be a whole number" update "--$option" -1 "$ID"
    done
    refused '--cpu-idle `2`: must be 0 or 1' update --cpu-idle 2 "$ID"
    refused '--cpuset-cpus `a`: must be a list' update --cpuset-cpus a "$ID"
    refused '--cpuset-mems `3-1`: must be a list' update --cpuset-mems 3-1 "$ID"
    refused '--blkio-weight `5`: must be a number from 10 to 1000' update --blkio-weight 5 "$ID"
    refused 'unknown option `--swap`' update --swap 5 "$ID"
}

@test "bad documents: the error has the pointer into them" {
    created
    rejected '/memory/limit: ' '{"memory": {"limit": "64M"}}'
    lacks "$(<"$T/stderr")" config.json
    rejected '/memory/limit: ' '{"memory": {"limit": -2}}'
    rejected '/cpu/cpus: ' '{"cpu": {"cpus": "all"}}'
    rejected '/cpu/idle: ' '{"cpu": {"idle": 2}}'
    rejected '/devices/0/type: ' '{"devices": [{"allow": true, "type": "x", "access": "r"}]}'
    rejected '/unified/..~1cgroup.procs: ' '{"unified": {"../cgroup.procs": "1"}}'
    rejected '/hugepageLimits/1' '{"hugepageLimits": [{"pageSize": "2MB", "limit": 0}, {"pageSize": "2MB", "limit": 0}]}'
    rejected "resources \`$T/resources.json\`: " '{"memory": '
    rejected "resources \`$T/resources.json\`: " '[]'
    rejected "resources \`$T/resources.json\`: " ''
    refused 'no such file' update --resources "$T/missing" "$ID"
}

# ---- beside runc

# of_runc ARG...: the runtime it is compared with; its containers go whatever fails. limits_of PIDFILE [BUT]: the limits
# of a container, without the files that match BUT, and without those on which Debian's runc 1.1 and later ones differ: the
# curve from shares to weights.
eval "usual_$(declare -f teardown)"
teardown() {
    [ ! -e "$T/runc/$ID-runc" ] || of_runc delete --force "$ID-runc"
    usual_teardown
}
of_runc() {
    "${RUNC:-runc}" --root "$T/runc" "$@"
}
limits_of() {
    cp "$1" "$T/pid"
    snapshot | grep -vE "(^|/)(cpu.weight${2:+|$2})="
}

# agrees UPDATE...: a container of each runtime, of the same bundle and updated in the same way, has the same limits.
agrees() {
    of_runc update "$@" "$ID-runc" <"$T/resources.json"
    brig update "$@" "$ID" <"$T/resources.json"
    local ours
    ours=$(limits_of "$T/ours" "${BUT:-}")
    [ -n "$ours" ]
    equal "limits after $*" "$ours" "$(limits_of "$T/theirs" "${BUT:-}")"
}

# bats test_tags=uml
@test "runc makes the same of each update" {
    needs_controller memory
    needs_controller pids
    command -v "${RUNC:-runc}" >/dev/null || skip 'no runc to compare with ($RUNC)'
    config '.linux.resources += {"memory": {"limit": 134217728, "swap": 268435456}, "cpu": {"shares": 512,
        "quota": 30000, "period": 50000}, "pids": {"limit": 50}} | .linux.cgroupsPath = $path' --arg path "/$ID"
    created
    cp "$T/pid" "$T/ours"
    config '.linux.cgroupsPath = $path' --arg path "/$ID-runc"
    of_runc create -b "$BUNDLE" --pid-file "$T/theirs" "$ID-runc" </dev/null >"$T/out" 2>&1 || {
        cat "$T/out"
        skip 'runc can'"'"'t create it here'
    }
    echo '{}' >"$T/resources.json"
    agrees --resources -
    agrees --memory 96M --memory-reservation 32mb --memory-swap 200m
    agrees --cpu-quota 10000 --cpu-period 100000 --cpu-share 100 --pids-limit 77
    # As docker sends it.
    echo '{"memory": {"limit": 209715200, "reservation": 0, "swap": 419430400, "kernel": 0, "swappiness": null},
        "cpu": {"shares": 2048, "quota": 20000, "period": 40000, "cpus": "", "mems": ""},
        "pids": {"limit": 99}, "blockIO": {"weight": 0}, "devices": null}' >"$T/resources.json"
    agrees --resources "$T/resources.json"
    agrees --resources=- # the same again
    # runc 1.1 forgets on cgroup v2 the sum of memory and swap that was asked for, and each of quota and period when the
    # other is given; later ones keep them, as v1 does.
    BUT='memory.swap.max|cpu.max'
    [ "$BRIG_WORLD" != v1 ] || BUT=
    agrees --memory 250M
    agrees --cpu-quota 15000
    agrees --cpu-period 200000
    agrees --memory -1
    of_runc kill "$ID-runc" KILL
    wait_until is_dead "$(<"$T/theirs")"
    fails of_runc update --pids-limit 14 "$ID-runc"
    contains "$(<"$T/stderr")" 'container not running'
}

is_dead() {
    [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"
}

# ---- systemd

# shown PROPERTY: of the container's unit.
shown() {
    systemctl show --value -p "$1" "test-$ID.scope"
}

@test "with systemd, its properties are updated as well, and outlive a reload" {
    [ -S /run/systemd/private ] || skip 'systemd does not run here (tests/lab/uml-systemd)'
    config '.linux.cgroupsPath = "machine.slice:test:" + $id |
        .linux.resources += {"cpu": {"quota": 33333, "period": 100000}}' --arg id "$ID"
    args sleep 1000
    brig --systemd-cgroup create -b "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
    brig update --memory 128M --memory-swap 256M --pids-limit 55 --cpu-share 300 "$ID"
    holds memory memory.limit_in_bytes memory.max 134217728
    holds pids pids.max pids.max 55
    equal TasksMax "$(shown TasksMax)" 55
    # A quota that was not named is as exact as before, whatever systemd makes of it.
    if [ "$BRIG_WORLD" = v1 ]; then
        equal MemoryLimit "$(shown MemoryLimit)" 134217728
        holds cpu cpu.cfs_quota_us '' 33333
    else
        equal MemoryMax "$(shown MemoryMax)" 134217728
        equal MemorySwapMax "$(shown MemorySwapMax)" 134217728
        holds cpu '' cpu.max '' '33333 100000'
    fi
    given "{\"devices\": [$DENY, $MEM]}"
    contains "$(systemctl show -p DeviceAllow "test-$ID.scope")" /dev/char/1:1
    systemctl daemon-reload
    holds memory memory.limit_in_bytes memory.max 134217728
    holds pids pids.max pids.max 55
    [ "$BRIG_WORLD" != v1 ] || contains "$(value devices devices.list)" 'c 1:1 r'
    given "{\"devices\": [$DENY]}"
    lacks "$(systemctl show -p DeviceAllow "test-$ID.scope")" /dev/char/1:1
    [ "$BRIG_WORLD" != v1 ] || lacks "$(value devices devices.list)" 'c 1:1 r'
}

@test "with systemd, an update that fails in the middle is taken back from the unit as well" {
    [ -S /run/systemd/private ] || skip 'systemd does not run here (tests/lab/uml-systemd)'
    config '.linux.cgroupsPath = "machine.slice:test:" + $id |
        .linux.resources += {"cpu": {"shares": 512, "quota": 33333, "period": 100000}, "pids": {"limit": 50}}' --arg id "$ID"
    args sleep 1000
    brig --systemd-cgroup create -b "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
    properties() {
        systemctl show "test-$ID.scope" -p TasksMax -p MemoryMax -p MemoryLimit -p CPUWeight -p CPUShares \
            -p CPUQuotaPerSecUSec -p CPUQuotaPeriodUSec -p DevicePolicy -p DeviceAllow | sort
    }
    local before shown spoilt
    before=$(snapshot) shown=$(properties)
    spoilt='"blockIO": {"throttleReadBpsDevice": [{"major": 999, "minor": 999, "rate": 1}]}'
    [ "$BRIG_WORLD" = v1 ] || spoilt='"unified": {"cgroup.nonsense": "1"}'
    rejected /linux/resources/ "{\"memory\": {\"limit\": 209715200}, \"cpu\": {\"shares\": 100, \"quota\": 40000},
        \"pids\": {\"limit\": 20}, \"devices\": [$DENY, $MEM], $spoilt}"
    lacks "$(<"$T/stderr")" 'done in part'
    equal limits "$(snapshot)" "$before"
    equal properties "$(properties)" "$shown"
    systemctl daemon-reload
    equal 'limits after a reload' "$(snapshot | grep -v cpu.max=)" "$(grep -v cpu.max= <<<"$before")"
}
