// A cgroup held still while what it may do is changed. For cgroups/ itself.
#pragma once

#include <memory>
#include <optional>

#include "base/result.h"
#include "base/sys.h"
#include "cgroups/manager.h"

namespace brig::cgroups {

// Unlike Stillness, it begins when all processes stand still, and fails if they don't.
class Standstill {
 public:
  // Freezes; nothing if the cgroup is frozen already, which it stays, or can't be: there is no freezer, or this process
  // is in it. kState as freeze().
  static Result<Standstill> begin(const Location& location);
  // Thaws, and says if that failed.
  Result<void> end();
  Standstill(Standstill&& other) noexcept;
  Standstill& operator=(Standstill&&) = delete;
  ~Standstill();

 private:
  Standstill() = default;
  std::optional<Location> to_thaw_;
  std::unique_ptr<sys::BlockedSignals> blocked_;  // A signal to us must not leave it frozen.
};

}  // namespace brig::cgroups
