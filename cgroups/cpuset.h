// cgroup v1: a new cpuset has no CPUs and no memory nodes, and no process can join it (cgroup-v1/cpusets). For
// cgroups/ itself.
#pragma once

#include "base/result.h"
#include "cgroups/manager.h"

namespace brig::cgroups {

// Gives the container's cpuset, and those above it that are empty, what their parents have.
Result<void> fill_cpuset(const Hierarchy& hierarchy);

}  // namespace brig::cgroups
