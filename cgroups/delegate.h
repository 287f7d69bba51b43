// Which files of a cgroup its delegate may own. For cgroups/ itself.
#pragma once

#include <string>
#include <vector>

#include "base/cstr.h"
#include "base/result.h"

namespace brig::cgroups {

// The names in the kernel's list at `path` (one a line), or those that the specification gives for kernels without it.
Result<std::vector<std::string>> delegated_files(CStr path);

}  // namespace brig::cgroups
