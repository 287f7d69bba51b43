// cgroup v2: which controllers a cgroup has, and the way down from the root by which it gets them. For cgroups/ itself.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "cgroups/apply.h"
#include "cgroups/manager.h"

namespace brig::cgroups {

// Enables in cgroup.subtree_control of every ancestor what the top of the hierarchy offers, so that `leaf` (the
// directory of `hierarchy`) has all of it: engines read statistics of, and later set limits by, controllers that nobody
// named at first. Writes nothing if it has these already: cpuset, cpu, io, memory, pids, and what is asked for. Leaves
// alone what passes them on already, what has processes of its own and what this user may not write to. kUnsupported,
// naming the controller, the ancestor that lacks it, why and what to do, if one of `needed` can't be had, or one of
// `if_offered` although the top of the hierarchy has it. (cgroup-v2, "Enabling and Disabling".)
Result<void> enable_controllers(const Hierarchy& hierarchy, FdRef leaf, Controllers controllers);

// Why a controller does not get to a cgroup.
struct Obstacle {
  std::string text;  // "controller memory is not available in /sys/fs/cgroup"; "" if nothing is in the way
  std::string hint;  // what to do; may be empty
};
// The first on the way down to the container's cgroup that lacks `controller`, or does not pass it on and can't be told
// to. Ancestors that are not there are none. Reads only.
Result<Obstacle> obstacle_on_way(const Hierarchy& hierarchy, const std::string& controller);

}  // namespace brig::cgroups
