#include "cgroups/resources.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cgroups/apply.h"

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

// oci::validate lets none of these through; a document of limits alone may have them.
TEST(Resources, SwapThatCanNotBeToldFromMemoryIsRefusedInV2) {
  for (const oci::MemoryResources& memory : {oci::MemoryResources{.limit = {}, .reservation = {}, .swap = 4096},
                                             oci::MemoryResources{.limit = 8192, .reservation = {}, .swap = 4096}}) {
    oci::Resources r;
    r.memory = memory;
    const Result<std::vector<Setting>> settings = settings_v2(r);
    ASSERT_FALSE(settings.ok());
    EXPECT_EQ(settings.error().kind(), Error::Kind::kConfig);
    EXPECT_EQ(settings.error().subject(), "/linux/resources/memory/swap");
  }
}

TEST(Resources, MemoryThatIsNoLimitOfV2) {
  oci::Resources r;
  r.memory.kernel = 1 << 20;
  r.memory.kernel_tcp = 1 << 19;
  r.memory.swappiness = 0;
  r.memory.disable_oom_killer = true;
  r.memory.use_hierarchy = true;
  EXPECT_EQ(writes(settings_v1(r)),
            (Writes{"memory.use_hierarchy=1", "memory.kmem.limit_in_bytes=1048576",
                    "memory.kmem.tcp.limit_in_bytes=524288", "memory.swappiness=0", "memory.oom_control=1"}));
  EXPECT_EQ(writes(settings_v2(r)), Writes{});
  r.memory = {};
  r.memory.disable_oom_killer = false;
  r.memory.use_hierarchy = false;
  r.memory.check_before_update = true;
  EXPECT_EQ(writes(settings_v1(r)), Writes{"memory.oom_control=0"});
  EXPECT_EQ(writes(settings_v2(r)), Writes{});
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

constexpr oci::BlockDevice kDisk = {.major = 8, .minor = 16};

TEST(Resources, BlockIoThrottles) {
  oci::Resources r;
  r.block_io.read_bps = {{.device = kDisk, .rate = 600}, {.device = {.major = 254, .minor = 0}, .rate = 0}};
  r.block_io.write_bps = {{.device = kDisk, .rate = UINT64_MAX}};
  r.block_io.read_iops = {{.device = kDisk, .rate = 7}};
  r.block_io.write_iops = {{.device = kDisk, .rate = 8}};
  EXPECT_EQ(writes(settings_v1(r)),
            (Writes{"blkio.throttle.read_bps_device=8:16 600", "blkio.throttle.read_bps_device=254:0 0",
                    "blkio.throttle.write_bps_device=8:16 18446744073709551615",
                    "blkio.throttle.read_iops_device=8:16 7", "blkio.throttle.write_iops_device=8:16 8"}));
  EXPECT_EQ(writes(settings_v2(r)),
            (Writes{"io.max=8:16 rbps=600", "io.max=254:0 rbps=max", "io.max=8:16 wbps=18446744073709551615",
                    "io.max=8:16 riops=7", "io.max=8:16 wiops=8"}));
  EXPECT_EQ(settings_v1(r).value()[0].controller, "blkio");
  EXPECT_EQ(settings_v2(r).value()[0].controller, "io");
  EXPECT_EQ(settings_v2(r).value()[1].pointer, "/linux/resources/blockIO/throttleReadBpsDevice/1");
  EXPECT_EQ(settings_v1(r).value()[4].pointer, "/linux/resources/blockIO/throttleWriteIOPSDevice/0");
}

TEST(Resources, BlockIoWeightsHaveAFormForEachScheduler) {
  oci::Resources r;
  r.block_io.weight = 500;
  r.block_io.weight_devices = {{.device = kDisk, .weight = 10, .leaf_weight = {}}};
  const std::vector<Setting> v1 = settings_v1(r).value(), v2 = settings_v2(r).value();
  ASSERT_EQ(v1.size(), 2u);
  EXPECT_EQ(v1[0].file + "=" + v1[0].value, "blkio.weight=500");
  EXPECT_EQ(v1[0].other_file + "=" + v1[0].other_value, "blkio.bfq.weight=500");
  EXPECT_EQ(v1[1].file + "=" + v1[1].value, "blkio.weight_device=8:16 10");
  EXPECT_EQ(v1[1].other_file + "=" + v1[1].other_value, "blkio.bfq.weight_device=8:16 10");
  ASSERT_EQ(v2.size(), 2u);
  EXPECT_EQ(v2[0].file + "=" + v2[0].value, "io.bfq.weight=500");
  EXPECT_EQ(v2[0].other_file + "=" + v2[0].other_value, "io.weight=4950");
  EXPECT_EQ(v2[1].file + "=" + v2[1].value, "io.bfq.weight=8:16 10");
  EXPECT_EQ(v2[1].other_file + "=" + v2[1].other_value, "io.weight=8:16 1");
  EXPECT_EQ(v2[1].pointer, "/linux/resources/blockIO/weightDevice/0");
}

TEST(Resources, IoWeightMeetsBothEnds) {
  EXPECT_EQ(io_weight(10), 1u);
  EXPECT_EQ(io_weight(100), 910u);
  EXPECT_EQ(io_weight(1000), 10000u);
}

void expect_no_place(const oci::Resources& resources, const std::string& pointer) {
  const Result<std::vector<Setting>> settings = settings_v2(resources);
  ASSERT_FALSE(settings.ok());
  EXPECT_EQ(settings.error().kind(), Error::Kind::kUnsupported);
  EXPECT_NE(settings.error().to_string().find(pointer + ": "), std::string::npos) << settings.error().to_string();
}

TEST(Resources, LeafWeightsAreOfV1Alone) {
  oci::Resources r;
  r.block_io.leaf_weight = 30;
  r.block_io.weight_devices = {{.device = kDisk, .weight = {}, .leaf_weight = 40}};
  EXPECT_EQ(writes(settings_v1(r)), (Writes{"blkio.leaf_weight=30", "blkio.leaf_weight_device=8:16 40"}));
  expect_no_place(r, "/linux/resources/blockIO/leafWeight");
  r.block_io.leaf_weight.reset();
  expect_no_place(r, "/linux/resources/blockIO/weightDevice/0/leafWeight");
}

TEST(Resources, NetworkIsOfV1Alone) {
  oci::Resources r;
  r.network.class_id = 1048577;
  EXPECT_EQ(writes(settings_v1(r)), Writes{"net_cls.classid=1048577"});
  expect_no_place(r, "/linux/resources/network/classID");
  r.network.class_id = 0;
  r.network.priorities = {{.name = "eth0", .priority = 500}, {.name = "lo", .priority = 0}};
  EXPECT_EQ(writes(settings_v1(r)), (Writes{"net_prio.ifpriomap=eth0 500", "net_prio.ifpriomap=lo 0"}));
  EXPECT_EQ(settings_v1(r).value()[1].pointer, "/linux/resources/network/priorities/1");
  EXPECT_EQ(settings_v1(r).value()[1].controller, "net_prio");
  expect_no_place(r, "/linux/resources/network/priorities");
}

TEST(Resources, HugePagesAreLimitedInUseAndInReservation) {
  oci::Resources r;
  r.hugepage_limits = {{.page_size = "2MB", .limit = 4 << 20}, {.page_size = "1GB", .limit = 0}};
  EXPECT_EQ(writes(settings_v1(r)),
            (Writes{"hugetlb.2MB.limit_in_bytes=4194304", "hugetlb.2MB.rsvd.limit_in_bytes=4194304",
                    "hugetlb.1GB.limit_in_bytes=0", "hugetlb.1GB.rsvd.limit_in_bytes=0"}));
  EXPECT_EQ(writes(settings_v2(r)), (Writes{"hugetlb.2MB.max=4194304", "hugetlb.2MB.rsvd.max=4194304",
                                            "hugetlb.1GB.max=0", "hugetlb.1GB.rsvd.max=0"}));
  for (const std::vector<Setting>& settings : {settings_v1(r).value(), settings_v2(r).value()}) {
    EXPECT_FALSE(settings[0].optional);
    EXPECT_TRUE(settings[1].optional && settings[2].optional && settings[3].optional);
    EXPECT_EQ(settings[0].controller, "hugetlb");
    EXPECT_EQ(settings[2].pointer, "/linux/resources/hugepageLimits/1");
  }
}

TEST(Resources, RdmaNamesWhatItLimits) {
  oci::Resources r;
  r.rdma = {{.device = "mlx5_1", .hca_handles = 3, .hca_objects = 10000},
            {.device = "mlx4_0", .hca_handles = {}, .hca_objects = 0},
            {.device = "rxe3", .hca_handles = 5, .hca_objects = {}}};
  const Writes wanted = {"rdma.max=mlx5_1 hca_handle=3 hca_object=10000", "rdma.max=mlx4_0 hca_object=0",
                         "rdma.max=rxe3 hca_handle=5"};
  EXPECT_EQ(writes(settings_v1(r)), wanted);
  EXPECT_EQ(writes(settings_v2(r)), wanted);
  EXPECT_EQ(settings_v2(r).value()[2].pointer, "/linux/resources/rdma/rxe3");
}

TEST(Resources, UnifiedComesLastAndLineByLine) {
  oci::Resources r;
  r.pids_limit = 5;
  r.unified = {{"pids.max", "max"},
               {"io.max", "8:0 rbps=1\n8:1 wbps=2\n"},
               {"cpuset.cpus", ""},
               {"cgroup.max.depth", "3"},
               {"memory.oom.group", "1"}};
  EXPECT_EQ(writes(settings_v2(r)), (Writes{"pids.max=5", "cgroup.max.depth=3", "cpuset.cpus=\n", "io.max=8:0 rbps=1",
                                            "io.max=8:1 wbps=2", "memory.oom.group=1", "pids.max=max"}));
  const std::vector<Setting> settings = settings_v2(r).value();
  EXPECT_EQ(settings.back().pointer, "/linux/resources/unified/pids.max");
  EXPECT_FALSE(is_default(settings.back())) << "it must undo what pids.limit wrote";
  EXPECT_EQ(settings[5].controller, "memory");
}

TEST(Resources, UnifiedNeedsV2) {
  oci::Resources r;
  r.unified = {{"memory.high", "1"}};
  const Result<std::vector<Setting>> settings = settings_v1(r);
  ASSERT_FALSE(settings.ok());
  EXPECT_EQ(settings.error().kind(), Error::Kind::kUnsupported);
  EXPECT_NE(settings.error().to_string().find("/linux/resources/unified"), std::string::npos);
}

TEST(Resources, ControllersThatCanNotBeDoneWithout) {
  oci::Resources r;
  r.memory.limit = -1;  // a default
  r.pids_limit = 7;
  r.cpu.burst = 1000;
  r.hugepage_limits = {{.page_size = "2MB", .limit = 0}};
  r.unified = {{"cgroup.max.depth", "3"}, {"misc.max", "res_a 1"}};
  const Controllers found = controllers_of(settings_v2(r).value());
  EXPECT_EQ(found.needed, (std::vector<std::string>{"pids", "misc"}));
  EXPECT_EQ(found.if_offered, (std::vector<std::string>{"cpu", "hugetlb"}));
  r.hugepage_limits[0].limit = 1;
  EXPECT_EQ(controllers_of(settings_v2(r).value()).needed, (std::vector<std::string>{"pids", "hugetlb", "misc"}));
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
