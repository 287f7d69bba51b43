// cgroup v2: which controllers a cgroup has, and the way down from the root by which it gets them. For cgroups/ itself.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "cgroups/apply.h"
#include "cgroups/manager.h"

namespace brig::cgroups {

// Enables controllers in cgroup.subtree_control of every ancestor, so that `leaf` (the directory of `hierarchy`) has
// those that `controllers` names, and if possible all that engines read statistics from: cpuset, cpu, io, memory, pids.
// Writes nothing if it has them. kUnsupported, naming the controller, the ancestor that lacks it and why, if one of
// `needed` can't be had, or one of `if_offered` although the top of the hierarchy has it. (cgroup-v2, "Enabling and
// Disabling".)
Result<void> enable_controllers(const Hierarchy& hierarchy, FdRef leaf, Controllers controllers);

// Whether processes are in this very cgroup, which is not the root of the tree (that one has no cgroup.type and is
// free of the rule): it can't give controllers to cgroups below it ("No Internal Process Constraint").
Result<bool> occupied(FdRef directory);

}  // namespace brig::cgroups
