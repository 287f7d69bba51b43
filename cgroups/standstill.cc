#include "cgroups/standstill.h"

#include <utility>

#include "base/log.h"

namespace brig::cgroups {

Result<Standstill> Standstill::begin(const Location& location) {
  constexpr int kFreezeMs = 10'000;
  Standstill standstill;
  if (TRY(frozen(location))) return standstill;
  standstill.blocked_ = std::make_unique<sys::BlockedSignals>();
  Result<void> frozen_now = freeze(location, kFreezeMs);
  if (frozen_now.ok()) {
    standstill.to_thaw_ = location;
    return standstill;
  }
  const Error::Kind kind = frozen_now.error().kind();
  if (kind != Error::Kind::kUnsupported && kind != Error::Kind::kUnsafe) return std::move(frozen_now).error();
  log::debug(frozen_now.error().to_string());
  return standstill;
}

Result<void> Standstill::end() {
  if (!to_thaw_) return {};
  const Location location = *std::exchange(to_thaw_, std::nullopt);
  Result<void> thawed = thaw(location);
  blocked_.reset();
  return thawed;
}

Standstill::Standstill(Standstill&& other) noexcept
    : to_thaw_(std::exchange(other.to_thaw_, std::nullopt)), blocked_(std::move(other.blocked_)) {}

Standstill::~Standstill() { (void)end().ok(); }  // Ignored: an error is on its way already; end() tells otherwise.

}  // namespace brig::cgroups
