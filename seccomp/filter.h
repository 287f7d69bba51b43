// linux.seccomp -> a BPF program, before any process exists.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "base/result.h"
#include "oci/config.h"

namespace brig::seccomp {

// What seccomp(2) SECCOMP_SET_MODE_FILTER takes.
struct Filter {
  std::vector<sock_filter> program;  // at most 4096 instructions (BPF_MAXINSNS)
  unsigned flags = 0;                // SECCOMP_FILTER_FLAG_*
};

// Numbers of system calls and the meaning of the rules are libseccomp's; the program is our compiler's: for each
// architecture a balanced tree over ranges of numbers. Proven equal to libseccomp's own filter by
// tests/unit/seccomp. A system call name that libseccomp doesn't know is skipped with a debug record
// (config-linux.md#seccomp: "runtimes ... may ignore"); an unknown action, operator, flag or architecture is kConfig.
Result<Filter> compile(const oci::Seccomp& seccomp);

}  // namespace brig::seccomp
