// The files and directories of a cgroup hierarchy, reached by descriptors. For cgroups/ itself.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cstr.h"
#include "base/fd.h"
#include "base/result.h"
#include "cgroups/manager.h"

namespace brig::cgroups {

// Whether a cgroup vanished under our hands: its directory is missing (ENOENT) or its open files are dead (ENODEV).
bool gone(const Error& error);

// The mount point of the hierarchy; kUnsafe if what is there is not the file system it should be.
Result<UniqueFd> open_mount(const Hierarchy& hierarchy);
// The directory at `path` below `mount`, "/" being the mount itself. No links, no other mounts on the way.
Result<UniqueFd> open_below(FdRef mount, std::string_view path);
// The container's directory in this hierarchy; an empty descriptor if there is none.
Result<UniqueFd> open_cgroup(const Hierarchy& hierarchy);

// The whole of a file, without the newline at its end.
Result<std::string> read_file(FdRef directory, CStr name);
// One write(2), as cgroup files take a value whole. Errors name the file and the value.
Result<void> write_file(FdRef directory, CStr name, std::string_view value);
// The value of `key` in a file of "key value" lines ("populated 1"); "" if there is no such line.
Result<std::string> read_key(FdRef directory, CStr name, std::string_view key);

// Calls `visit` with every cgroup below `top`, children before their parents, as a name in its parent's directory.
// Holds one descriptor whatever the depth: a payload may nest deeper than we may open files. Those that vanish on the
// way are left out. Stops at the first error of `visit`.
using Visit = std::function<Result<void>(FdRef parent, const std::string& name)>;
Result<void> for_each_below(FdRef top, const Visit& visit);

// The pids in the cgroup and its sub-cgroups, in no order. Those of foreign pid namespaces (shown as 0) are left out.
Result<std::vector<pid_t>> processes_below(FdRef top);

}  // namespace brig::cgroups
