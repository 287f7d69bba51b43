#include "seccomp/load.h"

#include "base/sys.h"

namespace brig::seccomp {

Result<void> load(const Filter& filter) {
  TRY(sys::seccomp_set_filter(filter.flags, filter.program), "load the seccomp filter");
  return {};
}

}  // namespace brig::seccomp
