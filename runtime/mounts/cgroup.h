// Runs in: init.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "runtime/mounts/plan.h"
#include "runtime/mounts/site.h"

namespace brig::mounts {

// A mount of type "cgroup" or "cgroup2": the container's own cgroup and nothing above it. In a cgroup namespace of its
// own a fresh mount shows just that; without one the cgroup's directory is bound, as a fresh mount would show the
// host's whole tree (and in the initial cgroup namespace waits milliseconds for RCU). "ro" holds for every part
// (CVE-2023-25809).
// On cgroup v1 a small tmpfs with one mount for each hierarchy, and links for those that share one; empty: nothing to
// be kept for later.
Result<UniqueFd> perform_cgroup(const Site& site, const PlannedMount& planned);

}  // namespace brig::mounts
