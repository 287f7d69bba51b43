// What create() would fail with, found without making anything. For `check`.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "cgroups/manager.h"
#include "oci/config.h"

namespace brig::cgroups {

// Limits that this version of cgroups can't express, controllers that are not to be had, a cgroup that exists and is in
// use or frozen, directories that this user may not make cgroups in; kConfig with the JSON pointer where there is one.
// Warnings go to the log, as create()'s do. Reads only.
std::vector<Error> foresee(const Location& location, const oci::Resources& resources);
// The same for a container whose cgroup is to be a scope of systemd's (`location.unit`), and what create_scope() and
// Draft::start_scope() would refuse: annotations that are no properties, values that systemd can't be told, a unit of
// this name that runs.
std::vector<Error> foresee_scope(const Location& location, const oci::Config& config, std::string_view id);

}  // namespace brig::cgroups
