// Runs in: init.
#pragma once

#include "base/root_dir.h"
#include "base/sys.h"
#include "runtime/mounts/plan.h"

namespace brig::mounts {

// Where the work is done: the plan, and the container's root with its identity. Borrows both.
struct Site {
  const Plan& plan;
  const RootDir& root;
  struct statx root_stat;  // STATX_MNT_ID and the device
};

Result<Site> make_site(const Plan& plan, const RootDir& root);

}  // namespace brig::mounts
