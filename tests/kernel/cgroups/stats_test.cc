// Statistics and what is told of memory, as the kernel counts them: on this machine as it is, and on cgroup v2 alone.
#include "cgroups/stats.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "cgroups/memory_watch.h"
#include "tests/kernel/cgroups/world.h"

namespace brig::cgroups {
namespace {

using testing::Child;
using testing::in_world;
using testing::kSkip;
using testing::place_for_test;
using testing::sleep_for_ever;
using testing::spawn;
using testing::v2_offers;
using testing::World;

class StatsOf : public ::testing::TestWithParam<World> {};
INSTANTIATE_TEST_SUITE_P(Worlds, StatsOf, ::testing::Values(World::kMachine, World::kV2View), testing::name_of);

bool offers(const Location& where, const char* controller) {
  return where.v2_only() ? v2_offers(controller) : where.with(controller) != nullptr;
}

constexpr std::size_t kMegabyte = 1 << 20;

// Uses 200 ms of a CPU, however long that takes on a busy machine.
int spin_then_sleep() {
  timespec used = {};
  while (used.tv_sec == 0 && used.tv_nsec < 200'000'000) used = sys::clock_gettime(CLOCK_PROCESS_CPUTIME_ID);
  return sleep_for_ever();
}

TEST_P(StatsOf, TimeAndProcesses) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "time"));
    const Draft draft = NEED(create(where, {}));
    Child child = NEED(spawn(draft, spin_then_sleep));
    const std::uint64_t before = NEED(read_stats(where)).cpu.total_ns;
    child.let_go();
    Stats stats;
    for (int tries = 0; tries < 1000 && stats.cpu.total_ns < before + 150'000'000; ++tries) {
      usleep(10'000);
      stats = NEED(read_stats(where));
    }
    REQUIRE(stats.cpu.total_ns >= before + 150'000'000, std::to_string(stats.cpu.total_ns));
    REQUIRE(stats.cpu.total_ns < before + 2'000'000'000, std::to_string(stats.cpu.total_ns));
    REQUIRE(stats.pids.current == 1);
    REQUIRE(stats.pids.limit == 0);
    if (where.with("cpuacct") != nullptr) {
      const auto cpus = static_cast<std::size_t>(sysconf(_SC_NPROCESSORS_CONF));
      REQUIRE(stats.cpu.per_cpu_ns.size() == cpus && stats.cpu.per_cpu_user_ns.size() == cpus);
    }
    if (where.with("cpuset") != nullptr) REQUIRE(!stats.cpuset.cpus.empty() && !stats.cpuset.mems.empty());
    NEED(kill_all(where, SIGKILL));
    child.wait();
    return "";
  });
}

TEST_P(StatsOf, MemoryAndLimits) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "memory"));
    if (!offers(where, "memory") || !offers(where, "pids")) return std::string(kSkip) + "no memory controller here";
    oci::Resources resources;
    resources.memory.limit = 64 * kMegabyte;
    resources.pids_limit = 10;
    const Draft draft = NEED(create(where, resources));
    Child child = NEED(spawn(draft, [] {
      void* const memory = mmap(nullptr, 8 * kMegabyte, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      std::memset(memory, 1, 8 * kMegabyte);
      return sleep_for_ever();
    }));
    child.let_go();
    Stats stats;
    for (int tries = 0; tries < 200 && stats.memory.usage.usage < 8 * kMegabyte; ++tries) {
      usleep(10'000);
      stats = NEED(read_stats(where));
    }
    REQUIRE(stats.memory.usage.usage >= 8 * kMegabyte && stats.memory.usage.usage <= 64 * kMegabyte);
    REQUIRE(stats.memory.usage.limit == 64 * kMegabyte, std::to_string(stats.memory.usage.limit));
    REQUIRE(stats.pids.limit == 10);
    REQUIRE(stats.memory.raw.size() > 10);
    NEED(kill_all(where, SIGKILL));
    child.wait();
    return "";
  });
}

TEST_P(StatsOf, PressureWhereItIsMeasured) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "pressure"));
    const Draft draft = NEED(create(where, {}));
    const Stats stats = NEED(read_stats(where));
    const std::string own = testing::read_of(where.unified(), "cpu.pressure");
    REQUIRE(stats.cpu.pressure.has_value() == own.starts_with("some "), own);
    const Result<PressureWatch> watch = PressureWatch::open(where);
    REQUIRE(watch.ok() == stats.memory.pressure.has_value(), watch.ok() ? "" : watch.error().to_string());
    if (!watch.ok()) return std::string(kSkip) + watch.error().to_string();
    pollfd entry = watch.value().entry();
    REQUIRE(poll(&entry, 1, 50) == 0);  // nobody is there to wait for memory
    return "";
  });
}

TEST_P(StatsOf, WhatIsGoneHasUsedNothing) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "gone"));
    const Stats stats = NEED(read_stats(where));
    REQUIRE(stats.cpu.total_ns == 0 && stats.pids.current == 0 && stats.memory.raw.empty());
    REQUIRE(!NEED(OomWatch::open(where)).has_value());
    REQUIRE(!PressureWatch::open(where).ok());
    return "";
  });
}

TEST(StatsOf, WithoutACgroupThereAreNone) {
  const Result<Stats> stats = read_stats({});
  ASSERT_FALSE(stats.ok());
  EXPECT_EQ(stats.error().kind(), Error::Kind::kUnsupported);
}

// Touches more than the cgroup may have.
int use_too_much() {
  void* const memory = mmap(nullptr, 64 * kMegabyte, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  std::memset(memory, 1, 64 * kMegabyte);
  return 0;
}

TEST_P(StatsOf, AKillForLackOfMemoryIsTold) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "oom"));
    if (!offers(where, "memory")) return std::string(kSkip) + "no memory controller here";
    oci::Resources resources;
    resources.memory.limit = 16 * kMegabyte;
    resources.memory.swap = 16 * kMegabyte;
    Draft draft = NEED(create(where, resources));
    std::optional<OomWatch> watch = NEED(OomWatch::open(where));
    REQUIRE(watch.has_value());
    pollfd entry = watch->entry();
    REQUIRE(poll(&entry, 1, 0) == 0);
    REQUIRE(!NEED(watch->happened()));
    for (int i = 0; i < 2; ++i) {
      Child child = NEED(spawn(draft, use_too_much));
      child.let_go();
      REQUIRE(WTERMSIG(child.wait()) == SIGKILL);
      entry = watch->entry();
      REQUIRE(poll(&entry, 1, 1000) == 1);
      REQUIRE(NEED(watch->happened()));
      REQUIRE(!NEED(watch->happened()));
    }
    NEED(remove(where, 1000));
    draft.keep();
    REQUIRE(!NEED(watch->happened()));
    // v1 tells of the cgroup's end once; v2 tells whoever asks.
    REQUIRE(watch->over() || !where.v2_only());
    return "";
  });
}

}  // namespace
}  // namespace brig::cgroups
