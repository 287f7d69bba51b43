#include "cgroups/resources.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace brig::cgroups {
namespace {

using Writes = std::vector<std::string>;

Writes writes(const Result<std::vector<Setting>>& settings) {
  if (!settings.ok()) return {settings.error().to_string()};
  Writes out;
  for (const Setting& s : settings.value()) out.push_back(s.file + "=" + s.value);
  return out;
}

TEST(Resources, NothingGivenWritesNothing) {
  EXPECT_EQ(writes(settings_v1({})), Writes{});
  EXPECT_EQ(writes(settings_v2({})), Writes{});
}

TEST(Resources, ZeroIsNotGivenWhereTheKernelHasNoUseForIt) {
  oci::Resources r;
  r.memory = {.limit = 0, .reservation = 0, .swap = 0};
  r.cpu.shares = 0;
  r.cpu.quota = 0;
  r.cpu.period = 0;
  r.cpu.realtime_period = 0;
  r.cpu.realtime_runtime = 0;
  EXPECT_EQ(writes(settings_v1(r)), Writes{});
  EXPECT_EQ(writes(settings_v2(r)), Writes{});
}

TEST(Resources, MemoryInTheOrderOfTheKernelsChecks) {
  oci::Resources r;
  r.memory = {.limit = 64 << 20, .reservation = 32 << 20, .swap = 96 << 20};
  EXPECT_EQ(writes(settings_v1(r)), (Writes{"memory.limit_in_bytes=67108864", "memory.memsw.limit_in_bytes=100663296",
                                            "memory.soft_limit_in_bytes=33554432"}));
  EXPECT_EQ(writes(settings_v2(r)), (Writes{"memory.swap.max=33554432", "memory.max=67108864", "memory.low=33554432"}));
}

struct SwapCase {
  std::optional<std::int64_t> limit, swap;
  Writes v1, v2;
};

TEST(Resources, SwapIsWithMemoryInV1AndApartInV2) {
  const SwapCase cases[] = {
      {4096,
       4096,
       {"memory.limit_in_bytes=4096", "memory.memsw.limit_in_bytes=4096"},
       {"memory.swap.max=0", "memory.max=4096"}},
      {4096,
       -1,
       {"memory.limit_in_bytes=4096", "memory.memsw.limit_in_bytes=-1"},
       {"memory.swap.max=max", "memory.max=4096"}},
      {4096, {}, {"memory.limit_in_bytes=4096"}, {"memory.max=4096"}},
      {4096, 0, {"memory.limit_in_bytes=4096"}, {"memory.max=4096"}},
      {-1,
       {},
       {"memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=-1"},
       {"memory.swap.max=max", "memory.max=max"}},
      {-1,
       8192,
       {"memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=8192"},
       {"memory.swap.max=8192", "memory.max=max"}},
      {{}, -1, {"memory.memsw.limit_in_bytes=-1"}, {"memory.swap.max=max"}},
  };
  for (const SwapCase& c : cases) {
    oci::Resources r;
    r.memory = {.limit = c.limit, .reservation = {}, .swap = c.swap};
    EXPECT_EQ(writes(settings_v1(r)), c.v1);
    EXPECT_EQ(writes(settings_v2(r)), c.v2);
  }
}

TEST(Resources, SwapThatCanNotBeMeantIsRefused) {
  for (const oci::MemoryResources& memory : {oci::MemoryResources{.limit = {}, .reservation = {}, .swap = 4096},
                                             oci::MemoryResources{.limit = 8192, .reservation = {}, .swap = 4096},
                                             oci::MemoryResources{.limit = 8192, .reservation = {}, .swap = -2}}) {
    oci::Resources r;
    r.memory = memory;
    for (const Result<std::vector<Setting>>& settings : {settings_v1(r), settings_v2(r)}) {
      ASSERT_FALSE(settings.ok());
      EXPECT_EQ(settings.error().kind(), Error::Kind::kConfig);
      EXPECT_EQ(settings.error().subject(), "/linux/resources/memory/swap");
    }
  }
}

TEST(Resources, CpuTime) {
  oci::Resources r;
  r.cpu = {.shares = 2048,
           .burst = 5000,
           .period = 50000,
           .realtime_period = 900000,
           .quota = 20000,
           .realtime_runtime = 1000,
           .cpus = "0-1",
           .mems = "0",
           .idle = {}};
  EXPECT_EQ(writes(settings_v1(r)),
            (Writes{"cpu.rt_period_us=900000", "cpu.rt_runtime_us=1000", "cpu.shares=2048", "cpu.cfs_period_us=50000",
                    "cpu.cfs_quota_us=20000", "cpu.cfs_burst_us=5000", "cpuset.cpus=0-1", "cpuset.mems=0"}));
  EXPECT_EQ(writes(settings_v2(r)), (Writes{"cpu.weight=174", "cpu.max=20000 50000", "cpu.max.burst=5000",
                                            "cpuset.cpus=0-1", "cpuset.mems=0"}));
}

TEST(Resources, CpuMaxNeedsBothNumbers) {
  oci::Resources r;
  r.cpu.quota = 30000;
  EXPECT_EQ(writes(settings_v2(r)), Writes{"cpu.max=30000 100000"});
  r.cpu.quota = -1;
  EXPECT_EQ(writes(settings_v2(r)), Writes{"cpu.max=max 100000"});
  EXPECT_EQ(writes(settings_v1(r)), Writes{"cpu.cfs_quota_us=-1"});
  r.cpu.quota.reset();
  r.cpu.period = 25000;
  EXPECT_EQ(writes(settings_v2(r)), Writes{"cpu.max=max 25000"});
}

TEST(Resources, IdleComesWhereTheKernelTakesItsNeighbour) {
  oci::Resources r;
  r.cpu.shares = 512;
  r.cpu.idle = 1;
  EXPECT_EQ(writes(settings_v1(r)), (Writes{"cpu.shares=512", "cpu.idle=1"}));
  r.cpu.idle = 0;
  EXPECT_EQ(writes(settings_v1(r)), (Writes{"cpu.idle=0", "cpu.shares=512"}));
}

TEST(Resources, SharesThatTheKernelWouldSilentlyChangeAreRefusedInV1) {
  for (const std::uint64_t shares : {std::uint64_t{1}, std::uint64_t{262145}}) {
    oci::Resources r;
    r.cpu.shares = shares;
    ASSERT_FALSE(settings_v1(r).ok());
    EXPECT_EQ(settings_v1(r).error().subject(), "/linux/resources/cpu/shares");
    EXPECT_TRUE(settings_v2(r).ok());
  }
}

TEST(Resources, SharesMeetTheEndsAndTheDefaultOfWeight) {
  EXPECT_EQ(weight_of_shares(1), 1U);
  EXPECT_EQ(weight_of_shares(2), 1U);
  EXPECT_EQ(weight_of_shares(1024), 100U);
  EXPECT_EQ(weight_of_shares(262144), 10000U);
  EXPECT_EQ(weight_of_shares(UINT64_MAX), 10000U);
  for (std::uint64_t shares = 3; shares < 262144; ++shares) {
    ASSERT_GE(weight_of_shares(shares), weight_of_shares(shares - 1)) << shares;
    ASSERT_LE(weight_of_shares(shares), 10000U) << shares;
  }
}

TEST(Resources, PidsZeroStillLetsInitIn) {
  oci::Resources r;
  for (const auto& [limit, value] :
       {std::pair<std::int64_t, const char*>{-1, "pids.max=max"}, {0, "pids.max=1"}, {7, "pids.max=7"}}) {
    r.pids_limit = limit;
    EXPECT_EQ(writes(settings_v1(r)), Writes{value});
    EXPECT_EQ(writes(settings_v2(r)), Writes{value});
  }
}

TEST(Resources, PointersNameTheProperty) {
  oci::Resources r;
  r.cpu.period = 25000;
  r.pids_limit = 5;
  const Result<std::vector<Setting>> settings = settings_v2(r);
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings.value()[0].pointer, "/linux/resources/cpu/period");
  EXPECT_EQ(settings.value()[0].controller, "cpu");
  EXPECT_EQ(settings.value()[1].pointer, "/linux/resources/pids/limit");
  EXPECT_EQ(settings.value()[1].controller, "pids");
}

TEST(Resources, WhatANewCgroupHasAlready) {
  oci::Resources r;
  r.memory = {.limit = -1, .reservation = {}, .swap = -1};
  r.cpu.shares = 1024;
  r.cpu.quota = -1;
  r.cpu.idle = 0;
  r.cpu.burst = 0;
  r.pids_limit = -1;
  for (const Result<std::vector<Setting>>& settings : {settings_v1(r), settings_v2(r)})
    for (const Setting& setting : settings.value()) EXPECT_TRUE(is_default(setting)) << setting.file;
  r.memory.limit = 1 << 20;
  EXPECT_FALSE(is_default(settings_v1(r).value()[0]));
}

}  // namespace
}  // namespace brig::cgroups
