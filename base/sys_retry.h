// For the files that define base/sys.h, and nobody else.
#pragma once

#include <cerrno>

namespace brig::sys {

// Calls again while a signal interrupts the call. Never for close(2).
template <typename Call>
auto retry(Call call) -> decltype(call()) {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

}  // namespace brig::sys
