// Limits: written, read back, and felt by a process.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>

#include "tests/kernel/cgroups/world.h"

namespace brig::cgroups {
namespace {

using testing::Child;
using testing::in_world;
using testing::kSkip;
using testing::place_for_test;
using testing::read_of;
using testing::spawn;
using testing::World;

bool available(const Location& where, const char* controller) {
  return where.v2_only() ? testing::v2_offers(controller) : where.with(controller) != nullptr;
}

const Hierarchy* hierarchy_of(const Location& where, const char* controller) {
  return where.v2_only() ? where.unified() : where.with(controller);
}

// Whether a machine with little memory or CPU bandwidth left to us, above our own cgroup, can take the limits below.
TEST(Limits, AreReadBack) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "limits"));
    for (const char* controller : {"memory", "cpu", "pids"})
      if (!available(where, controller)) return std::string(kSkip) + "no controller " + controller;
    oci::Resources r;
    r.memory = {.limit = 64 << 20, .reservation = 32 << 20, .swap = 96 << 20};
    r.cpu.shares = 512;
    r.cpu.quota = 20000;
    r.cpu.period = 50000;
    r.pids_limit = 17;
    if (available(where, "cpuset")) {
      r.cpu.cpus = "0";
      r.cpu.mems = "0";
    }
    const Draft draft = NEED(create(where, r));
    const auto reads = [&](const char* controller, const char* file) {
      return read_of(hierarchy_of(where, controller), file);
    };
    REQUIRE(reads("pids", "pids.max") == "17");
    if (!r.cpu.cpus.empty()) REQUIRE(reads("cpuset", "cpuset.cpus") == "0");
    if (where.v2_only()) {
      REQUIRE(reads("memory", "memory.max") == "67108864");
      REQUIRE(reads("memory", "memory.low") == "33554432");
      if (access("/proc/swaps", F_OK) == 0) REQUIRE(reads("memory", "memory.swap.max") == "33554432");
      REQUIRE(reads("cpu", "cpu.weight") == "59");
      REQUIRE(reads("cpu", "cpu.max") == "20000 50000");
      return "";
    }
    REQUIRE(reads("memory", "memory.limit_in_bytes") == "67108864");
    REQUIRE(reads("memory", "memory.soft_limit_in_bytes") == "33554432");
    REQUIRE(reads("memory", "memory.memsw.limit_in_bytes") == "100663296");
    REQUIRE(reads("cpu", "cpu.shares") == "512");
    REQUIRE(reads("cpu", "cpu.cfs_period_us") == "50000");
    REQUIRE(reads("cpu", "cpu.cfs_quota_us") == "20000");
    return "";
  });
}

TEST(Limits, DefaultsAreWrittenToADirectoryThatIsTakenOver) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "again"));
    if (!available(where, "pids")) return std::string(kSkip) + "no controller pids";
    oci::Resources r;
    r.pids_limit = 5;
    NEED(create(where, r)).keep();
    r.pids_limit = -1;
    const Draft draft = NEED(create(where, r));
    REQUIRE(read_of(hierarchy_of(where, "pids"), "pids.max") == "max");
    return "";
  });
}

TEST(Limits, PidsMaxRefusesAFork) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "pids"));
    if (!available(where, "pids")) return std::string(kSkip) + "no controller pids";
    oci::Resources r;
    r.pids_limit = 4;
    const Draft draft = NEED(create(where, r));
    Child child = NEED(spawn(draft, [] {
      int made = 0;
      for (; made < 10; ++made) {
        const pid_t pid = fork();
        if (pid == 0) {
          prctl(PR_SET_PDEATHSIG, SIGKILL);
          testing::sleep_for_ever();
        }
        if (pid == -1) break;
      }
      return made + (errno == EAGAIN ? 100 : 0);
    }));
    child.let_go();
    const int status = child.wait();
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) == 103, std::to_string(WEXITSTATUS(status)));
    return "";
  });
}

TEST(Limits, ANewContainerStartsInACgroupOfZeroPids) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "pids0"));
    if (!available(where, "pids")) return std::string(kSkip) + "no controller pids";
    oci::Resources r;
    r.pids_limit = 0;
    const Draft draft = NEED(create(where, r));
    Child child = NEED(spawn(draft, [] { return fork() == -1 && errno == EAGAIN ? 7 : 1; }));
    child.let_go();
    REQUIRE(WEXITSTATUS(child.wait()) == 7);
    return "";
  });
}

TEST(Limits, MemoryMaxKillsAHog) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "hog"));
    if (!available(where, "memory")) return std::string(kSkip) + "no controller memory";
    oci::Resources r;
    r.memory = {.limit = 64 << 20, .reservation = {}, .swap = 64 << 20};
    const Draft draft = NEED(create(where, r));
    const auto use = [](std::size_t size) {
      void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (memory == MAP_FAILED) return 1;
      std::memset(memory, 1, size);
      return 0;
    };
    Child modest = NEED(spawn(draft, [&] { return use(32 << 20); }));
    modest.let_go();
    REQUIRE(modest.wait() == 0);
    Child hog = NEED(spawn(draft, [&] { return use(128 << 20); }));
    hog.let_go();
    const int status = hog.wait();
    REQUIRE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return "";
  });
}

TEST(Limits, ARefusedValueLeavesNothingAndNamesTheProperty) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "refused"));
    if (!available(where, "cpu")) return std::string(kSkip) + "no controller cpu";
    oci::Resources r;
    r.cpu.quota = 5;  // less than a millisecond
    {
      const Result<Draft> draft = create(where, r);
      REQUIRE(!draft.ok());
      REQUIRE(draft.error().code() == EINVAL);
      REQUIRE(draft.error().to_string().find("/linux/resources/cpu/quota") != std::string::npos,
              draft.error().to_string());
    }
    for (const Hierarchy& h : where.hierarchies) REQUIRE(!testing::exists(h), h.directory());
    return "";
  });
}

TEST(Limits, AnAncestorWithProcessesIsNamed) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location outer = NEED(place_for_test(root, "full"));
    if (!outer.v2_only() || !available(outer, "memory"))
      return std::string(kSkip) + "needs cgroup v2 with the memory controller";
    const Draft draft = NEED(create(outer, {}));
    Child child = NEED(spawn(draft, testing::sleep_for_ever));
    oci::Resources r;
    r.memory.limit = 64 << 20;
    std::string text;
    {
      const Location below = NEED(place_for_test(root, "full/inner"));
      const Result<Draft> inner = create(below, r);
      if (!inner.ok()) text = inner.error().to_string();
      // Without limits there is nothing to enable, and a process can enter.
      const Draft free = NEED(create(below, {}));
      Child second = NEED(spawn(free, [] { return 5; }));
      second.let_go();
      REQUIRE(WEXITSTATUS(second.wait()) == 5);
    }
    kill(child.pid, SIGKILL);
    child.wait();
    REQUIRE(text.find("controller memory can't be enabled in " + outer.unified()->directory()) != std::string::npos,
            text);
    REQUIRE(text.find("no internal processes") != std::string::npos, text);
    return "";
  });
}

TEST(Limits, DisabledCgroupsLimitNothing) {
  oci::Resources r;
  r.pids_limit = 5;
  const Result<Draft> draft = create({}, r);
  ASSERT_TRUE(draft.ok());
  EXPECT_FALSE(draft.value().clone_target().has_value());
  EXPECT_TRUE(draft.value().apply_devices(r).ok());
  EXPECT_TRUE(draft.value().add(1, false).ok());
}

}  // namespace
}  // namespace brig::cgroups
