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

// cgroup v1: that each controller has a hierarchy here; kUnsupported, naming the first that has none.
Result<void> check_hierarchies(const Location& location, const std::vector<std::string>& needed);

// Writes one setting to the files in `directory`, or its other form if the first does not exist. Says with a warning
// what is optional and has no file. Errors name the property, and say what they mean: a limit below what is used (v1,
// EBUSY), a file that this kernel does not have.
Result<void> write_setting(FdRef directory, const Setting& setting);

// That an optional setting is left out.
void note_left_out(const Setting& setting);

}  // namespace brig::cgroups
