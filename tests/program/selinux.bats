# process.selinuxLabel, on a kernel with SELinux and a policy that knows LABEL:
# tests/lab/uml -s selinux tests/lab/with-selinux gives one.

load helpers

LABEL=system_u:system_r:container_t:s0:c1,c2

prepare() {
    { printf '%s\0' "$LABEL" >/sys/fs/selinux/context; } 2>/dev/null ||
        skip "no SELinux with a policy that knows $LABEL: tests/lab/uml -s selinux tests/lab/with-selinux …"
}

# label LABEL: process.selinuxLabel.
label() {
    config '.process.selinuxLabel = $l' --arg l "$1"
}

@test "the program has the label" {
    local nnp
    for nnp in true false; do
        label "$LABEL"
        config '.process.noNewPrivileges = $n' --argjson n "$nnp"
        args cat /proc/self/attr/current
        run brig run -b "$BUNDLE" "$ID" </dev/null
        equal "label with noNewPrivileges $nnp" "${output%$'\0'}" "$LABEL"
    done
}

@test "the categories of a label may be spelled in any way" {
    local spelled
    args cat /proc/self/attr/current
    for spelled in s0:c2,c1 s0:c1.c2 s0:c1,c2-s0:c1,c2; do
        label "system_u:system_r:container_t:$spelled"
        run brig run -b "$BUNDLE" "$ID" </dev/null
        equal "label by $spelled" "${output%$'\0'}" "$LABEL"
    done
}

@test "without a label, and with an empty one, it is the runtime's" {
    local filter
    args cat /proc/self/attr/current
    for filter in . '.process.selinuxLabel = ""'; do
        config "$filter"
        run brig run -b "$BUNDLE" "$ID" </dev/null
        equal "label by $filter" "$(tr -d '\0' <<<"$output")" "$(tr -d '\0' </proc/self/attr/current)"
    done
}

@test "a label that the policy does not know is refused, and nothing is left" {
    label system_u:system_r:nothing_t:s0
    refuses_to_create 'knows no such label'
    contains "$(<"$T/stderr")" /process/selinuxLabel
}

@test "the session keyring has the label, and keys made later have none of it" {
    label "$LABEL"
    args sh -c '/bin/in; exec sleep 1000'
    brig create -b "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null >"$T/out" 2>&1
    brig start "$ID"
    wait_until grep -q '^keyring=' "$T/out"
    equal "label of the keyring" "$(keyctl security "$(sed -n 's/^keyring=//p' "$T/out")" | tr -d '\0')" "$LABEL"
    equal "label of new keys" "$(tr -d '\0' <"/proc/$(<"$T/pid")/attr/keycreate")" ""
}

# label_of_exec OPTION...: the label of a process that exec brings.
label_of_exec() {
    local told
    told=$(brig exec "$@" "$ID" cat /proc/self/attr/current </dev/null | tr -d '\0')
    echo "$told"
}

@test "exec: the container's label, one of its own, one that the policy does not know" {
    local nnp
    for nnp in true false; do
        label "$LABEL"
        config '.process.noNewPrivileges = $n' --argjson n "$nnp"
        running
        equal "label of exec" "$(label_of_exec)" "$LABEL"
        equal "by --process-label" "$(label_of_exec --process-label "${LABEL%c1,c2}c0,c3")" "${LABEL%c1,c2}c0,c3"
        jq '.process | .args = ["cat", "/proc/self/attr/current"] | .selinuxLabel = $l' --arg l "${LABEL%c1,c2}c3" \
            <"$BUNDLE/config.json" >"$T/process.json"
        equal "by a process document" "$(brig exec --process "$T/process.json" "$ID" </dev/null | tr -d '\0')" "${LABEL%c1,c2}c3"
        refused 'knows no such label' exec --process-label system_u:system_r:nothing_t:s0 "$ID" true
        brig delete --force "$ID"
    done
}

@test "exec: the session keyring has the label, and keys made later have none of it" {
    label "$LABEL"
    running
    brig exec --detach --pid-file "$T/exec.pid" "$ID" sh -c '/bin/in; exec sleep 1000' </dev/null >"$T/exec.out" 2>&1
    wait_until grep -q '^keyring=' "$T/exec.out"
    equal "label of the keyring" "$(keyctl security "$(sed -n 's/^keyring=//p' "$T/exec.out")" | tr -d '\0')" "$LABEL"
    equal "label of new keys" "$(tr -d '\0' <"/proc/$(<"$T/exec.pid")/attr/keycreate")" ""
}
