# Engines with a runtime of our choice: $BRIG (default: build/release/brig).
#
# conformance/engines/run gives these tests a mount, network and process namespace of their own, in which /run, /var/lib
# and /etc/containers are empty: nothing that an engine keeps meets the machine's own, and no daemon can outlive the test.

bats_require_minimum_version 1.5.0

REPOSITORY=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
BRIG=${BRIG:-$REPOSITORY/build/release/brig}
IMAGE=localhost/busybox:test

needs() {
    local program
    for program; do
        command -v "$program" >/dev/null || skip "$program is not installed"
    done
}

# wrap PROGRAM OPTION...: from here on PROGRAM is run with these options first. A file, so that other programs see it too.
wrap() {
    local program=$1 path
    path=$(command -v "$program")
    shift
    mkdir -p "$BATS_FILE_TMPDIR/bin"
    printf '#!/bin/sh\nexec %s "$@"\n' "$(printf '%q ' "$path" "$@")" >"$BATS_FILE_TMPDIR/bin/$program"
    chmod +x "$BATS_FILE_TMPDIR/bin/$program"
    export PATH=$BATS_FILE_TMPDIR/bin:$PATH
}

# A root file system as a tar archive, which each engine imports: there is no registry to ask.
make_archive() {
    local bundle=$BATS_FILE_TMPDIR/bundle
    "$REPOSITORY/tests/support/bundle" minimal "$bundle" true
    tar -C "$bundle/rootfs" --numeric-owner -cf "$BATS_FILE_TMPDIR/rootfs.tar" .
}

# wait_until SECONDS COMMAND...
wait_until() {
    local tries=$(($1 * 20))
    shift
    until "$@" >/dev/null 2>&1; do
        ((tries-- > 0)) || {
            echo "gave up waiting for: $*"
            return 1
        }
        sleep 0.05
    done
}

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

# in_terminal COMMAND...: with a terminal as its standard input and output.
in_terminal() {
    script -qec "$(printf '%q ' "$@")" /dev/null </dev/null
}
