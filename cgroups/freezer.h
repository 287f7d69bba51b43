// Freezing a cgroup and thawing it. For cgroups/ itself; what others use is in manager.h.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "base/cstr.h"
#include "base/result.h"
#include "cgroups/manager.h"

namespace brig::cgroups {

// Writes a file of the container's cgroup; whether it was written: false if the cgroup or the file is not there, or not
// for cgroups of this kind.
Result<bool> write_if_there(const Hierarchy& hierarchy, CStr file, std::string_view value);

// The cgroup, held still while signals are sent: freezes it, without waiting, and thaws it at the end of its life.
class Stillness {
 public:
  // Does nothing where there is no freezer, or if this process is in the cgroup. `keep_frozen`: a cgroup that was
  // frozen before is to stay so.
  static Result<Stillness> begin(const Location& location, bool keep_frozen);
  // Thaws, and says if that failed.
  Result<void> end();
  Stillness() = default;
  Stillness(Stillness&& other) noexcept : to_thaw_(std::exchange(other.to_thaw_, std::nullopt)) {}
  Stillness& operator=(Stillness&&) = delete;
  ~Stillness() { (void)end().ok(); }  // Ignored: an error is on its way already; end() tells in all other cases.

 private:
  std::optional<Hierarchy> to_thaw_;
};

}  // namespace brig::cgroups
