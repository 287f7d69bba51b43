// Settings to the files of a cgroup. For cgroups/ itself.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "cgroups/manager.h"
#include "cgroups/resources.h"

namespace brig::cgroups {

// The controllers that settings are about. `needed`: an error where they can't be had; `if_offered`: only where the
// machine has them at all. Those of which a new cgroup has the default are in neither.
struct Controllers {
  std::vector<std::string> needed, if_offered;
};
Controllers controllers_of(const std::vector<Setting>& settings);

// Writes one setting to the files in `directory`, or its other form if the first does not exist. Says with a warning
// what is optional and has no file. Errors name the property, and say what they mean: a limit below what is used (v1,
// EBUSY), a file that this kernel does not have.
Result<void> write_setting(FdRef directory, const Setting& setting);

// What makes an existing directory unfit for a new container: its limits would be shared, its end would kill strangers
// (config-linux.md#control-groups). kState if processes are in it, or below it, or if it is frozen.
Result<void> check_unused(const Hierarchy& hierarchy, FdRef directory);

// That an optional setting is left out.
void note_left_out(const Setting& setting);

}  // namespace brig::cgroups
