// What the kernel says of a process after its scheduling was set.
#include "runtime/init/scheduling.h"

#include <gtest/gtest.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/sys.h"
#include "tests/support/in_namespaces.h"

namespace brig::init {
namespace {

using brig::testing::in_namespaces;

struct SchedulerNow {
  std::uint32_t size, policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtime, deadline, period;
  std::uint32_t util_min, util_max;
};

// "policy nice priority flags runtime deadline period" of this process, as sched_getattr(2) has it.
std::string scheduler_now() {
  SchedulerNow now = {};
  if (::syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) != 0) return "sched_getattr fails";
  std::string text = std::to_string(now.policy);
  for (const long n : {long{now.nice}, long{now.priority}, static_cast<long>(now.flags), static_cast<long>(now.runtime),
                       static_cast<long>(now.deadline), static_cast<long>(now.period)})
    text += " " + std::to_string(n);
  return text;
}

// The same without the last three, which hold a time slice for ordinary processes since Linux 6.12.
std::string ordinary(const std::string& now) {
  std::size_t end = 0;
  for (int fields = 0; fields < 4 && end != std::string::npos; ++fields) end = now.find(' ', end + 1);
  return now.substr(0, end);
}

// The scheduler that a process has after it was given `wanted`; or the error.
std::string after(const oci::Scheduler& wanted) {
  return in_namespaces(0, [&]() -> std::string {
    oci::Process process;
    process.scheduler = wanted;
    Result<void> set = set_scheduling(0, process);
    return set.ok() ? scheduler_now() : set.error().to_string();
  });
}

TEST(SchedulingKernel, EveryPolicyIsWhatTheKernelHasThen) {
  EXPECT_EQ(ordinary(after({.policy = SCHED_NORMAL, .nice = 5})), "0 5 0 0");
  EXPECT_EQ(ordinary(after({.policy = SCHED_NORMAL, .nice = -3})), "0 -3 0 0");
  EXPECT_EQ(ordinary(after({.policy = SCHED_BATCH, .nice = 7})), "3 7 0 0");
  EXPECT_EQ(after({.policy = SCHED_IDLE}).substr(0, 2), "5 ");
  EXPECT_EQ(after({.policy = SCHED_FIFO, .priority = 10}), "1 0 10 0 0 0 0");
  EXPECT_EQ(after({.policy = SCHED_RR, .priority = 99}), "2 0 99 0 0 0 0");
  EXPECT_EQ(after({.policy = SCHED_DEADLINE, .runtime = 10'000'000, .deadline = 20'000'000, .period = 30'000'000}),
            "6 0 0 0 10000000 20000000 30000000");
}

TEST(SchedulingKernel, FlagsAreSet) {
  EXPECT_EQ(after({.policy = SCHED_FIFO, .priority = 1, .flags = SCHED_FLAG_RESET_ON_FORK}), "1 0 1 1 0 0 0");
  EXPECT_EQ(after({.policy = SCHED_DEADLINE,
                   .flags = SCHED_FLAG_RECLAIM | SCHED_FLAG_DL_OVERRUN,
                   .runtime = 2'000'000,
                   .deadline = 20'000'000}),
            "6 0 0 6 2000000 20000000 20000000");
  // The policy is kept, or all of it.
  EXPECT_EQ(ordinary(after({.policy = SCHED_BATCH, .nice = 4, .flags = SCHED_FLAG_KEEP_POLICY})), "0 4 0 0");
  EXPECT_EQ(ordinary(after({.policy = SCHED_BATCH, .nice = 4, .flags = SCHED_FLAG_KEEP_PARAMS})), "0 0 0 0");
}

// Where the kernel has utilization clamps, they are set; where it has none, it is said.
TEST(SchedulingKernel, UtilizationClamps) {
  const std::string now =
      after({.policy = SCHED_NORMAL, .flags = SCHED_FLAG_UTIL_CLAMP_MIN | SCHED_FLAG_UTIL_CLAMP_MAX});
  const bool refused = now.find("CONFIG_UCLAMP_TASK") != std::string::npos;
  EXPECT_TRUE(refused || now.starts_with("0 0 0 ")) << now;
}

TEST(SchedulingKernel, WhatTakesAPrivilegeNamesIt) {
  const std::string error = in_namespaces(0, []() -> std::string {
    if (::setresuid(1000, 1000, 1000) != 0) return "no user";
    oci::Process process;
    process.scheduler = {.policy = SCHED_FIFO, .priority = 10};
    Result<void> set = set_scheduling(0, process);
    return set.ok() ? "set" : set.error().to_string();
  });
  EXPECT_NE(error.find("/process/scheduler"), std::string::npos) << error;
  EXPECT_NE(error.find("SCHED_FIFO"), std::string::npos) << error;
  EXPECT_NE(error.find("CAP_SYS_NICE"), std::string::npos) << error;
}

// ---- ioPriority

TEST(SchedulingKernel, IoPriorityIsWhatTheKernelHasThen) {
  constexpr int kWhoProcess = 1;
  for (int io_class = 1; io_class <= 3; ++io_class)
    for (const int priority : {0, 4, 7})
      EXPECT_EQ(in_namespaces(0,
                              [&]() -> std::string {
                                oci::Process process;
                                process.io_priority = {.io_class = io_class, .priority = priority};
                                Result<void> set = set_scheduling(0, process);
                                if (!set.ok()) return set.error().to_string();
                                const long now = ::syscall(SYS_ioprio_get, kWhoProcess, 0);
                                return now == (io_class << 13 | priority) ? "" : "is " + std::to_string(now);
                              }),
                "");
}

// ---- in a user namespace

// Who is asked to set it, for a process of this one's rights.
SchedulingBy who(bool in_user_namespace) {
  oci::Process process;
  process.scheduler = {.policy = SCHED_FIFO, .priority = 10};
  Result<ProcDir> proc = ProcDir::open();
  return who_sets_scheduling(process, in_user_namespace, proc.value()).value();
}

TEST(SchedulingKernel, TheRuntimeSetsItForAUserNamespace) {
  Result<ProcDir> proc = ProcDir::open();
  EXPECT_EQ(who_sets_scheduling({}, true, proc.value()).value(), SchedulingBy::kNobody);
  EXPECT_EQ(who(false), SchedulingBy::kInit);
  EXPECT_EQ(who(true), SchedulingBy::kRuntime);
}

TEST(SchedulingKernel, ARuntimeWithoutTheRightLeavesItToInit) {
  EXPECT_EQ(in_namespaces(0,
                          []() -> std::string {
                            if (::setresuid(1000, 1000, 1000) != 0) return "no user";
                            return who(true) == SchedulingBy::kInit ? "" : "an unprivileged runtime";
                          }),
            "");
  EXPECT_EQ(
      in_namespaces(CLONE_NEWUSER,
                    [] { return std::string(who(true) == SchedulingBy::kInit ? "" : "in a user namespace itself"); }),
      "");
}

// ---- affinity

std::string cpus_allowed() {
  unsigned long mask[1024] = {};
  const long bytes = ::syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
  if (bytes <= 0) return "sched_getaffinity fails";
  std::string list;
  for (int cpu = 0; cpu < bytes * 8; ++cpu)
    if ((mask[cpu / 64] >> (cpu % 64) & 1) != 0) list += (list.empty() ? "" : ",") + std::to_string(cpu);
  return list;
}

std::string affinity_after(const std::string& list) {
  return in_namespaces(0, [&]() -> std::string {
    Result<void> set = set_cpu_affinity(list);
    return set.ok() ? cpus_allowed() : set.error().to_string();
  });
}

TEST(SchedulingKernel, TheAffinityIsTheList) {
  EXPECT_EQ(affinity_after("0"), "0");
  EXPECT_EQ(affinity_after("0,65535"), "0");  // CPUs that are not there are left out
  const std::string all = cpus_allowed();
  EXPECT_EQ(affinity_after("0-65535"), all);
  if (all.find(',') == std::string::npos) GTEST_SKIP() << "one CPU: no other list to try";
  const std::string last = all.substr(all.rfind(',') + 1);
  EXPECT_EQ(affinity_after(last), last);
  EXPECT_EQ(affinity_after("0," + last), "0," + last);
}

TEST(SchedulingKernel, AnAffinityWithoutAnyCpuIsRefused) {
  EXPECT_NE(affinity_after("60000-60001").find("none of these CPUs"), std::string::npos);
  EXPECT_NE(affinity_after("").find("no list"), std::string::npos);
}

// ---- memoryPolicy, personality

std::string memory_policy_now() {
  int mode = 0;
  unsigned long nodes[16] = {};
  if (::syscall(SYS_get_mempolicy, &mode, nodes, 1024, nullptr, 0) != 0) return "get_mempolicy fails";
  return std::to_string(mode) + ":" + std::to_string(nodes[0]);
}

std::string policy_after(const oci::MemoryPolicy& policy) {
  return in_namespaces(0, [&]() -> std::string {
    Result<void> set = set_memory_policy(policy);
    return set.ok() ? memory_policy_now() : set.error().to_string();
  });
}

TEST(SchedulingKernel, TheMemoryPolicyIsWhatTheKernelHasThen) {
  if (!check_memory_policy({}).ok()) GTEST_SKIP() << "this kernel has no memory policies (CONFIG_NUMA)";
  EXPECT_EQ(policy_after({.mode = MPOL_DEFAULT, .flags = 0, .nodes = ""}), "0:0");
  EXPECT_EQ(policy_after({.mode = MPOL_PREFERRED, .flags = 0, .nodes = "0"}), "1:1");
  EXPECT_EQ(policy_after({.mode = MPOL_BIND, .flags = 0, .nodes = "0"}), "2:1");
  EXPECT_EQ(policy_after({.mode = MPOL_INTERLEAVE, .flags = 0, .nodes = "0"}), "3:1");
  EXPECT_EQ(policy_after({.mode = MPOL_LOCAL, .flags = 0, .nodes = ""}), "4:0");
  // Linux 5.15 and 6.9.
  constexpr int kPreferredMany = 5, kWeightedInterleave = 6;
  for (const int mode : {kPreferredMany, kWeightedInterleave}) {
    const std::string now = policy_after({.mode = mode, .flags = 0, .nodes = "0"});
    EXPECT_TRUE(now == std::to_string(mode) + ":1" || now.find("does not know the mode") != std::string::npos) << now;
  }
}

TEST(SchedulingKernel, FlagsOfTheMemoryPolicy) {
  if (!check_memory_policy({}).ok()) GTEST_SKIP() << "this kernel has no memory policies (CONFIG_NUMA)";
  for (const int flag : {MPOL_F_STATIC_NODES, MPOL_F_RELATIVE_NODES, MPOL_F_NUMA_BALANCING})
    EXPECT_EQ(policy_after({.mode = MPOL_BIND, .flags = flag, .nodes = "0"}), std::to_string(MPOL_BIND | flag) + ":1");
}

TEST(SchedulingKernel, NodesThatAreNotThereAreRefused) {
  if (!check_memory_policy({}).ok()) GTEST_SKIP() << "this kernel has no memory policies (CONFIG_NUMA)";
  const std::string error = policy_after({.mode = MPOL_BIND, .flags = 0, .nodes = "1000"});
  EXPECT_NE(error.find("/linux/memoryPolicy"), std::string::npos) << error;
  EXPECT_NE(error.find("MPOL_BIND"), std::string::npos) << error;
}

TEST(SchedulingKernel, ThePersonalityIsWhatTheKernelHasThen) {
  for (const unsigned long wanted : {0ul, 8ul})
    EXPECT_EQ(in_namespaces(0,
                            [&]() -> std::string {
                              Result<void> set = set_personality(wanted);
                              if (!set.ok()) return set.error().to_string();
                              return static_cast<unsigned long>(::personality(0xFFFFFFFF)) == wanted ? "" : "not set";
                            }),
              "");
#ifdef __x86_64__
  EXPECT_EQ(in_namespaces(0,
                          []() -> std::string {
                            (void)set_personality(8).ok();
                            utsname names = {};
                            ::uname(&names);
                            return names.machine;
                          }),
            "i686");
#endif
}

}  // namespace
}  // namespace brig::init
