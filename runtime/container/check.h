// Runs in: runtime.
//
// `brig check`: what of a bundle would fail here, be ignored, or have no effect. Does all that create does before it
// makes anything, and looks at what would come after. Touches nothing: files are opened without changing their access
// time where the caller may ask for that (O_NOATIME, open(2)), and nothing is written.
#pragma once

#include <string>
#include <vector>

#include "cgroups/manager.h"

namespace brig::container {

struct Finding {
  enum class Level {
    kNote,     // has no effect, or could not be looked at
    kWarning,  // would be done otherwise than config.json says
    kError,    // create or start would fail
  };
  Level level = Level::kError;
  std::string rule;     // a name that does not change between releases: "namespaces-once"
  std::string pointer;  // JSON pointer into config.json; "" for the bundle as a whole
  std::string section;  // of the specification that is about it: "config.md#mounts"
  std::string text;     // one line
};

struct CheckRequest {
  std::string bundle = ".";
  cgroups::Manager manager = cgroups::Manager::kCgroupfs;
};

// In the order in which they were found: the document, the rules between its parts, then what this machine says. Never
// fails: that something can't be checked is a finding.
std::vector<Finding> check(const CheckRequest& request);

}  // namespace brig::container
