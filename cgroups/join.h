// Why a cgroup can't be made, and why a process can't enter it. For cgroups/ itself.
#pragma once

#include "base/error.h"
#include "base/fd.h"
#include "cgroups/manager.h"

namespace brig::cgroups {

// An error of cloning into a cgroup, or of writing to its cgroup.procs, with what it says about the cgroup as a hint.
Error explain_join(const Hierarchy& hierarchy, FdRef directory, Error error);

// An error of making the directory of a cgroup, or one above it, with the limit that is reached as a hint.
Error explain_make(const Hierarchy& hierarchy, Error error);

}  // namespace brig::cgroups
