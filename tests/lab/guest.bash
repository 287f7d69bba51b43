# What the guests of lab/uml, lab/uml-systemd and lab/qemu have in common; they source it. All have this machine's root file
# system, and a directory of their own in it, $dir, by which they and the machine tell each other things: `command` to
# run, its `output`, its `status`.

# guest_begin NAME COMMAND [ARG...]: makes $dir, which goes at the end with all processes in $groups. The machine's buses
# are not the guest's.
guest_begin() {
    local name=$1
    shift
    dir=$(mktemp -d "${TMPDIR:-/tmp}/brig-$name.XXXXXX")
    groups=()
    trap guest_end EXIT
    trap 'exit 143' TERM
    trap 'exit 130' INT
    mkdir "$dir/tmp"
    {
        export -p | grep -vE '^declare -x (OLDPWD|PWD|SHLVL|TMPDIR|DBUS_[A-Z_]*|XDG_RUNTIME_DIR)='
        printf 'cd %q\n' "$PWD"
        printf 'export TMPDIR=%q\n' "$dir/tmp"
        printf '%q ' "$@"
        echo
    } >"$dir/command"
    : >"$dir/output"
    guest_init "$name" >"$dir/init"
    chmod 755 "$dir" "$dir/init"
}

guest_end() {
    # The guest's processes are processes of this machine, all in the group of its kernel.
    local group
    for group in "${groups[@]}"; do kill -KILL -- "-$group" 2>/dev/null || true; done
    rm -rf "$dir"
}

# guest_first: how the guest's first process begins. What it makes must never be made on this machine's file system, which
# it sees under every mount of its own: so it goes on only if each mount is there.
guest_first() {
    cat <<'INIT'
#!/bin/bash
set -e
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
dir=${0%/*}
finish() {
    echo "${1:-126}" >"$dir/status"
    sync
    busybox poweroff -f
}
trap 'finish 126' ERR
exec >>"$dir/output" 2>&1 </dev/null
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs -o mode=755 run /run
mkdir /run/lab # what tells that this is a guest
mount -t tmpfs -o mode=1777 tmp "$dir/tmp"
ip link set lo up
INIT
}

# guest_streams: what /dev has of links.
guest_streams() {
    cat <<'INIT'
ln -sfn /proc/self/fd /dev/fd
ln -sf /proc/self/fd/0 /dev/stdin
ln -sf /proc/self/fd/1 /dev/stdout
ln -sf /proc/self/fd/2 /dev/stderr
INIT
}

# guest_init HOSTNAME: the guest's first process; a guest may have another one.
guest_init() {
    guest_first
    cat <<'INIT'
mount -t tmpfs -o mode=755 dev /dev
for node in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9' 'tty 5 0' 'ptmx 5 2'; do
    set -- $node
    mknod -m 666 "/dev/$1" c "$2" "$3"
done
INIT
    guest_streams
    cat <<'INIT'
mkdir /dev/pts /dev/shm /dev/mqueue
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t mqueue mqueue /dev/mqueue
mount -t securityfs none /sys/kernel/security
if [ -d /sys/fs/selinux ]; then mount -t selinuxfs none /sys/fs/selinux; fi
mount -t cgroup2 none /sys/fs/cgroup
for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
    echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control
done
INIT
    printf 'hostname %q\n' "$1"
    cat <<'INIT'
trap - ERR
set +e
setsid -w bash "$dir/command"
finish $?
INIT
}

# guest_run DEADLINE COMMAND [ARG...]: the command is the guest. Shows what the guest prints until it ends, and exits with
# the status that it told.
guest_run() {
    local deadline=$1 guest status
    shift
    set -m # each of these in a process group of its own
    "$@" </dev/null >"$dir/console" 2>&1 &
    guest=$!
    groups+=("$guest")
    (sleep "$deadline" && touch "$dir/late" && kill -KILL -- "-$guest") 2>/dev/null &
    groups+=($!)
    disown -a # their end is no news
    set +m
    # In the background, as only `wait` is interrupted by a signal.
    tail -s 0.1 -n +1 -f "--pid=$guest" "$dir/output" &
    wait $!
    if [ -e "$dir/late" ]; then
        echo "lab: not done after $deadline seconds" >&2
        exit 124
    fi
    status=$(cat "$dir/status" 2>/dev/null) || {
        echo "lab: the guest ended without a status; its console:" >&2
        tail -n 20 "$dir/console" >&2
        exit 125
    }
    exit "$status"
}
