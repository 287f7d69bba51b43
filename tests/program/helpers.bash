# Helpers of the program tests. The runtime under test is $BRIG (default: build/release/brig); the world of cgroups is
# told by $BRIG_WORLD, as tests/support/world sets it.
#
# Each test has in its own directory $T: a state root $ROOT, a bundle $BUNDLE, a log $LOG; $ID is a container's name that
# no other test uses. teardown removes whatever containers the test left, and then demands that nothing is left of $ID.
#
# What every test does starts as few programs as it can: in user-mode Linux each costs as much as all the rest.

bats_require_minimum_version 1.5.0

SUPPORT=$(cd "${BASH_SOURCE[0]%/*}/../support" && pwd)
BRIG=${BRIG:-${SUPPORT%/tests/support}/build/release/brig}

setup() {
    [ -x "$BRIG" ] || {
        echo "no runtime to test at $BRIG"
        return 1
    }
    T=$BATS_TEST_TMPDIR ROOT=$T/state BUNDLE=$T/bundle LOG=$T/log PIDS=()
    ID=bt$$-$BATS_TEST_NUMBER
    mkdir -m 700 "$ROOT"
    bundle minimal
    if declare -F prepare >/dev/null; then prepare; fi
}

teardown() {
    local left
    [ -n "${T:-}" ] || return 0 # there was no setup
    shopt -s dotglob nullglob
    for left in "$ROOT"/*; do "$BRIG" --root "$ROOT" delete --force -- "${left##*/}" || true; done
    shopt -u dotglob nullglob
    for left in "${PIDS[@]}"; do kill -KILL "$left" 2>/dev/null || true; done
    nothing_left
}

# bundle minimal|docker: puts a fresh one at $BUNDLE, with the arguments as process.args.
bundle() {
    local kind=$1
    shift
    [ ! -e "$BUNDLE" ] || rm -rf "$BUNDLE"
    cp -al "$BATS_SUITE_TMPDIR/$kind" "$BUNDLE"
    kind=$(<"$BUNDLE/config.json")
    rm "$BUNDLE/config.json" # a link to everybody's
    printf '%s\n' "$kind" >"$BUNDLE/config.json"
    [ $# -eq 0 ] || args "$@"
}

# config FILTER [JQ-OPTION...]: changes the bundle's config.json by jq.
config() {
    local changed
    changed=$(jq "$@" <"$BUNDLE/config.json")
    printf '%s\n' "$changed" >"$BUNDLE/config.json"
}

# args WORD...: process.args.
args() {
    local old words start=$'\n    "args": [\n' end=$'\n    ]'
    old=$(<"$BUNDLE/config.json")
    printf -v words '      "%s",\n' "$@"
    # Most calls need no jq, as what Python and jq write has process.args at one place, and no other line breaks. Words to
    # quote and large files do.
    if [ $# -gt 0 ] && [ ${#old} -lt 8192 ] && [[ $old == *"$start"*"$end"* ]] && [[ "$*" != *[\"\\[:cntrl:]]* ]]; then
        printf '%s\n' "${old%%"$start"*}$start${words%$',\n'}$end${old#*"$start"*"$end"}" >"$BUNDLE/config.json"
    else
        config '.process.args = $ARGS.positional' --args -- "$@"
    fi
}

# open_to_users: who is not root can go down to the bundle, too.
open_to_users() {
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_SUITE_TMPDIR" "$BATS_FILE_TMPDIR" "${T%/*}" "$T" "$BUNDLE"
}

# own_rootfs: the bundle's rootfs is hard links of one that all tests share, so a change of owner takes a copy.
own_rootfs() {
    rm -rf "$BUNDLE/rootfs"
    cp -a "$BATS_SUITE_TMPDIR/minimal/rootfs" "$BUNDLE/rootfs"
    open_to_users
}

# user_namespace [OFFSET]: adds one to the bundle, whose rootfs is own_rootfs's, with 65536 ids from OFFSET on.
user_namespace() {
    chown -R --no-dereference "${1:-100000}:${1:-100000}" "$BUNDLE/rootfs"
    config '.linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": $host, "size": 65536}]
        | .linux.gidMappings = .linux.uidMappings' --argjson host "${1:-100000}"
}

# The runtime, with this test's root. `brig create`, `brig run` … take the bundle by "${B[@]}" or -b.
brig() {
    "$BRIG" --root "$ROOT" "$@"
}

# The same, logging as engines ask for it.
logged() {
    "$BRIG" --root "$ROOT" --log "$LOG" --log-format json "$@"
}

# A container that sleeps: created, or created and started.
created() {
    args sleep 1000
    brig create --bundle "$BUNDLE" --pid-file "$T/pid" "${1:-$ID}" </dev/null >"$T/out" 2>&1
}
running() {
    created "$@"
    brig start "${1:-$ID}"
}

status_of() {
    local state
    state=$(brig state "$1")
    [[ $state =~ \"status\":\ *\"([a-z]+)\" ]] && echo "${BASH_REMATCH[1]}"
}

# wait_until COMMAND...: at most twenty seconds, as a guest on a busy machine is slow.
wait_until() {
    local tries=1000
    until "$@"; do
        ((tries-- > 0)) || {
            echo "gave up waiting for: $*"
            return 1
        }
        nap
    done
}

# A 50th of a second, without a program: from a pipe that nothing comes from.
nap() {
    [ -n "${NOTHING:-}" ] || exec {NOTHING}<> <(:)
    read -r -t 0.02 -u "$NOTHING" || true
}

is_status() {
    local state
    state=$(brig state "$1") && [[ $state =~ \"status\":\ *\"$2\" ]]
}

# The reporter's output in the container: report NAME prints the value of `NAME=value` in $output.
report() {
    sed -n "s/^$1=//p" <<<"$output"
}

# equal WHAT IS WANTED
equal() {
    [ "$2" = "$3" ] || {
        echo "$1 is '$2', wanted '$3'"
        return 1
    }
}

contains() {
    [[ $1 == *"$2"* ]] || {
        echo "'$1' does not contain '$2'"
        return 1
    }
}

lacks() {
    [[ $1 != *"$2"* ]] || {
        echo "'$1' contains '$2'"
        return 1
    }
}

# fails COMMAND...: with status 1. For commands that could leave a process with the output open, where `run` would wait.
fails() {
    local code=0
    "$@" </dev/null >"$T/stdout" 2>"$T/stderr" || code=$?
    equal "exit status of '$*'" "$code" 1
}

# refused TEXT COMMAND...: the command fails as engines expect of a failure: status 1 (exec: 255), nothing on stdout, one
# line on stderr with TEXT, and one JSON record with TEXT in the log. Run it as `refused TEXT create …`.
refused() {
    local text=$1 code=0 wanted=1 stderr record
    shift
    [ "$1" != exec ] || wanted=255
    [ ! -e "$LOG" ] || rm "$LOG"
    logged "$@" >"$T/stdout" 2>"$T/stderr" </dev/null || code=$?
    mapfile -t stderr <"$T/stderr"
    printf '%s\n' "${stderr[@]}"
    equal "exit status" "$code" "$wanted"
    [ ! -s "$T/stdout" ] || equal stdout "$(<"$T/stdout")" ""
    equal "lines on stderr" "${#stderr[@]}" 1
    contains "${stderr[0]}" "$text"
    mapfile -t record <"$LOG"
    equal "lines in the log" "${#record[@]}" 1
    record=$(jq -er 'select(.level == "error" and (.time | test("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)$"))).msg' \
        "$LOG") || {
        echo "not a record as engines read it: $(<"$LOG")"
        return 1
    }
    contains "$record" "$text"
}

# refuses_to_create TEXT: `create` of the bundle is refused, and leaves nothing.
refuses_to_create() {
    refused "$1" create --bundle "$BUNDLE" --pid-file "$T/pid" "$ID"
    no_entries
    [ ! -e "$T/pid" ] || {
        echo "a pid file was written"
        return 1
    }
    nothing_left
}

# The state root is empty.
no_entries() {
    shopt -s dotglob nullglob
    local entries=("$ROOT"/*)
    shopt -u dotglob nullglob
    equal "entries of the state root" "${entries[*]##*/}" ""
}

# All cgroup directories named after this test's containers, in $CGROUPS_LEFT.
find_cgroups_left() {
    local mount
    CGROUPS_LEFT=()
    shopt -s globstar nullglob
    for mount in $CGROUP_MOUNTS; do CGROUPS_LEFT+=("$mount"/**/*"$ID"*/); done
    shopt -u globstar nullglob
}

# bats lets nothing fail in teardown but its last command.
nothing_left() {
    local mounts CGROUPS_LEFT
    find_cgroups_left
    equal "left of the cgroups" "${CGROUPS_LEFT[*]}" "" || return
    mounts=$(</proc/self/mountinfo)
    [[ $mounts != *" $T/"* ]] ||
        equal "left mounted" "$(awk -v t="$T/" 'index($5, t) == 1 {print $5}' <<<"$mounts")" "" || return
    equal "/dev/null" "$(stat -c '%a %u:%g %t:%T' /dev/null)" "666 0:0 1:3"
}

# cgroup CONTROLLER PID: the directory, as this machine's files show it; fails if there is none.
cgroup() {
    local line path mount
    if [ "$BRIG_WORLD" != v1 ] || [ "$1" = unified ]; then
        line=$(grep '^0::' "/proc/$2/cgroup")
        mount=$(awk '/ - cgroup2 / {print $5; exit}' /proc/self/mountinfo)
    else
        line=$(grep -E "^[0-9]+:([^:]*,)?$1(,[^:]*)?:" "/proc/$2/cgroup")
        mount=$(awk -v c="$1" '/ - cgroup / && $NF ~ "(^|,)" c "(,|$)" {print $5; exit}' /proc/self/mountinfo)
    fi
    path=${line#*:*:}
    echo "$mount$path"
}

# needs_controller NAME: skips where this world can't limit by it.
needs_controller() {
    if [ "$BRIG_WORLD" = v1 ]; then
        grep -qE " - cgroup .*[ ,]$1(,|$)" /proc/self/mountinfo || skip "no $1 controller here"
    else
        grep -qw "$1" /sys/fs/cgroup/cgroup.controllers || skip "cgroup v2 has no $1 controller on this machine"
    fi
}
