#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "seccomp/filter.h"
#include "seccomp/rules.h"

namespace brig::seccomp {

// A place for one filter that the runtime and init share: made before the clone, filled by the runtime while init
// works, read by init once it was told that it is there.
class SharedFilter {
 public:
  static Result<SharedFilter> make();
  void put(const Filter& filter);
  unsigned flags() const { return memory_->flags; }
  std::span<const sock_filter> program() const { return {memory_->program, memory_->size}; }

 private:
  struct Memory {
    unsigned flags;
    std::uint32_t size;
    sock_filter program[4096];  // BPF_MAXINSNS; what is not used is never touched
  };
  explicit SharedFilter(Memory* memory) : memory_(memory) {}
  Memory* memory_;
};

// Whether this kernel can load what `rules` ask for: kUnsupported if not. Only what is newer than the oldest kernel
// that brig runs on is asked for, so most profiles cost nothing.
Result<void> check_kernel(const Rules& rules);

// Confines the calling process. Needs no_new_privs or CAP_SYS_ADMIN in its user namespace (seccomp(2)).
// Not for rules that notify: notify.h.
Result<void> load(const Filter& filter);
Result<void> load(const SharedFilter& filter);

}  // namespace brig::seccomp
