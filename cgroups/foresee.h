// What create() would fail with, found without making anything. For `check`.
#pragma once

#include <vector>

#include "base/result.h"
#include "cgroups/manager.h"
#include "oci/config.h"

namespace brig::cgroups {

// Limits that this version of cgroups can't express, controllers that are not to be had, a cgroup that exists and is in
// use or frozen, directories that this user may not make cgroups in; kConfig with the JSON pointer where there is one.
// Warnings go to the log, as create()'s do. Reads only.
std::vector<Error> foresee(const Location& location, const oci::Resources& resources);

}  // namespace brig::cgroups
