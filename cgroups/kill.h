// Signals to all of a cgroup where the kernel has no call for it. For cgroups/ itself and its tests.
#pragma once

#include "base/result.h"
#include "cgroups/manager.h"

namespace brig::cgroups {

// kill_all() without cgroup.kill, which Linux 5.14 brought and only SIGKILL has: the cgroup is frozen, if there is a
// freezer, each process is signalled, and it is thawed on every way out.
Result<void> signal_still(const Location& location, int signal);

}  // namespace brig::cgroups
