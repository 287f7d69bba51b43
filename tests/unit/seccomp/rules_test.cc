#include "seccomp/rules.h"

#include <gtest/gtest.h>
#include <linux/seccomp.h>

#include <cerrno>

#include "seccomp/names.h"
#include "tests/unit/seccomp/profiles.h"

namespace brig::seccomp {
namespace {

using namespace brig::testing;

oci::Seccomp with_rule(oci::SeccompRule rule) {
  return {.default_action = "SCMP_ACT_ALLOW", .syscalls = {std::move(rule)}};
}

// The pointer of the error, which must be of `kind`; "" if there is none.
std::string refused_at(const oci::Seccomp& profile, Error::Kind kind = Error::Kind::kConfig) {
  const auto rules = read_rules(profile);
  if (rules.ok()) return "";
  EXPECT_EQ(rules.error().kind(), kind) << rules.error().to_string();
  return rules.error().subject();
}

TEST(Rules, EveryActionHasItsNumber) {
  const std::pair<const char*, std::uint32_t> kExpected[] = {{"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD},
                                                             {"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
                                                             {"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
                                                             {"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
                                                             {"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO | EPERM},
                                                             {"SCMP_ACT_TRACE", SECCOMP_RET_TRACE | EPERM},
                                                             {"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW},
                                                             {"SCMP_ACT_LOG", SECCOMP_RET_LOG}};
  for (const auto& [name, action] : kExpected) {
    const auto rules = read_rules({.default_action = name});
    ASSERT_TRUE(rules.ok()) << name;
    EXPECT_EQ(rules.value().default_action, action) << name;
  }
}

TEST(Rules, ErrnoIsTheDataOfTheAction) {
  EXPECT_EQ(read_rules(with_rule(rule({"read"}, "SCMP_ACT_ERRNO", {}, 38))).value().rules[0].action,
            SECCOMP_RET_ERRNO | 38U);
  EXPECT_EQ(read_rules(with_rule(rule({"read"}, "SCMP_ACT_TRACE", {}, 65535))).value().rules[0].action,
            SECCOMP_RET_TRACE | 65535U);
  EXPECT_EQ(read_rules({.default_action = "SCMP_ACT_ERRNO", .default_errno_ret = 0}).value().default_action,
            SECCOMP_RET_ERRNO);
}

TEST(Rules, ErrorsNameTheirPlace) {
  EXPECT_EQ(refused_at({.default_action = "ALLOW"}), "/linux/seccomp/defaultAction");
  EXPECT_EQ(refused_at({.default_action = "SCMP_ACT_ALLOW", .default_errno_ret = 1}), "/linux/seccomp/defaultErrnoRet");
  EXPECT_EQ(refused_at({.default_action = "SCMP_ACT_NOTIFY"}), "/linux/seccomp/defaultAction");
  EXPECT_EQ(refused_at({.default_action = "SCMP_ACT_LOG",
                        .flags = std::vector<std::string>{"SECCOMP_FILTER_FLAG_LOG", "LOG"}}),
            "/linux/seccomp/flags/1");
  EXPECT_EQ(refused_at({.default_action = "SCMP_ACT_LOG",
                        .flags = std::vector<std::string>{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"}}),
            "/linux/seccomp/flags/0");
  EXPECT_EQ(refused_at({.default_action = "SCMP_ACT_LOG", .architectures = {"SCMP_ARCH_X86", "X86_64"}}),
            "/linux/seccomp/architectures/1");
  EXPECT_EQ(refused_at(with_rule(rule({"read"}, "SCMP_ACT_NOTE"))), "/linux/seccomp/syscalls/0/action");
  EXPECT_EQ(refused_at(with_rule(rule({"read"}, "SCMP_ACT_ERRNO", {}, 65536))), "/linux/seccomp/syscalls/0/errnoRet");
  EXPECT_EQ(refused_at(with_rule(rule({"read"}, "SCMP_ACT_LOG", {}, 1))), "/linux/seccomp/syscalls/0/errnoRet");
  EXPECT_EQ(refused_at(with_rule(rule({"read"}, "SCMP_ACT_LOG", {arg(0, "SCMP_CMP_EQ", 1), arg(1, "==", 1)}))),
            "/linux/seccomp/syscalls/0/args/1/op");
  EXPECT_EQ(refused_at(with_rule(rule({"read"}, "SCMP_ACT_LOG", {arg(6, "SCMP_CMP_EQ", 1)}))),
            "/linux/seccomp/syscalls/0/args/0/index");
}

// Also in a rule that would be left out.
TEST(Rules, EveryRuleIsChecked) {
  EXPECT_EQ(refused_at(with_rule(rule({"read"}, "SCMP_ACT_ALLOW", {arg(0, "SCMP_CMP_IN", 1)}))),
            "/linux/seccomp/syscalls/0/args/0/op");
}

TEST(Rules, WhatIsDoneAnywayIsLeftOut) {
  EXPECT_TRUE(read_rules(with_rule(rule({"read"}, "SCMP_ACT_ALLOW"))).value().rules.empty());
  oci::Seccomp profile = {.default_action = "SCMP_ACT_ERRNO",
                          .syscalls = {rule({"read"}, "SCMP_ACT_ERRNO", {}, EPERM)}};
  EXPECT_TRUE(read_rules(profile).value().rules.empty());
  profile.default_errno_ret = ENOSYS;
  EXPECT_EQ(read_rules(profile).value().rules.size(), 1U);
}

TEST(Rules, FlagsAreAddedUp) {
  EXPECT_EQ(read_rules({.default_action = "SCMP_ACT_LOG"}).value().flags, SECCOMP_FILTER_FLAG_SPEC_ALLOW);
  oci::Seccomp profile = {.default_action = "SCMP_ACT_LOG",
                          .flags = std::vector<std::string>{"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
                                                            "SECCOMP_FILTER_FLAG_TSYNC"}};
  EXPECT_EQ(read_rules(profile).value().flags, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG);
  // Given and empty is not the same as not given.
  profile.flags = std::vector<std::string>{};
  EXPECT_EQ(read_rules(profile).value().flags, 0U);
}

// ---- SCMP_ACT_NOTIFY

TEST(Rules, NotifyingTakesAListener) {
  oci::Seccomp profile = with_rule(rule({"mkdir"}, "SCMP_ACT_NOTIFY"));
  Rules rules = read_rules(profile).value();
  EXPECT_TRUE(rules.notify());
  EXPECT_EQ(rules.rules[0].action, SECCOMP_RET_USER_NOTIF);
  EXPECT_EQ(rules.flags, SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW);
  EXPECT_FALSE(read_rules(with_rule(rule({"mkdir"}, "SCMP_ACT_LOG"))).value().notify());
  // The kernel refuses TSYNC beside a listener; WAIT_KILLABLE_RECV needs one.
  profile.flags = std::vector<std::string>{"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"};
  EXPECT_EQ(read_rules(profile).value().flags, SECCOMP_FILTER_FLAG_NEW_LISTENER | 1U << 5);
}

TEST(Rules, NotifyingIsRefusedWhereOthersRefuseIt) {
  EXPECT_EQ(refused_at({.default_action = "SCMP_ACT_NOTIFY"}), "/linux/seccomp/defaultAction");
  EXPECT_EQ(refused_at(with_rule(rule({"mkdir", "write"}, "SCMP_ACT_NOTIFY"))), "/linux/seccomp/syscalls/0/action");
  EXPECT_EQ(refused_at(with_rule(rule({"mkdir", "writev"}, "SCMP_ACT_NOTIFY"))), "");
  EXPECT_EQ(refused_at(with_rule(rule({"mkdir"}, "SCMP_ACT_NOTIFY", {}, 1))), "/linux/seccomp/syscalls/0/errnoRet");
}

TEST(Rules, TheNativeArchitectureIsAlwaysThere) {
  const Rules rules = read_rules({.default_action = "SCMP_ACT_LOG"}).value();
  ASSERT_EQ(rules.architectures.size(), 1U);
  EXPECT_EQ(rules.architectures[0].token, seccomp_arch_native());
}

// ---- architectures

TEST(Architectures, OfThisByteOrderAreLibseccomps) {
  for (const std::string name :
       {"X86", "X86_64", "X32", "ARM", "AARCH64", "MIPSEL", "MIPSEL64", "MIPSEL64N32", "PPC64LE", "RISCV64"}) {
    const auto architecture = architecture_from("SCMP_ARCH_" + name);
    ASSERT_TRUE(architecture) << name;
    EXPECT_EQ(architecture->token, reference_architecture("SCMP_ARCH_" + name));
  }
}

TEST(Architectures, OfTheSpecificationAreAllTaken) {
  std::vector<std::string> all;
  for (const std::string_view name : architecture_names()) all.emplace_back(name);
  EXPECT_EQ(all.size(), 23U);
  const auto rules = read_rules({.default_action = "SCMP_ACT_LOG", .architectures = all});
  ASSERT_TRUE(rules.ok());
  EXPECT_GE(rules.value().architectures.size(), 10U);
  EXPECT_EQ(refused_at({.default_action = "SCMP_ACT_LOG", .architectures = {all[0], "SCMP_ARCH_VAX"}}),
            "/linux/seccomp/architectures/1");
}

TEST(Architectures, ThatCannotRunHereAreLeftOut) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  for (const std::string name : {"MIPS", "MIPS64", "MIPS64N32", "PPC", "PPC64", "S390", "S390X", "PARISC", "PARISC64"})
    EXPECT_FALSE(architecture_from("SCMP_ARCH_" + name)) << name;
#endif
  for (const std::string name : {"LOONGARCH64", "M68K", "SH", "SHEB"}) {
    if (reference_architecture("SCMP_ARCH_" + name) != 0) continue;  // libseccomp 2.6
    EXPECT_FALSE(architecture_from("SCMP_ARCH_" + name)) << name;
  }
  EXPECT_FALSE(architecture_from("SCMP_ARCH_VAX"));
}

// Each number of the table, asked of libseccomp, is the call's; and each call that has one is in the table.
TEST(Architectures, DirectNumbersOfMultiplexedCallsAreLibseccomps) {
  const std::vector<std::string> names = {
      "socket",  "bind",    "connect",  "listen",   "accept",   "getsockname", "getpeername", "socketpair",
      "send",    "recv",    "sendto",   "recvfrom", "shutdown", "setsockopt",  "getsockopt",  "sendmsg",
      "recvmsg", "accept4", "recvmmsg", "sendmmsg", "semop",    "semget",      "semctl",      "semtimedop",
      "msgsnd",  "msgrcv",  "msgget",   "msgctl",   "shmat",    "shmdt",       "shmget",      "shmctl"};
  constexpr std::uint32_t kTokens[] = {SCMP_ARCH_X86,   SCMP_ARCH_MIPS, SCMP_ARCH_PPC,
                                       SCMP_ARCH_PPC64, SCMP_ARCH_S390, SCMP_ARCH_S390X};
  for (const std::uint32_t token : kTokens)
    for (const std::string& name : names) {
      const auto call = call_on({.token = token}, name);
      ASSERT_TRUE(call && call->multiplexed) << name;
      std::optional<std::uint32_t> number;
      for (int n = token == SCMP_ARCH_MIPS ? 4000 : 0; n < 4500; ++n) {
        char* found = seccomp_syscall_resolve_num_arch(token, n);
        if (found != nullptr && name == found) number = n;
        free(found);
        if (n == 500) n = 3999;
      }
      EXPECT_EQ(call->number, number) << name << " on " << std::hex << token;
    }
}

TEST(Architectures, CallsOfOtherArchitecturesAreNowhere) {
  const auto call = call_on(native_architecture(), "set_tls");
  ASSERT_TRUE(call);
  EXPECT_FALSE(call->number || call->multiplexed);
  EXPECT_FALSE(call_on(native_architecture(), "nosuchcall"));
}

}  // namespace
}  // namespace brig::seccomp
