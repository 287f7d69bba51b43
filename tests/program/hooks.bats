# The six kinds of hooks: when they run, where, with what, and what their failure means.

load helpers

prepare() {
    # Hooks of the host's side are host programs; those of the container's side are looked up in the container.
    cat >"$T/hook" <<'SCRIPT'
#!/bin/sh
# hook NAME DIRECTORY [EXIT-STATUS]
for n in 0 1 2 3 4 5 6 7 8 9; do [ ! -e /proc/self/fd/$n ] || echo $n; done >"$2/$1.fds"
state=$(cat)
{
    echo "name=$1"
    echo "state=$state"
    for n in mnt pid uts net; do echo "$n=$(readlink /proc/self/ns/$n)"; done
    echo "env=$(env | tr '\n' ' ')"
    echo "cwd=$(pwd -P)"
    echo "umask=$(umask)"
} >"$2/$1"
echo "$1" >>"$2/order"
exit "${3:-0}"
SCRIPT
    chmod +x "$T/hook"
    mkdir -p "$T/host" "$BUNDLE/rootfs/hooked"
    cp "$T/hook" "$BUNDLE/rootfs/bin/hook"
}

# hooks NAME...: config.hooks with one hook of each kind named.
hooks() {
    local name where path
    for name; do
        where=$T/host path=$T/hook
        [ "$name" != startContainer ] || where=/hooked path=/bin/hook
        config '.hooks[$n] += [{"path": $p, "args": ["hook", $n, $w], "env": ["HOOK=yes", "PATH=/usr/bin:/bin"]}]' \
            --arg n "$name" --arg p "$path" --arg w "$where"
    done
}

told() {
    sed -n "s/^$2=//p" "$T/host/$1"
}

@test "all six run, in order" {
    hooks prestart createRuntime createContainer startContainer poststart poststop
    created
    equal "order after create" "$(xargs <"$T/host/order")" "prestart createRuntime createContainer"
    brig start "$ID"
    equal "order after start" "$(xargs <"$T/host/order")" "prestart createRuntime createContainer poststart"
    wait_until [ -e "$BUNDLE/rootfs/hooked/startContainer" ]
    brig delete --force "$ID"
    equal "order after delete" "$(xargs <"$T/host/order")" "prestart createRuntime createContainer poststart poststop"
}

@test "each gets the state on its standard input" {
    config '.annotations = {"a": "b"}'
    hooks prestart createRuntime createContainer startContainer poststart poststop
    running
    wait_until [ -s "$BUNDLE/rootfs/hooked/startContainer" ]
    brig delete --force "$ID"
    cp "$BUNDLE/rootfs/hooked/startContainer" "$T/host/startContainer"
    local name status
    while read -r name status; do
        told "$name" state | jq -e --arg id "$ID" --arg s "$status" --arg b "$BUNDLE" '.id == $id and .status == $s
            and .bundle == $b and .annotations == {"a": "b"} and (.ociVersion | test("^1\\."))' || {
            echo "$name got $(told "$name" state)"
            return 1
        }
    done <<<'prestart creating
createRuntime creating
createContainer creating
startContainer created
poststart running
poststop stopped'
    equal "pid in the state" "$(told createRuntime state | jq .pid)" "$(<"$T/pid")"
}

@test "each runs in the namespaces that the specification says" {
    hooks prestart createRuntime createContainer startContainer poststart poststop
    running
    local name
    for name in mnt pid uts net; do
        eval "local $name; $name=\$(readlink /proc/$(<"$T/pid")/ns/$name)"
    done
    wait_until [ -s "$BUNDLE/rootfs/hooked/startContainer" ]
    brig delete --force "$ID"
    for name in prestart createRuntime poststart poststop; do
        equal "mount namespace of $name" "$(told "$name" mnt)" "$(readlink /proc/self/ns/mnt)"
        equal "network namespace of $name" "$(told "$name" net)" "$(readlink /proc/self/ns/net)"
    done
    equal "mount namespace of createContainer" "$(told createContainer mnt)" "$mnt"
    equal "network namespace of createContainer" "$(told createContainer net)" "$net"
    # Before the pivot, so it sees the host's files: it could write to $T/host.
    output=$(<"$BUNDLE/rootfs/hooked/startContainer")
    equal "mount namespace of startContainer" "$(report mnt)" "$mnt"
    equal "host name's namespace of startContainer" "$(report uts)" "$uts"
}

@test "their environment is theirs alone, descriptors 0 to 2 too (T-23)" {
    config '.process.env += ["LD_PRELOAD=/evil.so", "CONTAINER=1"]'
    hooks prestart createRuntime createContainer poststart poststop
    HOSTSECRET=leak created 9</
    HOSTSECRET=leak brig start "$ID" 9</
    HOSTSECRET=leak brig delete --force "$ID" 9</
    local name
    for name in prestart createRuntime createContainer poststart poststop; do
        contains "$(told "$name" env)" HOOK=yes
        lacks "$(told "$name" env)" LD_PRELOAD
        lacks "$(told "$name" env)" CONTAINER
        lacks "$(told "$name" env)" HOSTSECRET
        # 10 and above are the shell's own, for its script
        equal "descriptors of $name" "$(xargs <"$T/host/$name.fds")" "0 1 2"
    done
}

@test "a hook without env has an empty environment" {
    printf '#!/bin/sh\ntr "\\0" "\\n" </proc/$$/environ >%s\n' "$T/host/environ" >"$T/plain"
    chmod +x "$T/plain"
    config '.hooks.createRuntime = [{"path": $p}]' --arg p "$T/plain"
    HOSTSECRET=leak created
    equal "environment" "$(<"$T/host/environ")" ''
}

# config.md leaves it open; as with crun, whatever directory brig itself is called in.
@test "each starts in the bundle, those of the container in the program's directory" {
    config '.process.cwd = "/tmp"'
    mkdir -p "$BUNDLE/rootfs/tmp"
    hooks prestart createRuntime createContainer startContainer poststart poststop
    cd /
    running
    wait_until [ -s "$BUNDLE/rootfs/hooked/startContainer" ]
    brig delete --force "$ID"
    local name
    for name in prestart createRuntime createContainer poststart poststop; do
        equal "directory of $name" "$(told "$name" cwd)" "$(realpath "$BUNDLE")"
    done
    output=$(<"$BUNDLE/rootfs/hooked/startContainer")
    equal "directory of startContainer" "$(report cwd)" /tmp
}

# A bundle can be gone by the time that its container is deleted.
@test "a poststop hook runs if its bundle is gone" {
    hooks poststop
    created
    mv "$BUNDLE" "$BUNDLE.gone"
    (cd / && brig delete --force "$ID")
    equal "directory" "$(told poststop cwd)" /
}

@test "what hooks make is not for everybody to write to: the caller's umask, the container's for its own" {
    hooks prestart createRuntime createContainer startContainer poststart poststop
    umask 0027
    running
    wait_until [ -s "$BUNDLE/rootfs/hooked/startContainer" ]
    brig delete --force "$ID"
    umask 0022
    local name
    for name in prestart createRuntime createContainer poststart poststop; do
        equal "umask of $name" "$(told "$name" umask)" 0027
    done
    output=$(<"$BUNDLE/rootfs/hooked/startContainer")
    equal "umask of startContainer" "$(report umask)" 0022
    rm "$BUNDLE/rootfs/hooked/startContainer"
    config '.process.user.umask = 63'
    running "$ID-2"
    wait_until [ -s "$BUNDLE/rootfs/hooked/startContainer" ]
    output=$(<"$BUNDLE/rootfs/hooked/startContainer")
    equal "umask of startContainer" "$(report umask)" 0077
}

@test "a startContainer hook without env has the program's, an empty one is empty" {
    printf '#!/bin/sh\ntr "\\0" "\\n" </proc/$$/environ >/environ.$1\n' >"$BUNDLE/rootfs/bin/plain"
    chmod +x "$BUNDLE/rootfs/bin/plain"
    config '.process.env = ["PATH=/bin", "A=of the program"] | .hooks.startContainer = [
        {"path": "/bin/plain", "args": ["plain", "without"]}, {"path": "/bin/plain", "args": ["plain", "empty"], "env": []}]'
    running
    contains "$(<"$BUNDLE/rootfs/environ.without")" 'A=of the program'
    equal "environment" "$(<"$BUNDLE/rootfs/environ.empty")" ''
}

# A profile from before clone3, close_range, faccessat2 and pidfd_send_signal, in force before the hooks run.
@test "startContainer hooks and the program run under a seccomp profile that does not know newer calls" {
    config '.process.noNewPrivileges = false | .linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        {"names": ["clone3", "close_range", "faccessat2", "pidfd_send_signal", "getcwd"], "action": "SCMP_ACT_ERRNO"}]}'
    hooks startContainer
    running
    wait_until [ -s "$BUNDLE/rootfs/hooked/startContainer" ]
    equal descriptors "$(xargs <"$BUNDLE/rootfs/hooked/startContainer.fds")" "0 1 2"
    is_status "$ID" running
}

@test "a hook's path must be absolute, its timeout greater than zero" {
    config '.hooks.poststop = [{"path": "bin/true"}]'
    refuses_to_create /hooks/poststop/0/path
    config '.hooks.poststop = [{"path": "/bin/true", "timeout": 0}]'
    refuses_to_create /hooks/poststop/0/timeout
}

@test "the pid of a hook's state is the container's own in the container, the host's outside" {
    hooks createContainer startContainer createRuntime poststart
    running
    wait_until [ -s "$BUNDLE/rootfs/hooked/startContainer" ]
    equal "pid for createRuntime" "$(told createRuntime state | jq .pid)" "$(<"$T/pid")"
    equal "pid for poststart" "$(told poststart state | jq .pid)" "$(<"$T/pid")"
    equal "pid for createContainer" "$(told createContainer state | jq .pid)" 1
    output=$(<"$BUNDLE/rootfs/hooked/startContainer")
    equal "pid for startContainer" "$(report state | jq .pid)" 1
}

@test "a hook that does not read its input is fine" {
    config '.hooks.createRuntime = [{"path": "/bin/true"}] | .annotations.big = ("x" * 200000)'
    created
}

@test "several of one kind run in the order of the list" {
    config '.hooks.createRuntime = ["one", "two", "three"] | .hooks.createRuntime |= map({"path": $p, "args": ["hook", ., $w],
        "env": ["PATH=/bin"]})' --arg p "$T/hook" --arg w "$T/host"
    created
    equal order "$(xargs <"$T/host/order")" "one two three"
}

# runtime.md#lifecycle, steps 3 to 5, 12 and 13.
@test "a failing hook before start ends the creation and leaves nothing; poststop hooks run" {
    local kind
    for kind in prestart createRuntime createContainer; do
        rm -f "$T/host/"*
        config '.hooks = {($k): [{"path": $p, "args": ["hook", $k, $w, "3"], "env": ["PATH=/bin"]}]}' \
            --arg k "$kind" --arg p "$T/hook" --arg w "$T/host"
        hooks poststop
        refuses_to_create "$T/hook"
        contains "$(<"$T/stderr")" "exit status 3"
        equal "order with a failing $kind" "$(xargs <"$T/host/order")" "$kind poststop"
        told poststop state | jq -e '.status == "stopped" and (has("pid") | not)'
    done
}

@test "a create that fails after its hooks runs the poststop hooks; before them it does not" {
    hooks createContainer poststop
    args no-such-program
    refuses_to_create 'executable file not found'
    equal order "$(xargs <"$T/host/order")" "createContainer poststop"
    rm "$T/host/order"
    config '.mounts += [{"destination": "/x", "type": "nosuchfs", "source": "x"}]'
    refuses_to_create nosuchfs
    [ ! -e "$T/host/order" ]
}

@test "the error of a failing hook has its path, how it ended, after what time, and what it said last" {
    config '.hooks.createRuntime = [{"path": "/bin/sh", "args": ["sh", "-c", "echo first; echo no space left >&2; exit 7"]}]'
    refuses_to_create 'createRuntime hook #0 `/bin/sh`: exit status 7 after'
    [[ $(<"$T/stderr") =~ "after "[0-9]+" ms: first | no space left" ]]
    config '.hooks.createRuntime = [{"path": "/bin/sh", "args": ["sh", "-c", "kill -SEGV $$"]}]'
    refuses_to_create 'createRuntime hook #0 `/bin/sh`: signal 11 after'
}

@test "a failing createRuntime hook keeps later hooks from running" {
    config '.hooks.createRuntime = [{"path": "/bin/false"}, {"path": $p, "args": ["hook", "second", $w], "env": ["PATH=/bin"]}]' \
        --arg p "$T/hook" --arg w "$T/host"
    refuses_to_create /bin/false
    [ ! -e "$T/host/second" ]
}

@test "a hook that is not there" {
    config '.hooks.createRuntime = [{"path": "/no/such/hook"}]'
    refuses_to_create /no/such/hook
    contains "$(<"$T/stderr")" 'no such file or directory'
}

# runtime.md#lifecycle, step 7: "generate an error, stop the container, and continue the lifecycle at step 12".
@test "a failing startContainer hook fails start and ends the container; the program does not run" {
    config '.hooks.startContainer = [{"path": "/bin/false"}]'
    hooks poststop
    args touch /ran
    brig create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    refused '`/bin/false`: exit status 1' start "$ID"
    [ ! -e "$BUNDLE/rootfs/ran" ]
    refused 'does not exist' state "$ID"
    no_entries
    equal poststop "$(xargs <"$T/host/order")" poststop
}

# Step 9: the same.
@test "a failing poststart hook is start's failure, and ends the container" {
    config '.hooks = {"poststart": [{"path": "/bin/false"}, {"path": $p, "args": ["hook", "second", $w], "env": ["PATH=/bin"]}]}' \
        --arg p "$T/hook" --arg w "$T/host"
    hooks poststop
    created
    refused '`/bin/false`: exit status 1' start "$ID"
    refused 'does not exist' state "$ID"
    no_entries
    # ended; whoever adopted it may not have reaped it yet
    [ ! -d "/proc/$(<"$T/pid")" ] || grep -q '^State:.Z' "/proc/$(<"$T/pid")/status"
    equal "hooks that ran" "$(xargs <"$T/host/order")" poststop
}

@test "run: a failing startContainer or poststart hook ends the container, and poststop hooks run" {
    local kind
    for kind in startContainer poststart; do
        rm -f "$T/host/"*
        config '.hooks = {($k): [{"path": "/bin/false"}]}' --arg k "$kind"
        hooks poststop
        args sleep 1000
        refused '`/bin/false`: exit status 1' run -b "$BUNDLE" "$ID"
        no_entries
        equal "hooks that ran" "$(xargs <"$T/host/order")" poststop
    done
}

@test "run: poststop hooks run once, also if the program is not to be found" {
    hooks poststop
    args true
    brig run -b "$BUNDLE" "$ID"
    equal "hooks that ran" "$(xargs <"$T/host/order")" poststop
}

@test "a failing poststop hook changes nothing; the next ones run" {
    config '.hooks.poststop = [{"path": "/bin/false"}, {"path": $p, "args": ["hook", "second", $w], "env": ["PATH=/bin"]}]' \
        --arg p "$T/hook" --arg w "$T/host"
    created
    brig delete --force "$ID"
    [ -e "$T/host/second" ]
    no_entries
}

@test "a hook that takes longer than its timeout is killed, with what it started" {
    printf '#!/bin/sh\necho $$ >%s\nsleep 1000 &\necho $! >>%s\nwait\n' "$T/host/pids" "$T/host/pids" >"$T/slow"
    chmod +x "$T/slow"
    config '.hooks.createRuntime = [{"path": $p, "timeout": 1, "env": ["PATH=/bin"]}]' --arg p "$T/slow"
    local began=$SECONDS
    refuses_to_create "$T/slow"
    [ $((SECONDS - began)) -lt 10 ]
    local pid
    while read -r pid; do
        wait_until eval "! kill -0 $pid 2>/dev/null || grep -q '^State:.Z' /proc/$pid/status"
    done <"$T/host/pids"
}
