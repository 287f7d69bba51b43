# SIGKILL at any instant: what is left can be cleaned by `delete --force`, and nothing leaks.

load helpers

killed() {
    bundle docker sleep 1000
    [ "$1" != minimal ] || bundle minimal sleep 1000
    run "$SUPPORT/kill_points" "$BRIG" "$ROOT" "$BUNDLE" "$ID" "$3" "$2"
    echo "$output"
    equal "exit status" "$status" 0
}

@test "create killed at 50 points of its life" {
    killed docker create 50
}

@test "create of a small container killed at 50 points of its life" {
    killed minimal create 50
}

@test "create with hooks killed at 30 points" {
    config '.hooks = {"createRuntime": [{"path": "/bin/sleep", "args": ["sleep", "0.01"]}],
        "createContainer": [{"path": "/bin/sleep", "args": ["sleep", "0.01"]}]}'
    args sleep 1000
    run "$SUPPORT/kill_points" "$BRIG" "$ROOT" "$BUNDLE" "$ID" 30 create
    echo "$output"
    equal "exit status" "$status" 0
}

@test "start killed at 20 points" {
    killed minimal start 20
}

@test "exec killed at 30 points: its process is gone, or runs, and goes with the container" {
    killed minimal exec 30
}

@test "delete --force killed at 30 points" {
    killed minimal delete 30
}

@test "the init killed while it is created: state says stopped, delete cleans" {
    created
    kill -KILL "$(<"$T/pid")"
    wait_until is_status "$ID" stopped
    brig delete "$ID"
    no_entries
}
