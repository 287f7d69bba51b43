# exec: another process in a container, as engines and people use it.

load helpers

# receive NAME: an engine's listener at $T/NAME; tells what it got in $T/NAME.told, a terminal's text in $T/NAME.text.
receive() {
    "$SUPPORT/receive" "$T/$1" "$T/$1.text" >"$T/$1.told" 2>&1 3>&- &
    PIDS+=($!)
    wait_until grep -q ready "$T/$1.told"
}

# process FILTER [JQ-OPTION...]: a process document at $T/process.json, made of the container's by jq.
process() {
    jq ".process | $1" "${@:2}" <"$BUNDLE/config.json" >"$T/process.json"
}

# The same of init and of a process that exec brings: all that confines it, and where it is.
confinement() {
    grep -E '^(cwd|Uid|Gid|Groups|Cap...|NoNewPrivs|Seccomp|Seccomp_filters|umask|env|request_key)='
}

# exec_fails ARG...: brig's own failure, which has a status that commands don't.
exec_fails() {
    local code=0
    brig exec "$@" </dev/null >"$T/stdout" 2>"$T/stderr" || code=$?
    equal "exit status of 'exec $*'" "$code" 255
}

# Debian's bats has no timeout of its own: what could hang for ever must not.
brig_at_most() {
    timeout -k 1 "$1" "$BRIG" --root "$ROOT" "${@:2}"
}

@test "exec runs a command, with its own streams and its exit status" {
    running
    run --separate-stderr -7 brig exec "$ID" sh -c 'cat; echo err >&2; exit 7' <<<in
    equal stdout "$output" in
    equal stderr "$stderr" err
    run -137 brig exec "$ID" sh -c 'kill -9 $$'
    equal status "$(status_of "$ID")" running
    equal pid "$(brig state "$ID" | jq .pid)" "$(<"$T/pid")"
}

@test "exec works in a created container too" {
    created
    run -0 brig exec "$ID" hostname
    equal output "$output" brig
    is_status "$ID" created
    brig start "$ID"
}

@test "the process is in every namespace, the cgroup and the root of the container" {
    bundle docker
    running
    brig exec --detach --pid-file "$T/exec.pid" "$ID" sleep 1000 </dev/null >/dev/null 2>&1
    local pid init name
    pid=$(<"$T/exec.pid") init=$(<"$T/pid")
    for name in pid net mnt ipc uts user cgroup time; do
        equal "$name namespace" "$(readlink "/proc/$pid/ns/$name")" "$(readlink "/proc/$init/ns/$name")"
    done
    equal cgroups "$(<"/proc/$pid/cgroup")" "$(<"/proc/$init/cgroup")"
    equal root "$(stat -L -c %d:%i "/proc/$pid/root")" "$(stat -L -c %d:%i "/proc/$init/root")"
    equal oom_score_adj "$(<"/proc/$pid/oom_score_adj")" "$(<"/proc/$init/oom_score_adj")"
    equal "session leader" "$(sed 's/.*) //' "/proc/$pid/stat" | awk '{print $4}')" "$pid"
    brig delete --force "$ID"
    wait_until [ ! -e "/proc/$pid" ]
}

@test "without options it is confined as the container's own process (T-18)" {
    bundle docker
    args sh -c '/bin/in >/tmp/in.txt; sleep 1000'
    config '.process.user = {"uid": 1000, "gid": 2000, "umask": 23, "additionalGids": [5, 77]} | .process.cwd = "/tmp" |
        .process.noNewPrivileges = true | .process.oomScoreAdj = 321 |
        .process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}, {"type": "RLIMIT_CORE", "soft": 0, "hard": 7}]'
    brig create --bundle "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >/dev/null 2>&1
    brig start "$ID"
    wait_until grep -q '^env=' "$BUNDLE/rootfs/tmp/in.txt"
    sleep 0.1
    run -0 brig exec "$ID" in
    local init
    init=$(confinement <"$BUNDLE/rootfs/tmp/in.txt" | sort)
    [ "$(wc -l <<<"$init")" -gt 14 ]
    equal confinement "$(confinement <<<"$output" | grep -v '^env=\(PWD\|SHLVL\|OLDPWD\)=' | sort)" \
        "$(grep -v '^env=\(PWD\|SHLVL\|OLDPWD\)=' <<<"$init")"
    contains "$output" 'Seccomp_filters=1'
    run -0 brig exec "$ID" sh -c 'cat /proc/self/oom_score_adj; ulimit -n; ulimit -Hn'
    equal "limits" "$output" $'321\n100\n200'
}

@test "each process has a session keyring of its own (T-33)" {
    running
    local first
    run -0 brig exec "$ID" in
    first=$(report keyring)
    equal request_key "$(report request_key)" ENOKEY
    [ "$first" -gt 0 ]
    run -0 brig exec "$ID" in
    [ "$(report keyring)" != "$first" ]
}

@test "a process document: what it does not say is the container's, what it says counts" {
    config '.process.user = {"uid": 1000, "gid": 1000, "umask": 23} | .process.env += ["ONLY=container"]'
    running
    echo '{"args": ["/bin/in"], "cwd": "/tmp", "env": ["A=b"]}' >"$T/process.json"
    run -0 brig exec --process "$T/process.json" "$ID"
    equal cwd "$(report cwd)" /tmp
    equal Uid "$(report Uid)" '1000 1000 1000 1000'
    equal umask "$(report umask)" 0027
    equal CapBnd "$(report CapBnd)" 0000000000000021
    equal NoNewPrivs "$(report NoNewPrivs)" 1
    equal env "$(report env | sort)" $'A=b\nHOME=/'
    process '.args = ["/bin/in"] | .user = {"uid": 7, "gid": 8, "additionalGids": [9]} | .noNewPrivileges = false | .env = [] |
        .capabilities = {"bounding": ["CAP_KILL"]}'
    run -0 brig exec -p "$T/process.json" "$ID"
    equal Uid "$(report Uid)" '7 7 7 7'
    equal Gid "$(report Gid)" '8 8 8 8'
    equal Groups "$(report Groups)" '9 '
    equal NoNewPrivs "$(report NoNewPrivs)" 0
    equal CapBnd "$(report CapBnd)" 0000000000000020
    equal CapPrm "$(report CapPrm)" 0000000000000000
}

@test "the process document may be gone as soon as exec returns" {
    running
    process '.args = ["sleep", "1000"]'
    brig exec --process "$T/process.json" --detach --pid-file "$T/exec.pid" "$ID" </dev/null >/dev/null 2>&1
    rm "$T/process.json"
    [ -d "/proc/$(<"$T/exec.pid")" ]
}

@test "a bad process document is refused, by its place" {
    running
    local document
    while IFS='|' read -r document text; do
        echo "$document" >"$T/process.json"
        refused "$text" exec --process "$T/process.json" --detach --pid-file "$T/exec.pid" "$ID"
        [ ! -e "$T/exec.pid" ]
        lacks "$(<"$T/stderr")" config.json
    done <<'EOT'
{"args": [], "cwd": "/"}|/args
{"cwd": "/"}|args
{"args": ["true"], "cwd": "tmp"}|/cwd
{"args": ["true"]}|cwd
{"args": ["true"], "cwd": "/", "user": {"uid": 4294967295}}|/user/uid
{"args": ["true"], "cwd": "/", "env": ["NOVALUE"]}|/env/0
{"args": ["true"], "cwd": "/", "rlimits": [{"type": "RLIMIT_CORE", "soft": 2, "hard": 1}]}|soft
not json|JSON
EOT
    refused 'no such file or directory' exec --process "$T/nothing" "$ID"
}

@test "options: user, groups, cwd, environment" {
    running
    run -0 brig exec -u 1000 "$ID" in
    equal Uid "$(report Uid)" '1000 1000 1000 1000'
    equal Gid "$(report Gid)" '0 0 0 0'
    run -0 brig exec --user=1000:2000 -g 77 --additional-gids 5 --cwd /tmp -e A=b --env 'TERM=new=x' -e A=c "$ID" in
    equal Uid "$(report Uid)" '1000 1000 1000 1000'
    equal Gid "$(report Gid)" '2000 2000 2000 2000'
    equal Groups "$(report Groups)" '5 77 '
    equal cwd "$(report cwd)" /tmp
    equal A "$(report env | grep '^A=')" A=c
    equal TERM "$(report env | grep '^TERM=')" TERM=new=x
    export HOSTSECRET=leak
    run -0 brig exec "$ID" env
    lacks "$output" leak
}

@test "a user is a number, whatever the image's passwd says (T-19)" {
    printf 'x:x:0:0::/:\n1:x:0:0::/:\n4294967296:x:0:0::/:\n' >>"$BUNDLE/rootfs/etc/passwd"
    running
    local user
    for user in -1 4294967295 4294967296 1:4294967296 18446744073709551616 0x1 '1 ' ' 1' 1: :1 '' root x 1:x 1:2:3 +1; do
        refused '--user' exec "--user=$user" "$ID" true
    done
    run -0 brig exec -u 1 "$ID" in
    equal Uid "$(report Uid)" '1 1 1 1'
    run -0 brig exec -u 4294967294:4294967294 "$ID" in
    equal Gid "$(report Gid)" '4294967294 4294967294 4294967294 4294967294'
}

@test "--cap adds, but nothing that is inheritable (T-17)" {
    config '.process.capabilities.inheritable = ["CAP_KILL"]'
    running
    run -0 brig exec --cap CAP_KILL -c CAP_NET_RAW "$ID" in
    equal CapInh "$(report CapInh)" 0000000000000020
    equal CapPrm "$(report CapPrm)" 0000000000002021
    equal CapEff "$(report CapEff)" 0000000000002021
    equal CapBnd "$(report CapBnd)" 0000000000002021
    equal CapAmb "$(report CapAmb)" 0000000000000020
    refused 'CAP_NOTHING' exec --cap CAP_NOTHING "$ID" true
}

@test "--no-new-privs" {
    config '.process.noNewPrivileges = false'
    running
    run -0 brig exec "$ID" in
    equal NoNewPrivs "$(report NoNewPrivs)" 0
    run -0 brig exec --no-new-privs "$ID" in
    equal NoNewPrivs "$(report NoNewPrivs)" 1
}

@test "the errors have the words that engines look for, and no pid file is written" {
    echo x >"$BUNDLE/rootfs/tmp/plain"
    running
    local command
    while IFS='|' read -r command text; do
        refused "$text" exec --detach --pid-file "$T/exec.pid" "$ID" "$command"
        [ ! -e "$T/exec.pid" ]
        lacks "$(<"$T/stderr")" config.json
    done <<'EOT'
nosuch|exec: "nosuch": executable file not found in $PATH
/bin/nosuch|no such file or directory
/tmp/plain|permission denied
/tmp|is a directory
/tmp/plain/x|not a directory
EOT
    refused 'no such file or directory' exec --cwd /nowhere "$ID" true
    refused 'container does not exist' exec "$ID-none" true
    brig kill "$ID" KILL
    wait_until is_status "$ID" stopped
    refused 'cannot exec in a stopped container' exec "$ID" true
}

@test "the command line: options end at the container's ID" {
    running
    run -0 brig exec "$ID" echo --user 5 -d -- -x
    equal output "$output" '--user 5 -d -- -x'
    refused 'COMMAND' exec "$ID"
    process '.args = ["true"]'
    refused 'COMMAND' exec --process "$T/process.json" "$ID" true
    refused 'NAME=VALUE' exec --env NOVALUE "$ID" true
    refused 'absolute' exec --cwd tmp "$ID" true
    refused 'cannot allocate tty' exec --detach --tty "$ID" true
    refused 'cannot use console socket' exec --detach --console-socket "$T/x" "$ID" true
    refused 'cannot use console socket' exec --tty --console-socket "$T/x" "$ID" true
}

@test "the pid file has the pid of the program, as the caller counts, and its parent is the caller's to be" {
    running
    brig exec --detach --pid-file "$T/exec.pid" "$ID" sleep 1234 </dev/null >/dev/null 2>&1
    equal cmdline "$(tr '\0' ' ' <"/proc/$(<"$T/exec.pid")/cmdline")" 'sleep 1234 '
    equal "bytes after the number" "$(tr -d 0-9 <"$T/exec.pid" | wc -c)" 0
}

@test "nothing keeps the runtime's output open after exec --detach of a program with streams of its own" {
    running
    timeout 10 "$BRIG" --root "$ROOT" exec --detach "$ID" nosuch 2>&1 </dev/null | timeout 5 cat >"$T/out"
    equal "cat's status" "${PIPESTATUS[1]}" 0
}

@test "detached with a terminal: the master comes by the console socket, before exec returns" {
    running
    receive console
    process '.args = ["sh", "-c", "/bin/in --ptmx; stty size; echo done"] | .terminal = true | .consoleSize = {"height": 33, "width": 99}'
    brig exec --process "$T/process.json" --detach --pid-file "$T/exec.pid" --console-socket "$T/console" "$ID" </dev/null >"$T/out" 2>&1
    wait_until grep -q end=closed "$T/console.told"
    contains "$(<"$T/console.told")" descriptors=1
    contains "$(<"$T/console.told")" "after=b''"
    contains "$(<"$T/console.text")" tty
    contains "$(<"$T/console.text")" '33 99'
    [ ! -e "$BUNDLE/rootfs/dev/console" ]
}

@test "the pidfd socket gets the process's pidfd" {
    running
    receive pidfd
    brig exec --detach --pidfd-socket "$T/pidfd" --pid-file "$T/exec.pid" "$ID" sleep 1000 </dev/null >/dev/null 2>&1
    wait_until grep -q kind=pidfd "$T/pidfd.told"
    contains "$(<"$T/pidfd.told")" "pid=$(<"$T/exec.pid")"
    kill -9 "$(<"$T/exec.pid")"
    wait_until grep -q end=exited "$T/pidfd.told"
}

@test "in the foreground with a terminal: it is copied, sized, and ours again afterwards" {
    running
    run -0 timeout 60 python3 - "$BRIG" "$ROOT" "$ID" <<'EOT'
import fcntl, os, pty, struct, sys, termios
brig, root, id = sys.argv[1:]
pid, master = pty.fork()
if pid == 0:
    os.execv(brig, [brig, "--root", root, "exec", "-t", id, "sh", "-c",
                    "/bin/in --ptmx; read line; echo got $line; until stty size | grep 45.112; do sleep 0.1; done; exit 9"])
fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 44, 111, 0, 0))
text = b""
def until(word):
    global text
    while word not in text:
        try:
            text += os.read(master, 1000)
        except OSError:
            break
    assert word in text, (word, text)
until(b"tty\r\n")
fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 112, 0, 0))
os.write(master, b"hello\n")
until(b"got hello")
until(b"45 112")
_, status = os.waitpid(pid, 0)
assert os.waitstatus_to_exitcode(status) == 9, status
EOT
}

@test "in the foreground signals are passed on" {
    running
    "$BRIG" --root "$ROOT" exec "$ID" sh -c 'trap "echo caught; exit 3" TERM; echo ready; while :; do sleep 0.05; done' \
        </dev/null >"$T/out" 2>&1 3>&- &
    local brig=$! code=0
    PIDS+=("$brig")
    wait_until grep -q ready "$T/out"
    kill -TERM "$brig"
    wait "$brig" || code=$?
    equal "exit status" "$code" 3
    contains "$(<"$T/out")" caught
}

@test "dispositions and mask of signals are the default ones" {
    running
    run -0 env python3 -c 'import os,signal,sys
signal.signal(signal.SIGPIPE, signal.SIG_IGN); signal.signal(signal.SIGHUP, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
os.execv(sys.argv[1], sys.argv[1:])' "$BRIG" --root "$ROOT" exec "$ID" in --signals
    equal SigBlk "$(report SigBlk)" 0000000000000000
    equal SigIgn "$(report SigIgn)" 0000000000000000
}

@test "the process has descriptors 0, 1, 2 and no other, but those to be preserved (T-1)" {
    running
    run -0 brig exec "$ID" in 9</ 23</etc 4</dev/null </dev/null
    equal descriptors "$(report fd | awk '{print $1}' | paste -sd' ')" '0 1 2'
    run -0 brig exec --preserve-fds 2 "$ID" in 3</dev/zero 4</dev/null 9</ </dev/null
    equal descriptors "$(report fd | awk '{print $1}' | paste -sd' ')" '0 1 2 3 4'
    contains "$output" 'fd=3 20666 1:5'
    exec_fails --preserve-fds 2 "$ID" in 3</dev/zero 4<&- 5</
}

@test "a working directory outside of the root is refused (T-2, T-3)" {
    ln -s /proc/self/fd/9 "$BUNDLE/rootfs/work"
    ln -s /proc/1/root "$BUNDLE/rootfs/one"
    running
    local n
    for n in 3 4 5 6 7 8 9 10 11 12; do
        exec_fails --cwd "/proc/self/fd/$n" "$ID" in 9</ 7</sys/fs/cgroup
    done
    exec_fails --cwd /work "$ID" in 9</
    exec_fails "$ID" /proc/self/fd/9/bin/sh -c true 9</
    run -0 brig exec --cwd /one "$ID" in
    equal cwd "$(report cwd)" /
}

@test "stdio goes to the user where it can be given, the null device never (T-11)" {
    running
    run -0 brig exec --user 1000 "$ID" sh -c 'echo fine >/proc/self/fd/1' </dev/null
    equal output "$output" fine
}

@test "seccomp: the container's filter applies to exec too, whether privileges may be gained or not" {
    local nnp
    for nnp in true false; do
        config '.process.noNewPrivileges = $nnp | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
            syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 123}]}' --argjson nnp $nnp
        running
        run -1 brig exec "$ID" mkdir /tmp/a
        contains "$output" 'No medium found'
        run -0 brig exec "$ID" in
        equal Seccomp_filters "$(report Seccomp_filters)" 1
        brig delete --force "$ID"
    done
}

@test "seccomp: an agent gets the listener of each exec, with the pid of its process" {
    local nnp
    for nnp in true false; do
        rm -f "$T/agent"
        "$SUPPORT/seccomp_agent" "$T/agent" --deny mkdir=123 --deny mkdirat=123 >"$T/agent.told" 2>&1 3>&- &
        PIDS+=($!)
        wait_until grep -q ready "$T/agent.told"
        config '.process.noNewPrivileges = $nnp | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
            listenerPath: $path, syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY"}]}' \
            --argjson nnp $nnp --arg path "$T/agent"
        running
        brig exec --detach --pid-file "$T/exec.pid" "$ID" sh -c 'mkdir /tmp/a 2>/tmp/said; sleep 1000' </dev/null >/dev/null 2>&1
        wait_until grep -q 'No medium' "$BUNDLE/rootfs/tmp/said"
        equal pid "$(sed -n 's/^state=//p' "$T/agent.told" | tail -n 1 | jq .pid)" "$(<"$T/exec.pid")"
        equal "pid of the state" "$(sed -n 's/^state=//p' "$T/agent.told" | tail -n 1 | jq .state.pid)" "$(<"$T/pid")"
        brig delete --force "$ID"
        rm "$BUNDLE/rootfs/tmp/said"
    done
}

@test "scheduling, io priority, affinity, personality and memory policy are the container's" {
    config '.process.scheduler = {"policy": "SCHED_BATCH", "nice": 3} | .linux.personality = {"domain": "LINUX32"} |
        .process.ioPriority = {"class": "IOPRIO_CLASS_IDLE", "priority": 0}'
    running
    brig exec --detach --pid-file "$T/exec.pid" "$ID" sleep 1000 </dev/null >/dev/null 2>&1
    local pid
    pid=$(<"$T/exec.pid")
    equal "policy and nice" "$(sed 's/.*) //' "/proc/$pid/stat" | awk '{print $39, $17}')" '3 3'
    equal "io priority" "$(ionice -p "$pid")" idle
    equal personality "$(<"/proc/$pid/personality")" 00000008
}

@test "the CPUs that the caller is bound to are not the container's" {
    [ "$(nproc)" -ge 2 ] || skip 'one CPU'
    args sh -c 'grep Cpus_allowed_list /proc/self/status >/tmp/cpus; exec sleep 1000'
    local all
    all=$(sed -n 's/^Cpus_allowed_list:\s*//p' /proc/self/status)
    taskset -c 0 "$BRIG" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    brig start "$ID"
    wait_until grep -q Cpus "$BUNDLE/rootfs/tmp/cpus"
    equal "CPUs of the container" "$(sed 's/.*\s//' "$BUNDLE/rootfs/tmp/cpus")" "$all"
    run -0 taskset -c 0 "$BRIG" --root "$ROOT" exec "$ID" grep Cpus_allowed_list /proc/self/status
    equal "CPUs of exec" "${output##*[[:space:]]}" "$all"
}

@test "execCPUAffinity: the exec's own counts before the container's" {
    [ "$(nproc)" -ge 2 ] || skip 'one CPU'
    config '.process.execCPUAffinity = {"initial": "0-1", "final": "1"}'
    running
    run -0 brig exec "$ID" grep Cpus_allowed_list /proc/self/status
    equal "the container's" "${output##*[[:space:]]}" 1
    process '.args = ["grep", "Cpus_allowed_list", "/proc/self/status"] | .execCPUAffinity = {"final": "0"}'
    run -0 brig exec --process "$T/process.json" "$ID"
    equal "its own" "${output##*[[:space:]]}" 0
    process '.args = ["grep", "Cpus_allowed_list", "/proc/self/status"] | .execCPUAffinity = {"initial": "0"}'
    run -0 brig exec --process "$T/process.json" "$ID"
    equal "without final" "${output##*[[:space:]]}" "$(sed -n 's/^Cpus_allowed_list:\s*//p' "/proc/$(<"$T/pid")/status")"
}

@test "a container with a user namespace" {
    config '.linux.namespaces += [{"type": "user"}] | .process.user = {"uid": 0, "gid": 0} |
        .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] |
        .linux.gidMappings = [{"containerID": 0, "hostID": 200000, "size": 65536}]'
    # A copy: the bundle's is linked to what other tests use.
    cp -a "$BUNDLE/rootfs" "$BUNDLE/own"
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_SUITE_TMPDIR" "$BATS_FILE_TMPDIR" "${T%/*}" "$T" "$BUNDLE"
    chown -R --no-dereference 100000:200000 "$BUNDLE/own"
    config '.root.path = "own"'
    running
    brig exec --detach --pid-file "$T/exec.pid" "$ID" sleep 1000 </dev/null >/dev/null 2>&1
    equal "user outside" "$(stat -c %u:%g "/proc/$(<"$T/exec.pid")")" 100000:200000
    equal "user namespace" "$(readlink "/proc/$(<"$T/exec.pid")/ns/user")" "$(readlink "/proc/$(<"$T/pid")/ns/user")"
    run -0 brig exec -u 1000:1000 -g 5 "$ID" in
    equal Uid "$(report Uid)" '1000 1000 1000 1000'
    equal Groups "$(report Groups)" '5 '
    refused 'invalid argument' exec -u 70000 "$ID" true
}

@test "a container that shares another's namespaces, as in a pod" {
    running "$ID-pause"
    local pause
    pause=$(<"$T/pid")
    config '.linux.namespaces = [{"type": "mount"}, {"type": "pid", "path": "/proc/\($p)/ns/pid"},
        {"type": "network", "path": "/proc/\($p)/ns/net"}, {"type": "ipc", "path": "/proc/\($p)/ns/ipc"},
        {"type": "uts", "path": "/proc/\($p)/ns/uts"}] | del(.hostname)' --arg p "$pause"
    running "$ID-work"
    brig exec --detach --pid-file "$T/exec.pid" "$ID-work" sleep 1000 </dev/null >/dev/null 2>&1
    local name
    for name in pid net ipc uts; do
        equal "$name namespace" "$(readlink "/proc/$(<"$T/exec.pid")/ns/$name")" "$(readlink "/proc/$pause/ns/$name")"
    done
    equal "mount namespace" "$(readlink "/proc/$(<"$T/exec.pid")/ns/mnt")" "$(readlink "/proc/$(<"$T/pid")/ns/mnt")"
}

@test "a container without a pid namespace: the process is the host's, and goes with the container" {
    config '.linux.namespaces |= map(select(.type != "pid")) | .mounts |= map(select(.type != "proc"))'
    running
    brig exec --detach --pid-file "$T/exec.pid" "$ID" sleep 1000 </dev/null >/dev/null 2>&1
    equal "pid namespace" "$(readlink "/proc/$(<"$T/exec.pid")/ns/pid")" "$(readlink /proc/self/ns/pid)"
    equal parent "$(awk '/^PPid/ {print $2}' "/proc/$(<"$T/exec.pid")/status" | sed 's/^1$/adopted/')" \
        "$(awk '/^PPid/ {print $2}' "/proc/$(<"$T/pid")/status" | sed 's/^1$/adopted/')"
    brig delete --force "$ID"
    wait_until [ ! -e "/proc/$(<"$T/exec.pid")" ]
}

@test "a container in a mount namespace of another: the root is the container's, not the other's" {
    unshare -m --propagation private sleep 1000 3>&- &
    local pid=$!
    PIDS+=("$pid")
    wait_until grep -q sleep "/proc/$pid/comm"
    config '.linux.namespaces |= map(if .type == "mount" then .path = "/proc/\($p)/ns/mnt" else . end)' --arg p "$pid"
    running || cat "$T/out"
    run -0 brig exec "$ID" sh -c 'ls -d /boot; ls /bin/busybox'
    contains "$output" 'No such file'
    contains "$output" /bin/busybox
}

@test "--cgroup: below the container's own, and nowhere else (T-29)" {
    running
    local path directories=()
    # shellcheck disable=SC2086 # several words; and other cgroups may vanish meanwhile
    mapfile -t directories < <(find $CGROUP_MOUNTS -type d -name "$ID" 2>/dev/null)
    for path in "${directories[@]}"; do
        mkdir "$path/sub"
        # In v1 a new cpuset has nothing, and takes no process.
        [ ! -e "$path/sub/cpuset.mems" ] || [ "$BRIG_WORLD" != v1 ] || {
            cat "$path/cpuset.cpus" >"$path/sub/cpuset.cpus"
            cat "$path/cpuset.mems" >"$path/sub/cpuset.mems"
        }
    done
    brig exec --detach --cgroup sub --pid-file "$T/exec.pid" "$ID" sleep 1000 </dev/null >"$T/out" 2>&1 || {
        cat "$T/out"
        return 1
    }
    local found
    found=$(grep -c "$ID/sub\$" "/proc/$(<"$T/exec.pid")/cgroup")
    equal "cgroups joined" "$found" "${#directories[@]}"
    kill -9 "$(<"$T/exec.pid")"
    run -0 brig exec --cgroup / "$ID" true
    refused 'lead out' exec --cgroup ../x "$ID" true
    refused 'lead out' exec --cgroup sub/../../x "$ID" true
    refused 'no such file or directory' exec --cgroup nothing "$ID" true
    refused 'cgroup' exec --cgroup "nosuch:/sub" "$ID" true
    if [ "$BRIG_WORLD" = v1 ]; then
        brig exec --detach --cgroup memory,pids:sub --pid-file "$T/exec.pid" "$ID" sleep 1000 </dev/null >/dev/null 2>&1
        grep -q ":memory:.*$ID/sub\$" "/proc/$(<"$T/exec.pid")/cgroup"
        grep -q ":cpuacct:.*$ID\$\|cpu,cpuacct:.*$ID\$" "/proc/$(<"$T/exec.pid")/cgroup"
    fi
}

# bats test_tags=uml
@test "where the container's cgroup takes no processes, the process goes where the container's init is" {
    [ "$BRIG_WORLD" != v1 ] || skip 'v1 has no such rule'
    needs_controller pids
    running
    local top
    top=$(cgroup unified "$(<"$T/pid")")
    mkdir "$top/inner"
    echo "$(<"$T/pid")" >"$top/inner/cgroup.procs"
    echo +pids >"$top/cgroup.subtree_control"
    brig exec --detach --pid-file "$T/exec.pid" "$ID" sleep 1000 </dev/null >/dev/null 2>&1
    contains "$(<"/proc/$(<"$T/exec.pid")/cgroup")" "$ID/inner"
    refused 'gives controllers' exec --cgroup / "$ID" true
}

@test "where the container's cgroup is gone, the process goes where the container's init has gone" {
    [ "$BRIG_WORLD" != v1 ] || skip 'v1 keeps a cgroup in each hierarchy'
    running
    local top
    top=$(cgroup unified "$(<"$T/pid")")
    mkdir "$top-left"
    echo "$(<"$T/pid")" >"$top-left/cgroup.procs"
    rmdir "$top"
    brig exec --detach --pid-file "$T/exec.pid" "$ID" sleep 1000 </dev/null >/dev/null 2>&1
    contains "$(<"/proc/$(<"$T/exec.pid")/cgroup")" "${top##*/}-left"
    refused 'no such file or directory' exec --cgroup / "$ID" true
    brig delete --force "$ID"
    wait_until rmdir "$top-left"
}

@test "a paused container is refused, unless told otherwise" {
    running
    brig pause "$ID"
    refused 'cannot exec in a paused container (use --ignore-paused to override)' exec "$ID" true
    "$BRIG" --root "$ROOT" exec --ignore-paused "$ID" sh -c 'echo went on' </dev/null >"$T/out" 2>&1 3>&- &
    local exec=$!
    PIDS+=("$exec")
    sleep 1.5
    equal "output while it is paused" "$(<"$T/out")" ''
    kill -0 "$exec"
    brig resume "$ID"
    wait "$exec"
    equal output "$(<"$T/out")" 'went on'
}

@test "an exec that waits can be interrupted, and its process goes with it" {
    running
    brig pause "$ID"
    local exec code=0 signal
    for signal in INT TERM; do
        env --default-signal=INT "$BRIG" --root "$ROOT" exec --ignore-paused "$ID" touch /tmp/ran </dev/null >"$T/out" 2>&1 3>&- &
        exec=$!
        PIDS+=("$exec")
        sleep 0.5
        kill "-$signal" "$exec"
        wait_until [ ! -e "/proc/$exec" ]
        code=0
        wait "$exec" || code=$?
        equal "exit status by $signal" "$code" "$((128 + $(kill -l "$signal")))"
    done
    brig resume "$ID"
    sleep 0.3
    [ ! -e "$BUNDLE/rootfs/tmp/ran" ]
}

@test "an exec on its way ends if the container is paused meanwhile" {
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $path,
        syscalls: [{names: ["execve"], action: "SCMP_ACT_NOTIFY"}]}' --arg path "$T/agent"
    # An agent that takes what it gets and never answers.
    python3 -c 'import socket,sys,time
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(5); kept = []
while True:
    c, _ = s.accept(); kept.append(socket.recv_fds(c, 65536, 1)); kept.append(c)' "$T/agent" 3>&- >/dev/null 2>&1 &
    PIDS+=($!)
    wait_until [ -S "$T/agent" ]
    created
    "$BRIG" --root "$ROOT" exec "$ID" true </dev/null >"$T/out" 2>&1 3>&- &
    local exec=$! code=0
    PIDS+=("$exec")
    sleep 0.3
    brig pause "$ID"
    wait "$exec" || code=$?
    equal "exit status" "$code" 255
    contains "$(<"$T/out")" 'paused meanwhile'
    brig resume "$ID"
}

@test "the container's end ends an exec, on its way or in the foreground" {
    running
    "$BRIG" --root "$ROOT" exec "$ID" sh -c 'echo up; sleep 1000' </dev/null >"$T/out" 2>&1 3>&- &
    local exec=$! code=0
    PIDS+=("$exec")
    wait_until grep -q up "$T/out"
    brig kill "$ID" KILL
    wait "$exec" || code=$?
    equal "exit status" "$code" 137
}

@test "who stops every process that comes does not make exec hang (T-44)" {
    args sh -c 'trap : TERM; while :; do for p in /proc/[0-9]*; do n=${p#/proc/}; [ $n = 1 ] || kill -STOP $n; done 2>/dev/null; done'
    brig create --bundle "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >/dev/null 2>&1
    brig start "$ID"
    local n code
    for n in 1 2 3 4 5; do
        code=0
        brig_at_most 20 exec --detach "$ID" true </dev/null >"$T/out" 2>&1 || code=$?
        [ "$code" -eq 0 ] || [ "$code" -eq 255 ] || {
            echo "exit status $code: $(<"$T/out")"
            return 1
        }
    done
    timeout 15 "$BRIG" --root "$ROOT" delete --force "$ID"
}

@test "the runtime's file can't be reached from a process that joins (T-27)" {
    local before
    before=$(sha256sum <"$BRIG")
    args sh -c 'while :; do for e in /proc/[0-9]*/exe; do l=$(readlink "$e" 2>/dev/null); case $l in *brig*) echo "$l" >>/tmp/seen;; esac; (: >>"$e") 2>/dev/null; done; done'
    config '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE"])'
    brig create --bundle "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >/dev/null 2>&1
    brig start "$ID"
    local n
    for n in $(seq 20); do brig exec "$ID" true </dev/null; done
    run ! brig exec "$ID" /proc/self/exe # the loader, which has no program to load
    brig delete --force "$ID"
    equal "the runtime's file" "$(sha256sum <"$BRIG")" "$before"
    [ ! -e "$BUNDLE/rootfs/tmp/seen" ] || equal "what was seen" "$(sort -u "$BUNDLE/rootfs/tmp/seen")" '/memfd:brig (deleted)'
}

@test "what arrives has no more rights than its program, whoever traces it there, and shows nothing of the host (T-5)" {
    local nnp filter case=0
    for nnp in true false; do
        # None; one that forbids nothing that a clone needs, but clone3, as engines' do.
        for filter in null '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}'; do
            case=$((case + 1))
            args sh -c "exec /bin/in --watch >/tmp/seen.$case"
            config '.process.noNewPrivileges = $nnp | .linux.seccomp = $filter |
                .process.capabilities |= map_values(. + ["CAP_SYS_PTRACE"] | unique)' --argjson nnp $nnp --argjson filter "$filter"
            brig create --bundle "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >/dev/null 2>&1
            brig start "$ID"
            wait_until grep -q watching "$BUNDLE/rootfs/tmp/seen.$case"
            local n seen=$BUNDLE/rootfs/tmp/seen.$case
            for n in $(seq 15); do brig exec "$ID" true </dev/null >/dev/null 2>&1 9</; done
            brig delete --force "$ID"
            grep -q '^exe=' "$seen"
            equal "capabilities of what was traced" "$(sed -n 's/^traced=\([0-9a-f]\{16\}\) .*/\1/p' "$seen" | sort -u)" 0000000000080021
            equal "of the host" "$(grep -v -e '^watching$' -e '^traced=' -e '^cmdline=true' -e '^cmdline=brig *$' -e '^cwd=/$' \
                -e '^root=/$' -e '^exe=/memfd:brig (deleted)$' -e '^exe=/bin/busybox$' -e '^fd=/dev/null$' \
                -e '^fd=socket:' "$seen" | sort -u)" ''
        done
    done
}

@test "a working directory that is exchanged for a link out of it, again and again (T-5)" {
    mkdir -p "$BUNDLE/rootfs/race/dir"
    ln -s /proc/1/root "$BUNDLE/rootfs/race/link"
    args sh -c '/bin/in --swap /race/dir /race/link & exec /bin/in --swap /race/one /race/two'
    mkdir "$BUNDLE/rootfs/race/one"
    ln -s /proc/self/fd/9 "$BUNDLE/rootfs/race/two"
    config '.root.readonly = false'
    brig create --bundle "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >/dev/null 2>&1
    brig start "$ID"
    local n code entered=0
    for n in $(seq 40); do
        code=0
        output=$(brig exec --cwd "/race/$([ $((n % 2)) = 0 ] && echo dir || echo one)" "$ID" in 9</ 7</sys/fs/cgroup 2>&1 </dev/null) || code=$?
        lacks "$output" unreachable
        if [ "$code" -eq 0 ]; then
            [[ $(report cwd) == / || $(report cwd) == /race/* ]]
            entered=$((entered + 1))
        fi
    done
    [ "$entered" -gt 0 ]
}

@test "config.json may change or go: exec does not read it" {
    running
    rm "$BUNDLE/config.json"
    run -0 brig exec "$ID" in
    equal CapBnd "$(report CapBnd)" 0000000000000021
}

@test "a missing HOME comes from the container's passwd, for the user of the exec" {
    echo 'u:x:1000:1000::/home/u:/bin/sh' >>"$BUNDLE/rootfs/etc/passwd"
    running
    run -0 brig exec -u 1000 "$ID" sh -c 'echo $HOME'
    equal HOME "$output" /home/u
}

# bats test_tags=uml
@test "AppArmor: the container's profile, or one of its own" {
    cat /proc/self/attr/apparmor/current >/dev/null 2>&1 || skip 'AppArmor is not enabled here'
    printf 'profile brig-exec-%s flags=(attach_disconnected) {\n file,\n capability,\n deny /denied r,\n}\n' a b |
        apparmor_parser --replace --skip-cache --quiet
    echo secret >"$BUNDLE/rootfs/denied"
    config '.process.apparmorProfile = "brig-exec-a"'
    running
    run brig exec "$ID" sh -c 'cat /proc/self/attr/apparmor/current; cat /denied'
    contains "$output" 'brig-exec-a (enforce)'
    contains "$output" 'Permission denied'
    run -0 brig exec --apparmor unconfined "$ID" sh -c 'cat /proc/self/attr/apparmor/current /denied'
    contains "$output" unconfined
    refused 'no such profile is loaded' exec --apparmor brig-exec-none "$ID" true
    printf 'profile brig-exec-%s {}\n' a b | apparmor_parser --remove --quiet
}

@test "a label without its module is refused" {
    cat /proc/self/attr/apparmor/current >/dev/null 2>&1 && skip 'AppArmor is enabled here'
    running
    refused 'AppArmor is not enabled' exec --apparmor some "$ID" true
    cat /proc/self/attr/keycreate >/dev/null 2>&1 && skip 'SELinux is active here'
    refused 'SELinux is not enabled' exec --process-label u:r:t:s0 "$ID" true
}
