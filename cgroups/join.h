// Why a process can't enter a cgroup. For cgroups/ itself.
#pragma once

#include "base/error.h"
#include "base/fd.h"
#include "cgroups/manager.h"

namespace brig::cgroups {

// An error of cloning into a cgroup, or of writing to its cgroup.procs, with what it says about the cgroup as a hint.
Error explain_join(const Hierarchy& hierarchy, FdRef directory, Error error);

}  // namespace brig::cgroups
