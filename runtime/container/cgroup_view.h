// Runs in: runtime.
#pragma once

#include <sys/types.h>

#include <optional>

#include "cgroups/manager.h"
#include "oci/config.h"
#include "runtime/mounts/plan.h"

namespace brig::container {

// What a mount of type "cgroup" in the container shows, in the words of mounts/ (which does not know cgroups/).
mounts::CgroupView cgroup_view(const cgroups::Location& location);

// The host's user that is to own the container's cgroup, so that its program can manage cgroups below it: the one that
// process.user.uid is outside, where a new cgroup namespace and a writable mount of type cgroup are asked for. nullopt:
// nobody but root, who has it anyway, or a user that is not known (a user namespace to be joined whose mappings the
// config does not tell). Whether cgroup v2 is in use is not asked here. (config-linux.md#cgroup-ownership.)
std::optional<uid_t> cgroup_owner(const oci::Config& config);

// Whether a process cloned for `draft` must still be written into a cgroup.procs: cgroup v1 has no CLONE_INTO_CGROUP.
bool needs_attach(const cgroups::Location& location, const cgroups::Draft& draft);

}  // namespace brig::container
