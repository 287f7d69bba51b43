# What all files share: the reporter, one bundle of each kind that the tests copy (by links: it is quick), and where the
# hierarchies of cgroups are.

setup_suite() {
    local support prepared mounts
    support=$(cd "$BATS_TEST_DIRNAME/../support" && pwd)
    prepared=$("$support/bundles")
    cp -a "$prepared/." "$BATS_SUITE_TMPDIR/"
    sed -i "s,@here@/,$BATS_SUITE_TMPDIR/docker/,g" "$BATS_SUITE_TMPDIR/docker/config.json"
    mapfile -t mounts < <(awk '{for (i = 7; i < NF; ++i) if ($i == "-") {
        if ($(i + 1) ~ /^cgroup2?$/) print $5; next}}' /proc/self/mountinfo)
    export CGROUP_MOUNTS="${mounts[*]}" # no array: those are not exported
}
