// Runs in: runtime.
#pragma once

#include "cgroups/manager.h"
#include "runtime/mounts/plan.h"

namespace brig::container {

// What a mount of type "cgroup" in the container shows, in the words of mounts/ (which does not know cgroups/).
mounts::CgroupView cgroup_view(const cgroups::Location& location);

// Whether a process cloned for `draft` must still be written into a cgroup.procs: cgroup v1 has no CLONE_INTO_CGROUP.
bool needs_attach(const cgroups::Location& location, const cgroups::Draft& draft);

}  // namespace brig::container
