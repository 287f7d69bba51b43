// Runs in: runtime.
#pragma once

#include "base/proc_dir.h"
#include "base/result.h"
#include "runtime/container/directory.h"

namespace brig::container {

// Ends every process of the container and waits until its init is gone (10 s at most: a process in an uninterruptible
// wait can't be ended).
Result<void> end_processes(const Record& record, const ProcDir& proc);

// Removes what create made: leftover processes, cgroup, mounts, resctrl groups, directory; each step goes on if its
// object is already gone. poststop hooks come last, and only warn. Requires: init has ended, the directory is locked
// (or nobody else knows it).
Result<void> destroy(Directory& directory, const Record& record);

// After a startContainer or poststart hook has failed: stops the container and destroys it. The error is the hook's,
// `why`; what else fails is a warning. Requires: the directory is locked. Spec: runtime.md#lifecycle, steps 7 and 9.
Error end_after_hook(Directory& directory, const Record& record, const ProcDir& proc, Error why);

}  // namespace brig::container
