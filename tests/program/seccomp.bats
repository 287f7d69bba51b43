# linux.seccomp through the whole program: above all SCMP_ACT_NOTIFY, where somebody outside of the container answers.

load helpers

# agent [OPTION...]: an agent at $T/agent, which tells what it got in $T/agent.told.
agent() {
    rm -f "$T/agent" "$T/agent.told" # an agent before this one was ready too
    "$SUPPORT/seccomp_agent" "$T/agent" "$@" >"$T/agent.told" 2>&1 3>&- &
    PIDS+=($!)
    wait_until grep -q ready "$T/agent.told"
}

# told NAME: the values of `NAME=` that the agent told.
told() {
    sed -n "s/^$1=//p" "$T/agent.told"
}

# notify NO_NEW_PRIVS CALL...: all calls are allowed, these are the agent's to answer.
notify() {
    local nnp=$1
    shift
    config '.process.noNewPrivileges = $nnp | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
        listenerPath: $path, listenerMetadata: "a \"string\"",
        syscalls: [{names: $ARGS.positional, action: "SCMP_ACT_NOTIFY"}]}' \
        --argjson nnp "$nnp" --arg path "$T/agent" --args -- "$@"
}

# What the agent got is the specification's container process state of container $ID. state_is STATUS [PID]
state_is() {
    equal "messages" "$(told state | wc -l)" 1
    equal "descriptors" "$(told descriptors)" 1
    told state | jq -e --arg id "$ID" --arg bundle "$(cd "$BUNDLE" && pwd -P)" --arg status "$1" '
        .ociVersion == "1.3.0" and .fds == ["seccompFd"] and (.pid | type) == "number" and .pid > 1 and
        .metadata == "a \"string\"" and .state.ociVersion == "1.3.0" and .state.id == $id and .state.pid == .pid and
        .state.status == $status and .state.bundle == $bundle and .state.annotations == {"a": "b"}' || {
        echo "not that state: $(told state)"
        return 1
    }
    [ $# -eq 1 ] || equal "pid" "$(told state | jq .pid)" "$2"
}

@test "notify: the agent gets the listener and the state, and its answer is the call's (run)" {
    local nnp
    for nnp in false true; do
        agent --deny mkdir=123 --deny mkdirat=123
        args sh -c 'mkdir /tmp/a; echo status=$?'
        notify "$nnp" mkdir mkdirat
        config '.annotations = {"a": "b"}'
        run brig run -b "$BUNDLE" "$ID" </dev/null
        contains "$output" "No medium found" # errno 123
        contains "$output" "status=1"
        state_is "$([ "$nnp" = true ] && echo created || echo creating)"
        [ "$(told call | wc -l)" -ge 1 ]
    done
}

@test "notify: a call that the agent lets go on is made" {
    agent
    args sh -c 'mkdir /tmp/a && [ -d /tmp/a ] && echo made'
    notify true mkdir mkdirat
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal output "$output" made
}

@test "notify: create and start; the listener comes when the filter is loaded" {
    local nnp
    for nnp in false true; do
        agent --deny mkdir=123 --deny mkdirat=123
        args sh -c 'mkdir /tmp/a; sleep 1000'
        notify "$nnp" mkdir mkdirat
        config '.annotations = {"a": "b"}'
        brig create -b "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
        # An agent serves one connection at a time: none is held from create to start.
        if [ "$nnp" = true ]; then equal "told by create" "$(told state)" ''; else state_is creating "$(<"$T/pid")"; fi
        brig start "$ID"
        state_is "$([ "$nnp" = true ] && echo created || echo creating)" "$(<"$T/pid")"
        wait_until grep -q "No medium found" "$T/out"
        brig delete --force "$ID"
    done
}

# Whatever init does between loading and execve(2), and all that the agent's answers depend on.
@test "notify: a start can't wait for itself" {
    local nnp hook='[{"path": "/bin/sh", "args": ["sh", "-c", "echo hook"]}]'
    for nnp in false true; do
        agent
        args sh -c 'echo runs; exit 5'
        notify "$nnp" sendmsg recvmsg sendto recvfrom accept4 accept close close_range fcntl futex sched_yield ioctl poll \
            ppoll execve execveat clone clone3 exit exit_group read mmap munmap brk mprotect openat fstat newfstatat \
            setresuid setresgid setgroups capset capget prctl chdir getcwd faccessat2 umask rt_sigprocmask rt_sigaction \
            wait4 waitid pipe2 dup2 dup3 getpid setsid seccomp clock_nanosleep nanosleep
        config '.hooks.startContainer = $h' --argjson h "$hook"
        run timeout 20 "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null
        equal "exit status" "$status" 5
        contains "$output" runs
        # The call that becomes the program was the agent's to answer.
        told call | grep -qx "$(python3 -c 'import platform; print({"x86_64": 59}.get(platform.machine(), 221))')"
    done
}

@test "notify: calls that no filter lets through don't hinder the listener" {
    agent --deny mkdir=123 --deny mkdirat=123
    args mkdir /tmp/a
    notify true mkdir mkdirat
    config '.linux.seccomp.syscalls += [{names: ["sendmsg", "recvmsg", "sched_yield", "close_range"],
        action: "SCMP_ACT_KILL_PROCESS"}]'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    contains "$output" "No medium found"
}

@test "notify: without an agent nothing is made, and a created container stays created" {
    local nnp
    for nnp in false true; do
        args true
        notify "$nnp" mkdir
        refuses_to_create "failed to connect with seccomp agent"
        : >"$T/agent"
        refuses_to_create "is not a socket"
        rm "$T/agent"
        # A socket that nobody listens on any more.
        agent
        kill "${PIDS[-1]}"
        wait "${PIDS[-1]}" || true
        if [ "$nnp" = false ]; then
            refuses_to_create "failed to connect with seccomp agent"
        else
            brig create -b "$BUNDLE" "$ID" </dev/null
            refused "failed to connect with seccomp agent" start "$ID"
            equal status "$(status_of "$ID")" created
            agent
            brig start "$ID"
            wait_until is_status "$ID" stopped
            brig delete "$ID"
        fi
        rm -f "$T/agent"
    done
}

@test "notify: an agent that ends leaves its calls failing, not waiting" {
    agent --once
    args sh -c 'mkdir /tmp/a; echo status=$?'
    notify true mkdir mkdirat
    run timeout 20 "$BRIG" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null
    contains "$output" "Function not implemented"
    contains "$output" "status=1"
}

@test "notify: the program and the hooks get no descriptor of it" {
    agent
    args sh -c 'echo open=$(ls /proc/self/fd | xargs)'
    notify true mkdir
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal descriptors "$(report open)" "0 1 2 3" # 3 is ls's own
}

@test "notify: a relative listenerPath is the bundle's" {
    agent --deny mkdir=123 --deny mkdirat=123
    args mkdir /tmp/a
    notify true mkdir mkdirat
    config '.linux.seccomp.listenerPath = "../agent"'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    contains "$output" "No medium found"
}

@test "notify: what can't be is refused" {
    agent
    args true
    notify true mkdir write
    refuses_to_create "SCMP_ACT_NOTIFY cannot be used for the write syscall"
    notify true mkdir
    config '.linux.seccomp.defaultAction = "SCMP_ACT_NOTIFY"'
    refuses_to_create "SCMP_ACT_NOTIFY cannot be used as default action"
    notify true mkdir
    config 'del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata)'
    refuses_to_create "/linux/seccomp/listenerPath"
}

@test "notify: without such a rule nobody is looked for at listenerPath" {
    args echo runs
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/nonexistent", listenerMetadata: "x"}'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal output "$output" runs
}

@test "notify: in a user namespace, with every flag" {
    agent --deny mkdir=123 --deny mkdirat=123
    args mkdir /tmp/a
    notify false mkdir mkdirat
    config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
        "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"] |
        .linux.namespaces += [{type: "user"}] |
        .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    contains "$output" "No medium found"
}

# ---- the rest of linux.seccomp

@test "flags: absent is SPEC_ALLOW, an empty list is none" {
    args sh -c 'grep Speculation_Store_Bypass /proc/self/status'
    config '.process.noNewPrivileges = true | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"}'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    local absent=$output
    config '.linux.seccomp.flags = []'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    case $output in
    *vulnerable* | *"not vulnerable"* | *"globally mitigated"* | *unknown*)
        equal "with the mitigation out of reach" "$absent" "$output"
        skip "this kernel mitigates nothing for filters: the two can't be told apart from within"
        ;;
    esac
    contains "$output" "force mitigated"
    lacks "$absent" "force mitigated"
}

@test "calls newer than the profile don't exist (ENOSYS), older ones that it leaves out are denied" {
    args in --calls 1000 157 # 157: prctl
    config '.process.noNewPrivileges = true' # so that nothing but the program is under the filter
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 13,
        syscalls: [{names: ["execve", "write", "exit_group", "brk", "mmap", "munmap", "mprotect", "arch_prctl", "rseq",
        "set_tid_address", "set_robust_list", "prlimit64", "readlinkat", "readlink", "getrandom", "newfstatat", "fstat",
        "ioctl", "close"], action: "SCMP_ACT_ALLOW"}]}'
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal "newer" "$(report call_1000)" ENOSYS
    equal "older" "$(report call_157)" EACCES
}

@test "architectures: all of the specification are taken, others are refused" {
    args echo runs
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ($ARGS.positional | map("SCMP_ARCH_" + .))}' \
        --args -- X86 X86_64 X32 ARM AARCH64 MIPS MIPS64 MIPS64N32 MIPSEL MIPSEL64 MIPSEL64N32 PPC PPC64 PPC64LE S390 \
        S390X PARISC PARISC64 RISCV64 LOONGARCH64 M68K SH SHEB
    run brig run -b "$BUNDLE" "$ID" </dev/null
    equal output "$output" runs
    config '.linux.seccomp.architectures += ["SCMP_ARCH_VAX"]'
    refuses_to_create "/linux/seccomp/architectures/23"
}
