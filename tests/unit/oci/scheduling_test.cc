// Where and how the process runs: what config.json may say of it, and what is refused before there is a process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <sys/personality.h>

#include "oci/read_config.h"
#include "oci/scheduling_names.h"
#include "oci/validate.h"

namespace brig::oci {
namespace {

// `process` and `linux` are members of these objects.
Result<ValidConfig> accept(const std::string& process, const std::string& linux_members = "",
                           const char* hooks = "{}") {
  Config config = TRY(read_config(R"({"ociVersion": "1.3.0", "root": {"path": "r"}, "hooks": )" + std::string(hooks) +
                                  R"(, "process": {"cwd": "/", "args": ["x"])" + (process.empty() ? "" : ", ") +
                                  process + R"(}, "linux": {)" + linux_members + "}}"));
  return validate(std::move(config));
}

std::string refused_at(const Result<ValidConfig>& result) {
  if (result.ok()) return "accepted";
  EXPECT_EQ(result.error().kind(), Error::Kind::kConfig);
  return result.error().subject();
}

std::string scheduler_refused_at(const std::string& members, const char* hooks = "{}") {
  return refused_at(accept(R"("scheduler": {)" + members + "}", "", hooks));
}

std::string memory_policy_refused_at(const std::string& members) {
  return refused_at(accept("", R"("memoryPolicy": {)" + members + "}"));
}

// ---- scheduler

TEST(Scheduler, EveryPolicyWithWhatBelongsToIt) {
  struct Case {
    const char* members;
    std::uint32_t policy;
  };
  for (const Case& c :
       {Case{R"("policy": "SCHED_OTHER", "nice": -20)", SCHED_NORMAL},
        Case{R"("policy": "SCHED_BATCH", "nice": 19)", SCHED_BATCH}, Case{R"("policy": "SCHED_IDLE")", SCHED_IDLE},
        Case{R"("policy": "SCHED_FIFO", "priority": 1)", SCHED_FIFO},
        Case{R"("policy": "SCHED_RR", "priority": 99, "nice": 0, "runtime": 0)", SCHED_RR},
        Case{R"("policy": "SCHED_DEADLINE", "runtime": 1024, "deadline": 1024)", SCHED_DEADLINE}}) {
    const Result<ValidConfig> config = accept(R"("scheduler": {)" + std::string(c.members) + "}");
    ASSERT_TRUE(config.ok()) << config.error().to_string();
    EXPECT_EQ((*config.value()).process->scheduler->policy, c.policy);
  }
}

TEST(Scheduler, ValuesAndFlagsAreRead) {
  const Result<ValidConfig> config = accept(
      R"("scheduler": {"policy": "SCHED_DEADLINE", "runtime": 10000000, "deadline": 20000000, "period": 30000000,
         "flags": ["SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY",
                   "SCHED_FLAG_KEEP_PARAMS", "SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX"]})");
  ASSERT_TRUE(config.ok()) << config.error().to_string();
  const Scheduler& scheduler = *(*config.value()).process->scheduler;
  EXPECT_EQ(scheduler.runtime, 10000000u);
  EXPECT_EQ(scheduler.deadline, 20000000u);
  EXPECT_EQ(scheduler.period, 30000000u);
  EXPECT_EQ(scheduler.flags, std::uint64_t{SCHED_FLAG_ALL});
}

TEST(Scheduler, UnknownOrOutOfRange) {
  const std::string at = "/process/scheduler";
  EXPECT_EQ(scheduler_refused_at(""), at + "/policy");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "")"), at + "/policy");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_ISO")"), at + "/policy");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "sched_fifo")"), at + "/policy");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_OTHER", "nice": 20)"), at + "/nice");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_OTHER", "nice": -21)"), at + "/nice");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_FIFO", "priority": 100)"), at + "/priority");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_FIFO", "priority": -1)"), at + "/priority");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_OTHER", "flags": ["SCHED_FLAG_NONE"])"), at + "/flags/0");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_OTHER", "runtime": -1)"), at + "/runtime");
}

// As sched_setattr(2) would: what a policy does not use must not be there.
TEST(Scheduler, WhatThePolicyDoesNotUse) {
  const std::string at = "/process/scheduler";
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_FIFO", "priority": 1, "nice": 1)"), at + "/nice");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_IDLE", "nice": 1)"), at + "/nice");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_OTHER", "priority": 1)"), at + "/priority");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_BATCH", "runtime": 1)"), at + "/runtime");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_RR", "priority": 1, "deadline": 1)"), at + "/deadline");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_OTHER", "period": 1)"), at + "/period");
}

TEST(Scheduler, WhatThePolicyNeeds) {
  const std::string at = "/process/scheduler";
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_FIFO")"), at + "/priority");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_RR", "priority": 0)"), at + "/priority");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_DEADLINE")"), at + "/runtime");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_DEADLINE", "runtime": 1023, "deadline": 2000)"), at + "/runtime");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_DEADLINE", "runtime": 2000)"), at + "/deadline");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_DEADLINE", "runtime": 2000, "deadline": 9223372036854775808)"),
            at + "/deadline");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_DEADLINE", "runtime": 2000, "deadline": 3000, "period": 2999)"),
            at + "/period");
  EXPECT_EQ(scheduler_refused_at(
                R"("policy": "SCHED_DEADLINE", "runtime": 2000, "deadline": 3000, "period": 9223372036854775808)"),
            at + "/period");
}

// What is kept is not in the file.
TEST(Scheduler, KeptParametersAreTheKernelsAffair) {
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_FIFO", "flags": ["SCHED_FLAG_KEEP_PARAMS"])"), "accepted");
  EXPECT_EQ(scheduler_refused_at(R"("policy": "SCHED_DEADLINE", "flags": ["SCHED_FLAG_KEEP_POLICY"])"), "accepted");
}

// sched(7): a process under SCHED_DEADLINE can't fork, and so can't run its hooks.
TEST(Scheduler, DeadlineAndStartContainerHooks) {
  const std::string deadline = R"("policy": "SCHED_DEADLINE", "runtime": 2000, "deadline": 3000)";
  const char* hooks = R"({"startContainer": [{"path": "/x"}]})";
  EXPECT_EQ(scheduler_refused_at(deadline, hooks), "/process/scheduler/flags");
  EXPECT_EQ(scheduler_refused_at(deadline + R"(, "flags": ["SCHED_FLAG_RESET_ON_FORK"])", hooks), "accepted");
  EXPECT_EQ(scheduler_refused_at(deadline, R"({"createContainer": [{"path": "/x"}]})"), "accepted");
}

// ---- ioPriority, execCPUAffinity

TEST(IoPriority, ClassesAndLevels) {
  for (const auto& [name, number] :
       {std::pair{"IOPRIO_CLASS_RT", 1}, std::pair{"IOPRIO_CLASS_BE", 2}, std::pair{"IOPRIO_CLASS_IDLE", 3}}) {
    const Result<ValidConfig> config =
        accept(R"("ioPriority": {"class": ")" + std::string(name) + R"(", "priority": 7})");
    ASSERT_TRUE(config.ok()) << config.error().to_string();
    EXPECT_EQ((*config.value()).process->io_priority->io_class, number);
    EXPECT_EQ((*config.value()).process->io_priority->priority, 7);
  }
  EXPECT_EQ(refused_at(accept(R"("ioPriority": {"priority": 4})")), "/process/ioPriority/class");
  EXPECT_EQ(refused_at(accept(R"("ioPriority": {"class": "IOPRIO_CLASS_BE"})")), "/process/ioPriority/priority");
  EXPECT_EQ(refused_at(accept(R"("ioPriority": {"class": "IOPRIO_CLASS_NONE", "priority": 0})")),
            "/process/ioPriority/class");
  EXPECT_EQ(refused_at(accept(R"("ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 8})")),
            "/process/ioPriority/priority");
  EXPECT_EQ(refused_at(accept(R"("ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": -1})")),
            "/process/ioPriority/priority");
}

TEST(ExecCpuAffinity, ListsAreCheckedAndKept) {
  const Result<ValidConfig> config = accept(R"("execCPUAffinity": {"initial": "7", "final": "0-3,7"})");
  ASSERT_TRUE(config.ok()) << config.error().to_string();
  EXPECT_EQ((*config.value()).process->exec_cpu_affinity.initial, "7");
  EXPECT_EQ((*config.value()).process->exec_cpu_affinity.final, "0-3,7");
  EXPECT_TRUE(accept(R"("execCPUAffinity": {"initial": "", "final": null})").ok());
  EXPECT_TRUE(accept(R"("execCPUAffinity": {})").ok());
  EXPECT_EQ(refused_at(accept(R"("execCPUAffinity": {"initial": "x"})")), "/process/execCPUAffinity/initial");
  EXPECT_EQ(refused_at(accept(R"("execCPUAffinity": {"final": "3-0"})")), "/process/execCPUAffinity/final");
  EXPECT_EQ(refused_at(accept(R"("execCPUAffinity": {"final": ","})")), "/process/execCPUAffinity/final");
  EXPECT_EQ(refused_at(accept(R"("execCPUAffinity": {"final": 3})")), "/process/execCPUAffinity/final");
}

// ---- labels

TEST(Labels, AreReadAsTheyAre) {
  const Result<ValidConfig> config = accept(
      R"("apparmorProfile": "acme_secure_profile", "selinuxLabel": "system_u:system_r:svirt_lxc_net_t:s0:c124,c675")");
  ASSERT_TRUE(config.ok()) << config.error().to_string();
  EXPECT_EQ((*config.value()).process->apparmor_profile, "acme_secure_profile");
  EXPECT_EQ((*config.value()).process->selinux_label, "system_u:system_r:svirt_lxc_net_t:s0:c124,c675");
  EXPECT_EQ(refused_at(accept(R"("apparmorProfile": 1)")), "/process/apparmorProfile");
  EXPECT_EQ(refused_at(accept(R"("selinuxLabel": [])")), "/process/selinuxLabel");
}

// ---- memoryPolicy, personality

TEST(MemoryPolicy, EveryModeWithWhatItNeeds) {
  struct Case {
    const char* members;
    int mode, flags;
  };
  for (const Case& c :
       {Case{R"("mode": "MPOL_DEFAULT")", 0, 0}, Case{R"("mode": "MPOL_LOCAL", "nodes": "")", 4, 0},
        Case{R"("mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_NUMA_BALANCING", "MPOL_F_STATIC_NODES"])", 2,
             1 << 13 | 1 << 15},
        Case{R"("mode": "MPOL_INTERLEAVE", "nodes": "2-3", "flags": ["MPOL_F_RELATIVE_NODES"])", 3, 1 << 14},
        Case{R"("mode": "MPOL_WEIGHTED_INTERLEAVE", "nodes": "0")", 6, 0}, Case{R"("mode": "MPOL_PREFERRED")", 1, 0},
        Case{R"("mode": "MPOL_PREFERRED", "nodes": "1", "flags": ["MPOL_F_STATIC_NODES"])", 1, 1 << 15},
        Case{R"("mode": "MPOL_PREFERRED_MANY", "nodes": "0,1", "flags": ["MPOL_F_NUMA_BALANCING"])", 5, 1 << 13}}) {
    const Result<ValidConfig> config = accept("", R"("memoryPolicy": {)" + std::string(c.members) + "}");
    ASSERT_TRUE(config.ok()) << config.error().to_string();
    EXPECT_EQ((*config.value()).linux_.memory_policy->mode, c.mode) << c.members;
    EXPECT_EQ((*config.value()).linux_.memory_policy->flags, c.flags) << c.members;
  }
}

TEST(MemoryPolicy, WhatTheKernelWouldRefuse) {
  const std::string at = "/linux/memoryPolicy";
  EXPECT_EQ(memory_policy_refused_at(""), at + "/mode");
  EXPECT_EQ(memory_policy_refused_at(R"("mode": "MPOL_NEAR")"), at + "/mode");
  EXPECT_EQ(memory_policy_refused_at(R"("mode": "MPOL_DEFAULT", "flags": ["MPOL_F_X"])"), at + "/flags/0");
  EXPECT_EQ(memory_policy_refused_at(R"("mode": "MPOL_BIND", "nodes": "one")"), at + "/nodes");
  EXPECT_EQ(memory_policy_refused_at(R"("mode": "MPOL_DEFAULT", "nodes": "0")"), at + "/nodes");
  EXPECT_EQ(memory_policy_refused_at(R"("mode": "MPOL_LOCAL", "nodes": "0")"), at + "/nodes");
  for (const char* mode : {"MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_WEIGHTED_INTERLEAVE", "MPOL_PREFERRED_MANY"})
    EXPECT_EQ(memory_policy_refused_at(R"("mode": ")" + std::string(mode) + "\""), at + "/nodes");
  EXPECT_EQ(memory_policy_refused_at(
                R"("mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"])"),
            at + "/flags");
  EXPECT_EQ(memory_policy_refused_at(R"("mode": "MPOL_PREFERRED", "flags": ["MPOL_F_STATIC_NODES"])"), at + "/flags");
  EXPECT_EQ(memory_policy_refused_at(R"("mode": "MPOL_LOCAL", "flags": ["MPOL_F_RELATIVE_NODES"])"), at + "/flags");
  EXPECT_EQ(memory_policy_refused_at(R"("mode": "MPOL_INTERLEAVE", "nodes": "0", "flags": ["MPOL_F_NUMA_BALANCING"])"),
            at + "/flags");
}

TEST(MemoryPolicy, NamesForFeatures) {
  EXPECT_THAT(memory_policy_modes(),
              testing::UnorderedElementsAre("MPOL_DEFAULT", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_WEIGHTED_INTERLEAVE",
                                            "MPOL_PREFERRED", "MPOL_PREFERRED_MANY", "MPOL_LOCAL"));
  EXPECT_THAT(memory_policy_flags(),
              testing::UnorderedElementsAre("MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES"));
}

TEST(Personality, DomainsAreReadAndFlagsIgnored) {
  const auto domain = [](const std::string& members) {
    const Result<ValidConfig> config = accept("", R"("personality": {)" + members + "}");
    return config.ok() ? (*config.value()).linux_.personality : std::nullopt;
  };
  EXPECT_EQ(domain(R"("domain": "LINUX")"), 0ul);
  EXPECT_EQ(domain(R"("domain": "LINUX32", "flags": [])"), 8ul);
  EXPECT_EQ(domain(R"("domain": "LINUX32", "flags": ["ADDR_NO_RANDOMIZE"])"), 8ul);
  EXPECT_EQ(refused_at(accept("", R"("personality": {})")), "/linux/personality/domain");
  EXPECT_EQ(refused_at(accept("", R"("personality": {"domain": "BSD"})")), "/linux/personality/domain");
  EXPECT_EQ(refused_at(accept("", R"("personality": {"domain": "LINUX", "flags": "x"})")), "/linux/personality/flags");
}

}  // namespace
}  // namespace brig::oci
