// The compiler's filters do what libseccomp's do, for every system call number and for arguments around every value
// that a profile mentions.
#include "seccomp/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/audit.h>

#include <algorithm>
#include <random>
#include <set>

#include "tests/unit/seccomp/interpreter.h"
#include "tests/unit/seccomp/oracle.h"
#include "tests/unit/seccomp/profiles.h"

namespace brig::seccomp {
namespace {

using namespace brig::testing;

const std::vector<std::string> kX86Family = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};

// ---- what to compare

std::vector<std::uint32_t> architectures_to_try(const oci::Seccomp& profile) {
  std::set<std::uint32_t> result = {0,
                                    1,
                                    0xdeadbeef,
                                    AUDIT_ARCH_X86_64,
                                    AUDIT_ARCH_I386,
                                    AUDIT_ARCH_AARCH64,
                                    AUDIT_ARCH_ARM,
                                    AUDIT_ARCH_X86_64 - 1,
                                    AUDIT_ARCH_I386 + 1};
  for (const std::string& name : profile.architectures)
    if (name != "SCMP_ARCH_X32") result.insert(reference_architecture(name));
  return {result.begin(), result.end()};
}

std::vector<std::uint32_t> numbers_to_try(const oci::Seccomp& profile) {
  std::vector<std::uint32_t> result;
  const bool mips = std::ranges::any_of(profile.architectures,
                                        [](const std::string& name) { return name.find("MIPS") != name.npos; });
  for (const std::uint32_t base : {0U, 0x40000000U})
    for (std::uint32_t n = 0; n < 1024; ++n) result.push_back(base + n);
  for (std::uint32_t n = 0; n < 16; ++n) result.push_back(0x0f0000 + n);  // arm's own
  for (std::uint32_t n = 4000; n < 7000 && mips; ++n) result.push_back(n);
  for (const std::uint32_t edge : {0x3fffffffU, 0x40000400U, 0x7fffffffU, 0x80000000U, 0xbfffffffU, 0xc0000000U,
                                   0xffffff00U, 0xffffff9bU, 0xfffffffeU, 0xffffffffU})
    result.push_back(edge);
  return result;
}

// The numbers, on any architecture of the profile, of calls with rules about arguments.
std::set<std::uint32_t> numbers_with_conditions(const oci::Seccomp& profile) {
  std::set<std::uint32_t> result = {102, 117, 4102, 4117};
  std::vector<std::string> architectures = profile.architectures;
  architectures.insert(architectures.end(), kX86Family.begin(), kX86Family.end());
  for (const oci::SeccompRule& rule : profile.syscalls)
    for (const std::string& name : rule.names)
      for (const std::string& architecture : architectures)
        if (!rule.args.empty())
          result.insert(static_cast<std::uint32_t>(
              seccomp_syscall_resolve_name_arch(reference_architecture(architecture), name.c_str())));
  // The direct numbers of i386's socket and ipc calls.
  for (std::uint32_t n = 337; n < 403; ++n) result.insert(n);
  return result;
}

// Values on both sides of everything that a profile compares with.
std::vector<std::uint64_t> values_to_try(const oci::Seccomp& profile) {
  std::set<std::uint64_t> result = {0, 1, ~std::uint64_t{0}, 0xffffffff, 0x100000000, 0x80000000, 0x8000000000000000};
  for (const oci::SeccompRule& rule : profile.syscalls)
    for (const oci::SeccompArg& a : rule.args)
      for (const std::uint64_t v : {a.value, a.value_two, a.value & a.value_two, a.value_two | ~a.value})
        for (const std::uint64_t near : {v, v + 1, v - 1, v ^ 0x100000000, v & 0xffffffff, v << 32, ~v})
          result.insert(near);
  return {result.begin(), result.end()};
}

// Calls of `number`. If arguments matter: mixtures, and each argument alone with (some of) the values.
std::vector<seccomp_data> calls_of(std::uint32_t number, const std::vector<std::uint64_t>& values, bool conditional,
                                   std::size_t values_for_one, std::mt19937_64& random) {
  std::vector<seccomp_data> result(2, {.nr = static_cast<int>(number)});
  std::ranges::fill(result[1].args, ~std::uint64_t{0});
  if (!conditional) return result;
  const auto pick = [&] { return values[random() % values.size()]; };
  for (int i = 0; i < 100; ++i) {
    seccomp_data data = {.nr = static_cast<int>(number)};
    for (auto& value : data.args) value = pick();
    if (i % 3 == 0) data.args[0] = random() % 26;  // socketcall(2) and ipc(2)
    result.push_back(data);
  }
  for (auto index : {0, 1, 2, 3, 4, 5})
    for (std::size_t i = 0; i < std::min(values_for_one, values.size()); ++i) {
      seccomp_data data = {.nr = static_cast<int>(number)};
      data.args[index] = values_for_one < values.size() ? pick() : values[i];
      result.push_back(data);
    }
  return result;
}

std::string describe(const seccomp_data& data, std::uint32_t ours, std::uint32_t theirs) {
  char text[256];
  std::snprintf(text, sizeof text, "nr %x arch %x args %llx %llx %llx %llx %llx %llx: ours %x, libseccomp's %x",
                static_cast<unsigned>(data.nr), data.arch, data.args[0], data.args[1], data.args[2], data.args[3],
                data.args[4], data.args[5], ours, theirs);
  return text;
}

struct Comparison {
  bool libseccomp_refuses = false;
  std::size_t calls = 0, size = 0;
  // Calls where we, or libseccomp, do something that no matching rule says; and where both do something else.
  std::size_t ours_wrong = 0, theirs_wrong = 0, differences = 0;
  std::string first;  // of our wrongs or else of the differences
};

void compare_call(const std::vector<sock_filter>& ours, const std::vector<sock_filter>& theirs, const Oracle& oracle,
                  const seccomp_data& data, Comparison& result) {
  const std::uint32_t a = run_filter(ours, data).action;
  const std::uint32_t b = theirs.empty() ? a : run_filter(theirs, data).action;
  const std::set<std::uint32_t> right = oracle.actions(data);
  ++result.calls;
  result.theirs_wrong += !right.contains(b);
  const bool wrong = !right.contains(a);
  if (wrong ? result.ours_wrong == 0 : a != b && result.ours_wrong + result.differences == 0)
    result.first = describe(data, a, b);
  result.ours_wrong += wrong;
  result.differences += a != b;
}

// Compiles `profile` both ways and runs both programs.
Comparison compare(const oci::Seccomp& profile, std::size_t values_for_one = 1000) {
  Comparison result;
  const auto theirs = reference_filter(profile);
  const auto ours = compile(profile);
  if (!ours.ok()) give_up(ours.error().to_string());
  result.libseccomp_refuses = !theirs;
  result.size = ours.value().program.size();
  const Oracle oracle(profile);
  std::mt19937_64 random(1);
  const std::vector<std::uint64_t> values = values_to_try(profile);
  const std::set<std::uint32_t> conditional = numbers_with_conditions(profile);
  const std::vector<std::uint32_t> architectures = architectures_to_try(profile);
  for (const std::uint32_t number : numbers_to_try(profile))
    for (seccomp_data& data : calls_of(number, values, conditional.contains(number), values_for_one, random))
      for (const std::uint32_t architecture : architectures) {
        data.arch = architecture;
        compare_call(ours.value().program, theirs.value_or(std::vector<sock_filter>{}), oracle, data, result);
      }
  return result;
}

void expect_equal(const oci::Seccomp& profile) {
  const Comparison result = compare(profile);
  EXPECT_FALSE(result.libseccomp_refuses);
  EXPECT_EQ(result.ours_wrong, 0U) << result.first;
  EXPECT_EQ(result.differences, 0U) << result.first << " (of " << result.calls << " calls)";
}

// ---- profiles that engines use

TEST(Filter, DockersDefaultProfileIsLibseccomps) {
  expect_equal(docker_default());
  EXPECT_LE(compile(docker_default()).value().program.size(), 400U);
}

// Podman's default profile differs from docker's in what is interesting: it has an errno for the unknown calls, another
// for the forbidden ones, and rules for socket(2) with two actions.
oci::Seccomp podman_like() {
  oci::Seccomp profile = docker_default();
  profile.default_errno_ret = 38;
  std::erase_if(profile.syscalls, [](const oci::SeccompRule& r) { return r.names[0] == "socket"; });
  profile.syscalls.push_back(rule({"bdflush", "kexec_load", "migrate_pages", "swapon", "userfaultfd", "vm86", "bpf",
                                   "perf_event_open", "quotactl", "open_by_handle_at", "acct", "kcmp", "settimeofday"},
                                  "SCMP_ACT_ERRNO", {}, 1));
  profile.syscalls.push_back(
      rule({"socket"}, "SCMP_ACT_ERRNO", {arg(0, "SCMP_CMP_EQ", 16), arg(2, "SCMP_CMP_EQ", 9)}, 22));
  profile.syscalls.push_back(rule({"socket"}, "SCMP_ACT_ALLOW", {arg(2, "SCMP_CMP_NE", 9)}));
  profile.syscalls.push_back(rule({"socket"}, "SCMP_ACT_ALLOW", {arg(0, "SCMP_CMP_NE", 16)}));
  profile.syscalls.push_back(rule({"socket"}, "SCMP_ACT_ALLOW", {arg(2, "SCMP_CMP_NE", 9)}));
  return profile;
}

TEST(Filter, PodmansDefaultProfileIsLibseccomps) { expect_equal(podman_like()); }

// Docker since 2026 lists the socket families.
TEST(Filter, ManyValuesOfOneArgument) {
  oci::Seccomp profile = docker_default();
  std::erase_if(profile.syscalls, [](const oci::SeccompRule& r) { return r.names[0] == "socket"; });
  profile.syscalls.push_back(rule({"socket"}, "SCMP_ACT_ALLOW", {arg(0, "SCMP_CMP_LT", 12)}));
  for (const std::uint64_t family : {13, 14, 15, 16, 17, 18, 21, 22, 24, 26, 27, 28, 29, 30, 31, 32, 33, 35, 36, 39})
    profile.syscalls.push_back(rule({"socket"}, "SCMP_ACT_ALLOW", {arg(0, "SCMP_CMP_EQ", family)}));
  expect_equal(profile);
}

// ---- profiles made to be difficult

oci::Seccomp profile_of(std::vector<oci::SeccompRule> rules, std::string default_action = "SCMP_ACT_ERRNO") {
  return {.default_action = std::move(default_action), .architectures = kX86Family, .syscalls = std::move(rules)};
}

TEST(Filter, ProfilesWithoutRules) {
  for (const auto& architectures : {std::vector<std::string>{}, {"SCMP_ARCH_X86"}, kX86Family})
    expect_equal({.default_action = "SCMP_ACT_ALLOW", .architectures = architectures});
}

// x32's numbers are foreign to a filter for x86_64 alone, but for the one by which a tracer skips a call.
TEST(Filter, X32IsForeignUnlessListed) {
  oci::Seccomp profile = profile_of({rule({"getpid"}, "SCMP_ACT_ERRNO")}, "SCMP_ACT_ALLOW");
  profile.architectures = {"SCMP_ARCH_X86_64"};
  expect_equal(profile);
  const std::vector<sock_filter> program = compile(profile).value().program;
  EXPECT_EQ(run_filter(program, {.nr = 0x40000027, .arch = AUDIT_ARCH_X86_64}).action, SECCOMP_RET_KILL_THREAD);
  EXPECT_EQ(run_filter(program, {.nr = -1, .arch = AUDIT_ARCH_X86_64}).action, SECCOMP_RET_ALLOW);
  EXPECT_EQ(run_filter(program, {.nr = 39, .arch = AUDIT_ARCH_X86_64}).action, SECCOMP_RET_ERRNO | EPERM);
}

TEST(Filter, EveryOperatorAtBothHalves) {
  const std::vector<std::uint64_t> values = {0, 1, 0xffffffff, 0x100000000, 0x1ffffffff, ~std::uint64_t{0}};
  for (const char* op : {"EQ", "NE", "LT", "LE", "GT", "GE", "MASKED_EQ"})
    for (const std::uint64_t value : values)
      expect_equal(
          profile_of({rule({"ioctl"}, "SCMP_ACT_ALLOW", {arg(1, std::string("SCMP_CMP_") + op, value, value)})}));
}

TEST(Filter, MasksThatLookAtNothingAlwaysMatch) {
  expect_equal(profile_of({rule({"ioctl"}, "SCMP_ACT_ALLOW", {arg(1, "SCMP_CMP_MASKED_EQ", 0, 7)}),
                           rule({"fcntl"}, "SCMP_ACT_ALLOW", {arg(1, "SCMP_CMP_MASKED_EQ", 0xff00000000, 7)}),
                           rule({"prctl"}, "SCMP_ACT_ALLOW", {arg(1, "SCMP_CMP_MASKED_EQ", 0xff, 0x1ff)})}));
}

TEST(Filter, ConditionsOfOneRuleMustAllHold) {
  expect_equal(profile_of({rule({"mmap", "mmap2", "ipc", "shmat"}, "SCMP_ACT_ALLOW",
                                {arg(5, "SCMP_CMP_EQ", 0), arg(2, "SCMP_CMP_MASKED_EQ", 4, 0),
                                 arg(0, "SCMP_CMP_NE", 0x500000000), arg(1, "SCMP_CMP_LT", 0x100001000)})}));
}

TEST(Filter, AnArgumentNamedTwiceMakesTwoRules) {
  const oci::Seccomp profile = profile_of({rule(
      {"kill"}, "SCMP_ACT_ALLOW", {arg(1, "SCMP_CMP_EQ", 9), arg(1, "SCMP_CMP_EQ", 15), arg(0, "SCMP_CMP_EQ", 1)})});
  expect_equal(profile);
  const std::vector<sock_filter> program = compile(profile).value().program;
  for (const std::uint64_t signal : {9, 15})
    EXPECT_EQ(run_filter(program, {.nr = 62, .arch = AUDIT_ARCH_X86_64, .args = {7, signal}}).action,
              SECCOMP_RET_ALLOW);
}

TEST(Filter, TheFirstRuleWithoutConditionsWins) {
  expect_equal(
      profile_of({rule({"kill"}, "SCMP_ACT_TRAP", {arg(1, "SCMP_CMP_EQ", 9)}), rule({"kill"}, "SCMP_ACT_ALLOW"),
                  rule({"kill"}, "SCMP_ACT_LOG"), rule({"kill"}, "SCMP_ACT_TRACE", {arg(0, "SCMP_CMP_EQ", 1)}),
                  rule({"socketcall"}, "SCMP_ACT_LOG"), rule({"bind"}, "SCMP_ACT_ALLOW")}));
}

// The one with the higher argument is tried first, wherever it stands.
TEST(Filter, OverlappingRulesWithDifferentActions) {
  const oci::SeccompRule low = rule({"kill"}, "SCMP_ACT_TRAP", {arg(0, "SCMP_CMP_EQ", 1)});
  const oci::SeccompRule high = rule({"kill"}, "SCMP_ACT_ALLOW", {arg(1, "SCMP_CMP_EQ", 9)});
  for (const oci::Seccomp& profile : {profile_of({low, high}), profile_of({high, low})}) {
    expect_equal(profile);
    EXPECT_EQ(
        run_filter(compile(profile).value().program, {.nr = 62, .arch = AUDIT_ARCH_X86_64, .args = {1, 9}}).action,
        SECCOMP_RET_ALLOW);
  }
}

// libseccomp refuses this one. The rule that came first keeps what it says, the other has the rest.
TEST(Filter, ARuleThatIncludesAnEarlierOne) {
  const oci::Seccomp profile =
      profile_of({rule({"kill"}, "SCMP_ACT_ALLOW", {arg(0, "SCMP_CMP_EQ", 1), arg(1, "SCMP_CMP_EQ", 9)}),
                  rule({"kill"}, "SCMP_ACT_TRAP", {arg(0, "SCMP_CMP_EQ", 1)})});
  EXPECT_EQ(compare(profile).ours_wrong, 0U);
  const std::vector<sock_filter> program = compile(profile).value().program;
  EXPECT_EQ(run_filter(program, {.nr = 62, .arch = AUDIT_ARCH_X86_64, .args = {1, 9}}).action, SECCOMP_RET_ALLOW);
  EXPECT_EQ(run_filter(program, {.nr = 62, .arch = AUDIT_ARCH_X86_64, .args = {1, 15}}).action, SECCOMP_RET_TRAP);
}

// libseccomp 2.5.4 allows 0x80000000 here, which no rule matches.
TEST(Filter, BoundsOnBothSidesOfAGap) {
  const oci::Seccomp profile = profile_of({rule({"ioctl"}, "SCMP_ACT_ALLOW", {arg(1, "SCMP_CMP_GE", 0x200000005)}),
                                           rule({"ioctl"}, "SCMP_ACT_ALLOW", {arg(1, "SCMP_CMP_LE", 0x7fffffff)}),
                                           rule({"ioctl"}, "SCMP_ACT_ALLOW", {arg(2, "SCMP_CMP_GE", 1)})});
  const Comparison result = compare(profile);
  EXPECT_EQ(result.ours_wrong, 0U) << result.first;
}

TEST(Filter, NumbersAboveAllTables) {
  oci::Seccomp profile = profile_of({rule({"breakpoint", "set_tls", "cacheflush", "read"}, "SCMP_ACT_ALLOW")});
  profile.architectures = {"SCMP_ARCH_ARM", "SCMP_ARCH_AARCH64"};
  expect_equal(profile);
}

// Far more than a conditional jump reaches.
TEST(Filter, ManyRulesForOneCall) {
  std::vector<oci::SeccompRule> rules = {rule({"read", "write", "close"}, "SCMP_ACT_ALLOW")};
  for (std::uint64_t i = 0; i < 400; ++i)
    rules.push_back(
        rule({"ioctl"}, i % 3 == 0 ? "SCMP_ACT_ALLOW" : "SCMP_ACT_LOG", {arg(1, "SCMP_CMP_EQ", i * 0x700000001)}));
  expect_equal(profile_of(rules));
}

TEST(Filter, TooManyRulesAreRefused) {
  std::vector<oci::SeccompRule> rules;
  for (std::uint64_t i = 0; i < 3000; ++i)
    rules.push_back(rule({"ioctl"}, "SCMP_ACT_ALLOW", {arg(1, "SCMP_CMP_EQ", i << 32 | i)}));
  const auto refused = compile(profile_of(rules));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().to_string(), ::testing::HasSubstr("more than the kernel's 4096"));
}

TEST(Filter, UnknownNamesAreLeftOut) {
  const auto with = compile(profile_of({rule({"nosuchcall", "read"}, "SCMP_ACT_ALLOW")}));
  const auto without = compile(profile_of({rule({"read"}, "SCMP_ACT_ALLOW")}));
  EXPECT_EQ(with.value().program.size(), without.value().program.size());
}

// The depth of the search, not the number of rules, is what a system call pays for.
TEST(Filter, IsShallow) {
  const std::vector<sock_filter> program = compile(docker_default()).value().program;
  for (int n = 0; n < 470; ++n) {
    EXPECT_LE(run_filter(program, {.nr = n, .arch = AUDIT_ARCH_X86_64}).steps, 20U) << n;
    EXPECT_LE(run_filter(program, {.nr = n, .arch = AUDIT_ARCH_I386}).steps, 20U) << n;
  }
}

// ---- random profiles

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
