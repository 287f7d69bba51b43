# Counts what test programs printed, and chooses tests; for scripts/check and scripts/lab, which source it.
#
# Each function that counts sets passes, failures and skips, and prints what is to be seen of the log: failures, and the
# reason of each skip.

# count_tap LOG STATUS: of what bats printed.
count_tap() {
    local log=$1 code=$2
    skips=$(grep -cE '^ok .*# skip|^not ok .*# TODO' "$log")
    passes=$(grep '^ok ' "$log" | grep -vc '# skip')
    failures=$(grep '^not ok ' "$log" | grep -vc '# TODO')
    awk '/^not ok / && !/# TODO/, /^ok /' "$log" | grep -v '^ok ' | sed 's/^/    /' | head -n 100
    sed -n 's/^ok [0-9]* \(.*\) # skip \(.*\)/    skipped: \1: \2/p' "$log" | head -n 20
    sed -n 's/^not ok [0-9]* -* *\(.*\) # TODO \(.*\)/    expected: \1: \2/p' "$log"
    if [ "$code" -eq 77 ] && [ $((passes + failures)) -eq 0 ]; then
        tail -n 1 "$log" | sed 's/^/    /'
        skips=1
    elif [ "$code" -ne 0 ] && [ "$failures" -eq 0 ] && ! grep -q '^leaks: ' "$log"; then
        echo "    exit status $code"
        tail -n 20 "$log" | sed 's/^/    /'
        failures=1
    fi
}

# count_gtest LOG STATUS: of what test programs printed.
count_gtest() {
    local log=$1 code=$2
    passes=$(awk '/^\[  PASSED  \] [0-9]+ test/ {sum += $4} END {print sum + 0}' "$log")
    skips=$(grep -c '^\[  SKIPPED \] .*ms)$' "$log")
    failures=$(grep -c '^\[  FAILED  \] .*ms)$' "$log")
    # Crashed or hung. 99 is the leak checker's, which is counted by itself.
    if [ "$code" -ne 0 ] && [ "$code" -ne 99 ] && [ "$failures" -eq 0 ]; then failures=1; fi
    if [ "$code" -ne 0 ]; then
        echo "    $(basename "$log" .log): exit status $code"
        grep -B 12 '^\[  FAILED  \] .*ms)$' "$log" | sed 's/^/    /' | head -n 60
        grep -q '^\[  FAILED' "$log" || tail -n 20 "$log" | sed 's/^/    /'
    fi
}

# skipped_gtest LOG: each skip; its reason stands on the line before.
skipped_gtest() {
    grep -B 1 '^\[  SKIPPED \] .*ms)$' "$1" | grep -v '^--' | sed 's/^/    /' | head -n 20
}

# skips_tap LOG STATUS, skips_gtest LOG STATUS: each skipped test with its reason, one a line.
skips_tap() {
    sed -nE 's/^ok [0-9]* (.*) # skip (.*)/\1: \2/p; s/^not ok [0-9]* -* *(.*) # TODO (.*)/\1: \2/p' "$1"
    [ "$2" -ne 77 ] || grep -q '^ok' "$1" || tail -n 1 "$1"
}
skips_gtest() {
    awk '/^\[  SKIPPED \] .*ms\)$/ { print $4 ": " reason } { reason = $0 }' "$1"
    [ "$2" -ne 77 ] || tail -n 1 "$1"
}

# count_leaks LOG: what the leak checker found counts as one more test of the suite.
count_leaks() {
    if grep -q '^leaks: ' "$1"; then
        grep '^leaks: ' "$1" | sed 's/^/    /' | head -n 30
        failures=$((failures + 1))
    else
        passes=$((passes + 1))
    fi
}

# tagged TAG FILE...: the options and files for bats that run the tests of these files that say
#     # bats test_tags=TAG,...        (for all of a file: file_tags)
# one word a line. Debian 12's bats is the last that can't choose by them itself, but it takes an expression for the
# names; all in a name that means something there is replaced by a dot.
tagged() {
    awk -v tag="$1" '
        function told() { return index("," substr($0, index($0, "=") + 1) ",", "," tag ",") > 0 }
        FNR == 1 { whole = 0 }
        /^# bats file_tags=/ { whole = told() }
        /^# bats test_tags=/ { one = told() }
        /^@test / {
            if (whole || one) {
                name = $0
                sub(/^@test "/, "", name)
                sub(/" \{$/, "", name)
                gsub(/[^A-Za-z0-9 \\]/, ".", name)
                gsub(/\\/, ".?", name)
                names = names (names == "" ? "" : "|") name
                files[FILENAME] = 1
            }
            one = 0
        }
        END {
            if (names == "") exit 1
            print "--filter\n^(" names ")$"
            for (file in files) print file | "sort"
        }' "${@:2}"
}
