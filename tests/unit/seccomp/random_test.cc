// Random profiles, from a generator with fixed seeds.
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/seccomp/compare.h"

// AddressSanitizer's: libseccomp loses memory of its own where it drops a rule that another one includes, and where it
// refuses one. The filters it makes are the reference here; brig asks it for numbers only.
extern "C" const char* __lsan_default_suppressions();
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() { return "leak:zmalloc\n"; }

namespace brig::seccomp {
namespace {

using namespace brig::testing;

struct Shape {
  bool order_operators_with_others = false;  // bounds together with further conditions
  bool mixed_actions = false;
};

class Generator {
 public:
  Generator(std::uint64_t seed, Shape shape) : random_(seed), shape_(shape) {}

  oci::Seccomp profile() {
    oci::Seccomp result = {.default_action = pick(kActions), .architectures = architectures()};
    rule_action_ = pick(kActions);
    const std::size_t rules = 1 + random_() % 24;
    for (std::size_t i = 0; i < rules; ++i) result.syscalls.push_back(next_rule());
    return result;
  }

 private:
  static inline const std::vector<std::string> kActions = {"SCMP_ACT_KILL",  "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP",
                                                           "SCMP_ACT_ERRNO", "SCMP_ACT_TRACE",        "SCMP_ACT_ALLOW",
                                                           "SCMP_ACT_LOG"};
  static inline const std::vector<std::string> kNames = {
      "read",  "write",  "getpid", "socket", "bind",   "accept",     "accept4", "send",  "recvmmsg", "semop",  "semget",
      "shmat", "msgctl", "ipc",    "clone",  "openat", "socketcall", "time",    "vm86",  "set_tls",  "ioctl",  "clone3",
      "mmap",  "mmap2",  "prctl",  "futex",  "readv",  "breakpoint", "nosuch",  "fcntl", "fcntl64",  "umount", "kill"};
  static inline const std::vector<std::string> kOrder = {"SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_GE", "SCMP_CMP_GT"};
  static inline const std::vector<std::string> kEquality = {"SCMP_CMP_EQ", "SCMP_CMP_NE", "SCMP_CMP_MASKED_EQ"};
  static inline const std::vector<std::uint64_t> kValues = {0,
                                                            1,
                                                            2,
                                                            5,
                                                            40,
                                                            0x7e020000,
                                                            0x7fffffff,
                                                            0x80000000,
                                                            0xfffffffe,
                                                            0xffffffff,
                                                            0x100000000,
                                                            0x100000005,
                                                            0x200000005,
                                                            0xffffffff00000000,
                                                            0x8000000000000000,
                                                            ~std::uint64_t{0}};

  template <typename T>
  const T& pick(const std::vector<T>& list) {
    return list[random_() % list.size()];
  }
  bool chance(unsigned percent) { return random_() % 100 < percent; }

  std::vector<std::string> architectures() {
    static const std::vector<std::vector<std::string>> kLists = {
        {},
        kX86Family,
        {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"},
        {"SCMP_ARCH_X32"},
        {"SCMP_ARCH_X86"},
        {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"},
        {"SCMP_ARCH_X32", "SCMP_ARCH_X86_64", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64"},
        {"SCMP_ARCH_RISCV64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_X86"}};
    return pick(kLists);
  }

  oci::SeccompRule next_rule() {
    oci::SeccompRule result = rule({}, shape_.mixed_actions ? pick(kActions) : rule_action_);
    if (chance(20) && (result.action == "SCMP_ACT_ERRNO" || result.action == "SCMP_ACT_TRACE")) result.errno_ret = 38;
    for (std::size_t n = 1 + random_() % 4; n > 0; --n) result.names.push_back(pick(kNames));
    if (chance(30)) return result;
    const bool order = chance(40);
    const std::size_t count = order && !shape_.order_operators_with_others ? 1 : 1 + random_() % 3;
    std::uint32_t index = static_cast<std::uint32_t>(random_() % 3);
    for (std::size_t i = 0; i < count && index < 6; ++i, index += 1 + static_cast<std::uint32_t>(random_() % 2))
      result.args.push_back(arg(index, pick(order ? kOrder : kEquality), pick(kValues), pick(kValues)));
    if (chance(10)) result.args.push_back(result.args[0]);
    return result;
  }

  std::mt19937_64 random_;
  Shape shape_;
  std::string rule_action_;
};

// libseccomp's own filters lose rules, or match too much, for some combinations of rules about one argument of one
// call. So: ours do what the profile says, always, and where libseccomp's do that too they are equal.
void compare_random(Shape shape) {
  std::size_t equal = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Comparison result = compare(Generator(seed, shape).profile(), 20);
    EXPECT_EQ(result.ours_wrong, 0U) << "seed " << seed << ": " << result.first;
    if (result.libseccomp_refuses || result.theirs_wrong != 0) continue;
    ++equal;
    EXPECT_EQ(result.differences, 0U) << "seed " << seed << ": " << result.first;
  }
  EXPECT_GE(equal, 60U);
}

TEST(Filter, RandomProfilesOfOneAction) { compare_random({}); }
TEST(Filter, RandomProfilesOfManyActions) { compare_random({.mixed_actions = true}); }
TEST(Filter, RandomProfilesOfManyBounds) { compare_random({.order_operators_with_others = true}); }

}  // namespace
}  // namespace brig::seccomp
