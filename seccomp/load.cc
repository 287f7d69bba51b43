#include "seccomp/load.h"

#include <algorithm>

#include "base/sys.h"

namespace brig::seccomp {
namespace {

Result<void> set_filter(unsigned flags, std::span<const sock_filter> program) {
  TRY(sys::seccomp_set_filter(flags, program), "load the seccomp filter");
  return {};
}

}  // namespace

Result<SharedFilter> SharedFilter::make() {
  return SharedFilter(static_cast<Memory*>(TRY(sys::mmap_shared(sizeof(Memory)), "make room for the seccomp filter")));
}

void SharedFilter::put(const Filter& filter) {
  memory_->flags = filter.flags;
  memory_->size = static_cast<std::uint32_t>(filter.program.size());
  std::copy(filter.program.begin(), filter.program.end(), memory_->program);
}

Result<void> check_kernel(const Rules& rules) {
  if (!rules.notify() || sys::seccomp_flags_available(rules.flags)) return {};
  return Error::make(Error::Kind::kUnsupported,
                     "/linux/seccomp: this kernel can't notify an agent as the flags ask for "
                     "(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs Linux 5.19)");
}

Result<void> load(const Filter& filter) { return set_filter(filter.flags, filter.program); }
Result<void> load(const SharedFilter& filter) { return set_filter(filter.flags(), filter.program()); }

}  // namespace brig::seccomp
