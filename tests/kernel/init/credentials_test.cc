// Who a process is after drop_privileges, by what the kernel says in /proc/self/status.
#include "runtime/init/credentials.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <bit>
#include <fstream>
#include <map>

#include "base/proc_dir.h"
#include "oci/names.h"
#include "runtime/init/attributes.h"
#include "tests/support/in_namespaces.h"

namespace brig::init {
namespace {

using brig::testing::in_namespaces;

constexpr std::uint64_t bit(int capability) { return std::uint64_t{1} << capability; }
constexpr int kChown = 0, kKill = 5, kNetBindService = 10;
constexpr std::uint64_t kSome = bit(kChown) | bit(kKill) | bit(kNetBindService);

std::string status_of_self() {
  std::ifstream file("/proc/self/status");
  std::string all, line;
  while (std::getline(file, line)) {
    const std::size_t colon = line.find(":\t");
    if (colon == std::string::npos) continue;
    const std::string key = line.substr(0, colon);
    for (const char* wanted : {"Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs"})
      if (key == wanted) all += key + "=" + line.substr(colon + 2) + ";";
  }
  return all;
}

std::string hex(std::uint64_t set) {
  char text[17];
  std::snprintf(text, sizeof text, "%016lx", static_cast<unsigned long>(set));
  return text;
}

std::string expected(const oci::Process& process) {
  const auto id = [](unsigned n) {
    const std::string s = std::to_string(n);
    return s + "\t" + s + "\t" + s + "\t" + s;
  };
  std::string groups;
  for (const gid_t gid : process.user.additional_gids) groups += std::to_string(gid) + " ";
  const oci::Capabilities& c = process.capabilities;
  return "Uid=" + id(process.user.uid) + ";Gid=" + id(process.user.gid) + ";Groups=" + (groups.empty() ? " " : groups) +
         ";CapInh=" + hex(c.inheritable) + ";CapPrm=" + hex(c.permitted) + ";CapEff=" + hex(c.effective) +
         ";CapBnd=" + hex(c.bounding) + ";CapAmb=" + hex(c.ambient) +
         ";NoNewPrivs=" + (process.no_new_privileges ? "1;" : "0;");
}

// "" if the process is then what was asked for, otherwise what it is or why it failed.
std::string wrong_after(const oci::Process& process) {
  return in_namespaces(0, [&]() -> std::string {
    Result<Unprivileged> dropped = drop_privileges(process, false);
    if (!dropped.ok()) return dropped.error().to_string();
    if (::prctl(PR_GET_DUMPABLE) != 0) return "dumpable";
    int signal = 0;
    if (::prctl(PR_GET_PDEATHSIG, &signal) != 0 || signal != SIGKILL) return "no parent-death signal";
    const std::string status = status_of_self();
    return status == expected(process) ? "" : "is " + status + ", wanted " + expected(process);
  });
}

// Every set absent, one capability or several, in all combinations that the kernel can give: effective and ambient are
// within permitted, ambient is within inheritable, inheritable and permitted are within what can be had.
TEST(CredentialsKernel, TheFiveSetsAreThoseOfTheConfigAndNoMore) {
  const std::uint64_t choices[] = {0, bit(kKill), kSome};
  int tried = 0;
  for (const uid_t uid : {0u, 1000u})
    for (const std::uint64_t bounding : choices)
      for (const std::uint64_t permitted : choices)
        for (const std::uint64_t effective : choices)
          for (const std::uint64_t inheritable : choices)
            for (const std::uint64_t ambient : choices) {
              if ((effective & ~permitted) != 0 || (ambient & ~(permitted & inheritable)) != 0) continue;
              if ((inheritable & ~bounding) != 0) continue;
              oci::Process process;
              process.user.uid = uid;
              process.user.gid = uid;
              process.no_new_privileges = tried % 2 == 0;
              process.capabilities = {.bounding = bounding,
                                      .effective = effective,
                                      .inheritable = inheritable,
                                      .permitted = permitted,
                                      .ambient = ambient};
              EXPECT_EQ(wrong_after(process), "");
              ++tried;
            }
  EXPECT_GT(tried, 100);
}

TEST(CredentialsKernel, GroupsAreThoseOfTheConfig) {
  oci::Process process;
  process.user = {.uid = 1000, .gid = 2000, .umask = {}, .additional_gids = {5, 70000}};
  EXPECT_EQ(wrong_after(process), "");
}

// config.md#linux-process: such a request does not fail the container.
TEST(CredentialsKernel, WhatTheRuntimeDoesNotHaveIsNotGranted) {
  EXPECT_EQ(in_namespaces(0,
                          []() -> std::string {
                            const std::uint64_t kept = kSome | bit(6) | bit(7) | bit(8);  // setgid, setuid, setpcap
                            oci::Process first, second;
                            first.capabilities = {.bounding = kept, .effective = kept, .permitted = kept};
                            if (!drop_privileges(first, false).ok()) return "the first drop fails";
                            second.capabilities = {.bounding = kSome | bit(12), .permitted = kSome | bit(12)};
                            Result<Unprivileged> dropped = drop_privileges(second, false);
                            if (!dropped.ok()) return dropped.error().to_string();
                            second.capabilities = {.bounding = kSome, .permitted = kSome};
                            const std::string status = status_of_self();
                            return status == expected(second) ? "" : "is " + status + ", wanted " + expected(second);
                          }),
            "");
}

TEST(Credentials, OnlyWhatTheKernelAllowsIsGrantable) {
  const oci::Capabilities all = {
      .bounding = 0b0111, .effective = 0b1111, .inheritable = 0b1110, .permitted = 0b0110, .ambient = 0b1111};
  const oci::Capabilities granted = grantable(all, 0b1100);
  EXPECT_EQ(granted.permitted, 0b0100u);
  EXPECT_EQ(granted.effective, 0b0100u);
  EXPECT_EQ(granted.inheritable, 0b0100u);
  EXPECT_EQ(granted.ambient, 0b0100u);
  EXPECT_EQ(granted.bounding, 0b0111u);
}

TEST(AttributesKernel, NamesAndSysctlsAreTheNamespaces) {
  EXPECT_EQ(in_namespaces(CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWIPC,
                          []() -> std::string {
                            Plan plan;
                            plan.hostname = "a-host";
                            plan.domainname = "a.domain";
                            // A slash of the key stands for a dot of the name.
                            plan.sysctl = {{"net.ipv4.ip_forward", "1"},
                                           {"net.ipv4.conf.lo.forwarding", "0"},
                                           {"kernel.msgmax", "8000"}};
                            Result<ProcDir> proc = ProcDir::open();
                            Result<void> applied = apply_attributes(plan, proc.value());
                            if (!applied.ok()) return applied.error().to_string();
                            for (const auto& [file, value] :
                                 std::map<std::string, std::string>{{"kernel/hostname", "a-host\n"},
                                                                    {"kernel/domainname", "a.domain\n"},
                                                                    {"net/ipv4/conf/lo/forwarding", "0\n"},
                                                                    {"kernel/msgmax", "8000\n"}}) {
                              Result<std::string> now = proc.value().read("sys/" + file);
                              if (!now.ok() || now.value() != value) return file + " is something else";
                            }
                            plan.sysctl = {{"net.ipv4.conf.no/such.forwarding", "1"}};
                            applied = apply_attributes(plan, proc.value());
                            if (applied.ok()) return "an interface that is not there";
                            const std::string text = applied.error().to_string();
                            return text.find("sys/net/ipv4/conf/no.such/forwarding") != std::string::npos ? "" : text;
                          }),
            "");
}

TEST(AttributesKernel, TheOomScoreIsSetByEitherName) {
  EXPECT_EQ(in_namespaces(0,
                          []() -> std::string {
                            Result<ProcDir> proc = ProcDir::open();
                            for (const std::string& name : {std::string("self"), std::to_string(::getpid())}) {
                              const int wanted = name == "self" ? 500 : 600;
                              Result<void> set = set_oom_score(wanted, name, proc.value());
                              if (!set.ok()) return set.error().to_string();
                              if (proc.value().read("self/oom_score_adj").value() != std::to_string(wanted) + "\n")
                                return "not set";
                            }
                            return {};
                          }),
            "");
}

// Lowering takes CAP_SYS_RESOURCE; asking for what is there already takes nothing.
TEST(AttributesKernel, TheOomScoreThatIsThereAlreadyIsFine) {
  EXPECT_EQ(in_namespaces(0,
                          []() -> std::string {
                            Result<ProcDir> proc = ProcDir::open();
                            if (::setresuid(1000, 1000, 1000) != 0) return "no user";
                            const int now = std::stoi(proc.value().read("self/oom_score_adj").value());
                            if (!set_oom_score(now, "self", proc.value()).ok()) return "the same is refused";
                            Result<void> lowered = set_oom_score(-1000, "self", proc.value());
                            return !lowered.ok() && lowered.error().code() == EACCES ? "" : "lowered without a right";
                          }),
            "");
}

}  // namespace
}  // namespace brig::init
