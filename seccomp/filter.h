// linux.seccomp -> a BPF program, by the runtime.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "base/result.h"
#include "oci/config.h"
#include "seccomp/rules.h"

namespace brig::seccomp {

// What seccomp(2) SECCOMP_SET_MODE_FILTER takes.
struct Filter {
  std::vector<sock_filter> program;  // at most 4096 instructions (BPF_MAXINSNS)
  unsigned flags = 0;                // SECCOMP_FILTER_FLAG_*
};

// Numbers of system calls are libseccomp's, and so is what the rules mean, as runc and crun hand them over; the program
// is our compiler's: for each architecture a balanced search over ranges of numbers. The native architecture is always
// among them; a call of another architecture than those listed kills (so libseccomp's default). A system call that
// libseccomp doesn't know is left out with a debug record.
//
// A profile can't mean calls that are newer than itself: where the default action denies, a call numbered above all
// that the profile names on its architecture fails with ENOSYS, as on a kernel that lacks it, and programs fall back.
// (runc does the same; with EPERM, a libc that tries a new call first would break.)
//
// Proven by tests/unit/seccomp to do what the profile says, and what libseccomp's own filter does wherever that does
// what the profile says: 2.5.4 loses rules, or matches too much, for some sets of rules about one call's arguments.
//
// kConfig for a program that the kernel would refuse as too long; compile(Seccomp) has read_rules' errors too.
//
// In two steps, so that read_rules (rules.h) can find what is wrong with a profile before any process exists, and the
// rest can be done beside init's own work.
Result<Filter> compile(const Rules& rules);
Result<Filter> compile(const oci::Seccomp& seccomp);

}  // namespace brig::seccomp
