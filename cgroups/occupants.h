// Who and what stands in the way in a cgroup, in words for errors. For cgroups/ itself.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "cgroups/manager.h"

namespace brig::cgroups {

// "12 (sh), 14 (sleep) and 3 more", with the names that the kernel knows them by (proc_pid_comm(5)). Pid 0 is how
// cgroup.procs shows a process of a pid namespace that is not below ours.
std::string name_processes(const std::vector<pid_t>& pids);

// The pids in cgroup.procs of this very cgroup, 0 included. For a threaded one the kernel tells none: empty.
Result<std::vector<pid_t>> listed_here(FdRef directory);

// What makes an existing directory unfit for a new container: its limits would be shared, its end would kill strangers
// (config-linux.md#control-groups), or no process can enter. kState if processes are in it, or below it, if it or one
// above it is frozen, if it has controllers enabled for cgroups below it (cgroup2).
Result<void> check_unused(const Hierarchy& hierarchy, FdRef directory);

// That this cgroup, which has no processes, is not frozen, nor one above it: a process that enters would stand still,
// and whoever waits for it too. kState, naming the one that was told to freeze.
Result<void> check_not_frozen(const Hierarchy& hierarchy, FdRef directory);

// "/", "/a", "/a/b" for "/a/b/leaf": outermost first.
std::vector<std::string> ancestors(const std::string& path);

}  // namespace brig::cgroups
