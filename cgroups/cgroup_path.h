// linux.cgroupsPath as the path of a directory that a hierarchy may have. For cgroups/ itself; pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace brig::cgroups {

// The clean form of `cgroups_path`, or of `id` if that is empty: without empty and "." components; absolute if it was.
// kConfig if it has "..", names the root, has a newline (which the kernel refuses, as /proc/PID/cgroup has one line a
// hierarchy), is longer than a path or one component longer than a name may be, or if a component could be a file of
// the kernel's ("cgroup.procs", "memory.x", "tasks": "cgroup doesn't do anything to prevent name collisions",
// cgroup-v2). An id like that gets the "_" in front that the kernel's documentation keeps free for it. kUnsupported for
// the slice:prefix:name form.
Result<std::string> checked_path(std::string_view cgroups_path, std::string_view id);

}  // namespace brig::cgroups
