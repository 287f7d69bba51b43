// Runs in: runtime.
#pragma once

#include <vector>

#include "base/result.h"
#include "runtime/mounts/plan.h"

namespace brig::mounts {

// The last of `mounts` is a remount, whose flags init will change on what is mounted there. Options of the file system
// ("size=…", "sync") become those of the earlier mount that makes it, at the same destination: a file system that
// others may have mounted too is never reconfigured. So does "rw" for one that would become read-only at the end
// (destination.h, readonly_waits). kConfig if no earlier mount makes it.
Result<void> settle_remount(std::vector<PlannedMount>& mounts);

}  // namespace brig::mounts
