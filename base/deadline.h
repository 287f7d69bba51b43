// How long to go on trying.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/sys.h"

namespace brig {

// A point in time of CLOCK_MONOTONIC.
class Deadline {
 public:
  explicit Deadline(int timeout_ms) : end_(sys::monotonic_ns() + static_cast<std::uint64_t>(timeout_ms) * 1'000'000) {}
  static Deadline at(std::uint64_t monotonic_ns) {
    Deadline deadline(0);
    deadline.end_ = monotonic_ns;
    return deadline;
  }

  // For poll(2): rounded up, so that 0 means that it has passed.
  int left_ms() const {
    const std::uint64_t now = sys::monotonic_ns();
    if (now >= end_) return 0;
    constexpr std::uint64_t kMost = std::numeric_limits<int>::max();
    return static_cast<int>(std::min(kMost, (end_ - now + 999'999) / 1'000'000));
  }

 private:
  std::uint64_t end_;
};

}  // namespace brig
