// The two ways to a container's statistics. For cgroups/ itself.
#pragma once

#include "base/result.h"
#include "cgroups/manager.h"
#include "cgroups/stats.h"

namespace brig::cgroups {

// Each from the v1 hierarchy of its controller; all but the pressure. (Documentation/admin-guide/cgroup-v1.)
Result<void> read_stats_v1(const Location& location, Stats& stats);
// All but the pressure, from the one directory. (Documentation/admin-guide/cgroup-v2.rst.)
Result<void> read_stats_v2(const Hierarchy& unified, Stats& stats);

}  // namespace brig::cgroups
