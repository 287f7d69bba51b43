// Runs in: runtime.
#pragma once

#include <optional>

#include "base/result.h"
#include "runtime/container/record.h"
#include "runtime/process/channel.h"
#include "runtime/process/seccomp_agent.h"

namespace brig::container {

// A connection to the agent that gets the listener of the seccomp filter loaded at start, if there is one. Before init
// is told to start: without its agent a created container stays created.
Result<std::optional<process::SeccompAgent>> connect_agent_for_start(const Record& record);

// Tells an init that is ready to go on (kStart), and returns when the program runs. What init says is returned: a
// failed startContainer hook, or execve; and the agent's failure, after init's end.
Result<void> tell_start(const process::Channel& init, const Record& record, std::optional<process::SeccompAgent> agent);

}  // namespace brig::container
