// What an update overwrites, kept so that it can be written back. For cgroups/ itself and its tests.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "cgroups/resources.h"

namespace brig::cgroups {

// The line that takes back a write of `written` to `file`, which reads `content` now: that of the same key in a file
// with a line for each device or interface, or what the kernel takes for its removal if there is none yet; otherwise
// the whole. nullopt if it can't be told. Pure.
std::optional<std::string> former_line(std::string_view file, std::string_view content, std::string_view written);

// One write(2) that brings a value back.
struct Former {
  std::string file;
  std::optional<std::string> value;  // nullopt: not known
  bool operator==(const Former&) const = default;
};
// What takes back the write of `setting`, in this order: of a kernel that has the file, or the other one; nothing if it
// has neither. A group that is made idle loses its weight, so that this is a part of it then.
std::vector<Former> formers(FdRef directory, const Setting& setting);

// All writes of an update, as they were made.
class Undo {
 public:
  void add(UniqueFd directory, std::vector<Former> values);
  // Writes everything back, the newest first: so each state on the way is one that the kernel took before. What fails
  // keeps nothing from the rest; it is told, "" if there is nothing to tell.
  std::string run();

 private:
  struct Step {
    UniqueFd directory;
    std::vector<Former> values;
  };
  std::vector<Step> steps_;
};

}  // namespace brig::cgroups
