// Filters in the kernel: what a process under one can do, and how it ends.
#include "seccomp/load.h"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "seccomp/filter.h"
#include "tests/support/in_namespaces.h"
#include "tests/unit/seccomp/profiles.h"

namespace brig::seccomp {
namespace {

using namespace brig::testing;

constexpr int kUnusual = 77;  // an errno that no system call here has of itself

oci::Seccomp deny_getppid(std::vector<std::string> architectures = {}) {
  return {.default_action = "SCMP_ACT_ALLOW",
          .architectures = std::move(architectures),
          .syscalls = {rule({"getppid"}, "SCMP_ACT_ERRNO", {}, kUnusual)}};
}

// Loads the filter of `profile` in a child, runs `body` there, and returns what it found wrong or how it was killed.
std::string under(const oci::Seccomp& profile, const std::function<std::string()>& body, bool no_new_privs = true) {
  const auto filter = compile(profile);
  if (!filter.ok()) return filter.error().to_string();
  return in_namespaces(0, [&]() -> std::string {
    const rlimit no_core = {};
    setrlimit(RLIMIT_CORE, &no_core);
    if (no_new_privs) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const auto loaded = load(filter.value());
    return loaded.ok() ? body() : loaded.error().to_string();
  });
}

// "" if a call that returned `result` failed with `expected`.
std::string must_fail(const char* what, long result, int expected) {
  if (result != -1) return std::string(what) + " succeeded";
  return errno == expected ? "" : std::string(what) + ": " + std::strerror(errno);
}

std::string status_field(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
  return "";
}

const std::string kKilled = "killed by signal " + std::to_string(SIGSYS);

TEST(Load, TheKernelHasTheFilter) {
  EXPECT_EQ(under(deny_getppid(),
                  [] {
                    return status_field("Seccomp") == "2" && status_field("Seccomp_filters") == "1" &&
                                   status_field("NoNewPrivs") == "1"
                               ? ""
                               : "not filtered";
                  }),
            "");
}

TEST(Load, ADeniedCallFailsWithTheErrnoOfTheRule) {
  EXPECT_EQ(under(deny_getppid(),
                  [] {
                    if (syscall(SYS_getpid) <= 0) return std::string("getpid failed");
                    return must_fail("getppid", syscall(SYS_getppid), kUnusual);
                  }),
            "");
}

TEST(Load, ArgumentsAreCompared) {
  const oci::Seccomp profile = {
      .default_action = "SCMP_ACT_ALLOW",
      .syscalls = {rule({"getpriority"}, "SCMP_ACT_ERRNO", {arg(0, "SCMP_CMP_EQ", 0x500000002)}, kUnusual),
                   rule({"getpriority"}, "SCMP_ACT_ERRNO", {arg(1, "SCMP_CMP_GT", 0xffffffff)}, kUnusual + 1)}};
  EXPECT_EQ(under(profile,
                  [] {
                    if (syscall(SYS_getpriority, 0UL, 0UL) == -1) return std::string("getpriority failed");
                    const std::string first = must_fail("first", syscall(SYS_getpriority, 0x500000002, 0UL), kUnusual);
                    return first + must_fail("second", syscall(SYS_getpriority, 0UL, 0x100000000), kUnusual + 1);
                  }),
            "");
}

TEST(Load, KillActionsKill) {
  for (const char* action : {"SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP"}) {
    const oci::Seccomp profile = {.default_action = "SCMP_ACT_ALLOW", .syscalls = {rule({"getppid"}, action)}};
    EXPECT_EQ(under(profile, [] { return syscall(SYS_getppid) == 0 ? "orphan" : "alive"; }), kKilled) << action;
  }
}

TEST(Load, DockersDefaultProfile) {
  EXPECT_EQ(under(docker_default(),
                  [] {
                    std::string wrong = must_fail("clone3", syscall(SYS_clone3, nullptr, 0UL), ENOSYS);
                    wrong += must_fail("clone", syscall(SYS_clone, CLONE_NEWUTS | SIGCHLD, 0UL), EPERM);
                    wrong += must_fail("unshare", syscall(SYS_unshare, 0), EPERM);
                    wrong += must_fail("AF_VSOCK", syscall(SYS_socket, 40, 1, 0), EPERM);
                    wrong += must_fail("personality", syscall(SYS_personality, ADDR_NO_RANDOMIZE), EPERM);
                    if (syscall(SYS_personality, 0xffffffffUL) == -1) wrong += "personality(query) failed";
                    if (syscall(SYS_socket, 1, 1, 0) == -1) wrong += "AF_UNIX failed";
                    return wrong;
                  }),
            "");
}

TEST(Load, ChildrenInheritTheFilter) {
  EXPECT_EQ(under(deny_getppid(),
                  [] { return in_namespaces(0, [] { return must_fail("getppid", syscall(SYS_getppid), kUnusual); }); }),
            "");
}

TEST(Load, FlagsReachTheKernel) {
  oci::Seccomp profile = deny_getppid();
  profile.flags = std::vector<std::string>{"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
                                           "SECCOMP_FILTER_FLAG_SPEC_ALLOW"};
  EXPECT_EQ(under(profile, [] { return must_fail("getppid", syscall(SYS_getppid), kUnusual); }), "");
}

// ---- no_new_privs or CAP_SYS_ADMIN

TEST(Load, PrivilegeIsEnoughWithoutNoNewPrivs) {
  if (geteuid() != 0) GTEST_SKIP() << "needs CAP_SYS_ADMIN";
  EXPECT_EQ(under(
                deny_getppid(),
                [] {
                  if (status_field("NoNewPrivs") != "0") return std::string("no_new_privs is set");
                  return must_fail("getppid", syscall(SYS_getppid), kUnusual);
                },
                false),
            "");
}

TEST(Load, IsRefusedWithoutEither) {
  const auto filter = compile(deny_getppid());
  ASSERT_TRUE(filter.ok());
  EXPECT_EQ(in_namespaces(0,
                          [&]() -> std::string {
                            __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
                            __user_cap_data_struct none[2] = {};
                            if (syscall(SYS_capset, &header, none) == -1) return "capset failed";
                            const auto loaded = load(filter.value());
                            if (loaded.ok()) return "loaded";
                            return loaded.error().code() == EACCES ? "" : loaded.error().to_string();
                          }),
            "");
}

// ---- the other system call tables of x86_64

#ifdef __x86_64__
constexpr long kI386Getppid = 64;
constexpr long kX32Bit = 0x40000000;

// The result as the kernel gives it: -errno on failure.
long i386_call(long number) {
  long result = 0;
  asm volatile("int $0x80" : "=a"(result) : "a"(number), "b"(0), "c"(0), "d"(0) : "memory", "r8", "r9", "r10", "r11");
  return result;
}

bool has_i386() {
  return in_namespaces(0, [] { return i386_call(kI386Getppid) > 0 ? "" : "no"; }).empty();
}

TEST(Load, I386CallsFollowTheRulesIfListed) {
  if (!has_i386()) GTEST_SKIP() << "this kernel runs no i386 system calls";
  EXPECT_EQ(under(deny_getppid({"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"}),
                  [] { return i386_call(kI386Getppid) == -kUnusual ? "" : "not denied"; }),
            "");
}

TEST(Load, I386CallsAreKilledUnlessListed) {
  if (!has_i386()) GTEST_SKIP() << "this kernel runs no i386 system calls";
  EXPECT_EQ(under(deny_getppid(), [] { return i386_call(kI386Getppid) == 0 ? "orphan" : "alive"; }), kKilled);
}

// The filter comes before the table, so these need no kernel that has x32.
TEST(Load, X32CallsFollowTheRulesIfListed) {
  EXPECT_EQ(under(deny_getppid({"SCMP_ARCH_X86_64", "SCMP_ARCH_X32"}),
                  [] { return must_fail("getppid", syscall(kX32Bit | SYS_getppid), kUnusual); }),
            "");
}

TEST(Load, X32CallsAreKilledUnlessListed) {
  EXPECT_EQ(under(deny_getppid({"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"}),
                  [] { return syscall(kX32Bit | SYS_getppid) == 0 ? "orphan" : "alive"; }),
            kKilled);
}
#endif

}  // namespace
}  // namespace brig::seccomp
