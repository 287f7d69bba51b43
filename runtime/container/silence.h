// Runs in: runtime.
#pragma once

#include "base/error.h"
#include "cgroups/manager.h"
#include "runtime/process/child.h"

namespace brig::container {

// If `error` is that the process closed its channel without a word: waits for its end, and says how it ended and,
// if its cgroup ran out of memory, why. Any other error as it is.
Error explain_silence(Error error, process::Child& process, const cgroups::Location& cgroup);

}  // namespace brig::container
