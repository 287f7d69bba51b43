// The compiler's filters do what libseccomp's do, for every system call number and for arguments around every value
// that a profile mentions.
#include "seccomp/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/audit.h>

#include "tests/unit/seccomp/compare.h"

namespace brig::seccomp {
namespace {

using namespace brig::testing;

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
  for (const std::uint64_t family :
       {13U, 14U, 15U, 16U, 17U, 18U, 21U, 22U, 24U, 26U, 27U, 28U, 29U, 30U, 31U, 32U, 33U, 35U, 36U, 39U})
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
  for (const std::uint64_t signal : {9U, 15U})
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

// ---- calls newer than the profile

// What `profile` does with a call of x86_64 (or of `arch`) that has no arguments.
std::uint32_t action_of(const oci::Seccomp& profile, std::uint32_t number, std::uint32_t arch = AUDIT_ARCH_X86_64) {
  return run_filter(compile(profile).value().program, {.nr = static_cast<int>(number), .arch = arch}).action;
}

TEST(Filter, NewerCallsDoNotExistWhereTheDefaultDenies) {
  constexpr std::uint32_t kClone3 = 435, kNone = SECCOMP_RET_ERRNO | ENOSYS;
  for (const auto& [name, action] :
       {std::pair("SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO | EPERM), std::pair("SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD),
        std::pair("SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS), std::pair("SCMP_ACT_TRAP", SECCOMP_RET_TRAP)}) {
    const oci::Seccomp profile = profile_of({rule({"clone3", "read"}, "SCMP_ACT_ALLOW")}, name);
    EXPECT_EQ(action_of(profile, kClone3), SECCOMP_RET_ALLOW) << name;
    EXPECT_EQ(action_of(profile, kClone3 - 1), action) << name;
    EXPECT_EQ(action_of(profile, kClone3 + 1), kNone) << name;
    EXPECT_EQ(action_of(profile, 0x3fffffff), kNone) << name;
    // x32 and i386 by their own numbers. The number of a skipped call is nobody's.
    EXPECT_EQ(action_of(profile, kX32Bit + kClone3), SECCOMP_RET_ALLOW) << name;
    EXPECT_EQ(action_of(profile, kX32Bit + kClone3 + 1), kNone) << name;
    EXPECT_EQ(action_of(profile, 0xfffffffe), kNone) << name;
    EXPECT_EQ(action_of(profile, 0xffffffff), action) << name;
    EXPECT_EQ(action_of(profile, kClone3, AUDIT_ARCH_I386), SECCOMP_RET_ALLOW) << name;
    EXPECT_EQ(action_of(profile, kClone3 + 1, AUDIT_ARCH_I386), kNone) << name;
    // Nor is there anything newer on an architecture that the profile does not list.
    EXPECT_EQ(action_of(profile, 1000, AUDIT_ARCH_AARCH64), SECCOMP_RET_KILL_THREAD) << name;
  }
}

TEST(Filter, NewerCallsAreLetThroughWhereTheDefaultDoes) {
  for (const auto& [name, action] :
       {std::pair("SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW), std::pair("SCMP_ACT_LOG", SECCOMP_RET_LOG),
        std::pair("SCMP_ACT_TRACE", SECCOMP_RET_TRACE | EPERM)})
    EXPECT_EQ(action_of(profile_of({rule({"read"}, "SCMP_ACT_KILL")}, name), 1000), action) << name;
}

// The errno of the default action, where it has one, is for calls that the profile leaves out.
TEST(Filter, NewerIsWhatIsAboveAllThatTheProfileNames) {
  oci::Seccomp profile = profile_of({rule({"read"}, "SCMP_ACT_ALLOW"), rule({"close_range"}, "SCMP_ACT_ERRNO")});
  constexpr std::uint32_t kCloseRange = 436;
  // By a rule that is left out of the filter, too.
  EXPECT_EQ(action_of(profile, kCloseRange), SECCOMP_RET_ERRNO | EPERM);
  EXPECT_EQ(action_of(profile, kCloseRange - 1), SECCOMP_RET_ERRNO | EPERM);
  EXPECT_EQ(action_of(profile, kCloseRange + 1), SECCOMP_RET_ERRNO | ENOSYS);
  profile.default_errno_ret = EACCES;
  EXPECT_EQ(action_of(profile, kCloseRange - 1), SECCOMP_RET_ERRNO | EACCES);
  EXPECT_EQ(action_of(profile, kCloseRange + 1), SECCOMP_RET_ERRNO | ENOSYS);
  // A name that nobody knows says nothing, and a profile without names is not old but empty.
  profile.syscalls = {rule({"nosuchcall"}, "SCMP_ACT_ALLOW")};
  EXPECT_EQ(action_of(profile, 1000), SECCOMP_RET_ERRNO | EACCES);
}

// arm's own calls are not counted with the others.
TEST(Filter, NewerCallsOfArm) {
  oci::Seccomp profile = profile_of({rule({"read", "set_tls"}, "SCMP_ACT_ALLOW")});
  profile.architectures = {"SCMP_ARCH_ARM"};
  constexpr std::uint32_t kRead = 3, kSetTls = 0x0f0005;
  EXPECT_EQ(action_of(profile, kRead, AUDIT_ARCH_ARM), SECCOMP_RET_ALLOW);
  EXPECT_EQ(action_of(profile, kRead + 1, AUDIT_ARCH_ARM), SECCOMP_RET_ERRNO | ENOSYS);
  EXPECT_EQ(action_of(profile, 0x0effff, AUDIT_ARCH_ARM), SECCOMP_RET_ERRNO | ENOSYS);
  EXPECT_EQ(action_of(profile, kSetTls - 1, AUDIT_ARCH_ARM), SECCOMP_RET_ERRNO | EPERM);
  EXPECT_EQ(action_of(profile, kSetTls, AUDIT_ARCH_ARM), SECCOMP_RET_ALLOW);
}

// s390's kernel shows every call that it does not know as number 0.
TEST(Filter, UnknownCallsOfS390) {
  const std::vector<std::string> names = {"read"};
  Rules rules = {.default_action = SECCOMP_RET_ERRNO | EPERM, .architectures = {{SCMP_ARCH_S390X, SCMP_ARCH_S390X}}};
  rules.rules.push_back({.names = &names, .action = SECCOMP_RET_ALLOW, .alternatives = {{}}});
  const std::vector<sock_filter> program = compile(rules).value().program;
  EXPECT_EQ(run_filter(program, {.nr = 0, .arch = SCMP_ARCH_S390X}).action, SECCOMP_RET_ERRNO | ENOSYS);
  EXPECT_EQ(run_filter(program, {.nr = 1, .arch = SCMP_ARCH_S390X}).action, SECCOMP_RET_ERRNO | EPERM);
  EXPECT_EQ(run_filter(program, {.nr = 3, .arch = SCMP_ARCH_S390X}).action, SECCOMP_RET_ALLOW);
  EXPECT_EQ(run_filter(program, {.nr = 4, .arch = SCMP_ARCH_S390X}).action, SECCOMP_RET_ERRNO | ENOSYS);
}

// The depth of the search, not the number of rules, is what a system call pays for.
TEST(Filter, IsShallow) {
  const std::vector<sock_filter> program = compile(docker_default()).value().program;
  for (int n = 0; n < 470; ++n) {
    EXPECT_LE(run_filter(program, {.nr = n, .arch = AUDIT_ARCH_X86_64}).steps, 20U) << n;
    EXPECT_LE(run_filter(program, {.nr = n, .arch = AUDIT_ARCH_I386}).steps, 20U) << n;
  }
}

}  // namespace
}  // namespace brig::seccomp
