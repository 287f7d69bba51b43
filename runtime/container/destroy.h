// Runs in: runtime.
#pragma once

#include "base/proc_dir.h"
#include "base/result.h"
#include "runtime/container/directory.h"

namespace brig::container {

// Ends every process of the container and waits until its init is gone (10 s at most: a process in an uninterruptible
// wait can't be ended).
Result<void> end_processes(const Record& record, const ProcDir& proc);

// Removes what create made: leftover processes, cgroup, resctrl groups, directory; each step goes on if its object is
// already gone. poststop hooks come last, and only warn. Requires: init has ended, the directory is locked (or nobody
// else knows it).
Result<void> destroy(Directory& directory, const Record& record);

}  // namespace brig::container
