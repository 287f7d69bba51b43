# What all files share: the reporter, and one bundle of each kind that the tests copy (by links: it is quick).

setup_suite() {
    local support
    support=$(cd "$BATS_TEST_DIRNAME/../support" && pwd)
    gcc -O1 -static -Wall -Wextra -Werror -o "$BATS_SUITE_TMPDIR/in" "$support/in.c"
    "$support/bundle" --in "$BATS_SUITE_TMPDIR/in" minimal "$BATS_SUITE_TMPDIR/minimal"
    "$support/bundle" --in "$BATS_SUITE_TMPDIR/in" docker "$BATS_SUITE_TMPDIR/docker"
}
