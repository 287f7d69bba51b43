// What an update writes to have a value back, by what the file reads before it is overwritten.
#include "cgroups/undo.h"

#include <gtest/gtest.h>

namespace brig::cgroups {
namespace {

TEST(FormerLine, OfAFileWithOneValue) {
  EXPECT_EQ(former_line("memory.max", "max", "67108864"), "max");
  EXPECT_EQ(former_line("memory.limit_in_bytes", "9223372036854771712", "67108864"), "9223372036854771712");
  EXPECT_EQ(former_line("cpu.max", "max 100000", "20000 50000"), "max 100000");
  EXPECT_EQ(former_line("cpu.cfs_quota_us", "-1", "20000"), "-1");
  EXPECT_EQ(former_line("cgroup.max.depth", "max", "3"), "max");
  // No byte would be no write.
  EXPECT_EQ(former_line("cpuset.cpus", "", "0"), "\n");
}

TEST(FormerLine, OfAFileWithALineForEachDevice) {
  constexpr const char* kMax = "8:0 rbps=4096 wbps=max riops=max wiops=max\n8:16 rbps=max wbps=1 riops=max wiops=max";
  EXPECT_EQ(former_line("io.max", kMax, "8:16 riops=70"), "8:16 rbps=max wbps=1 riops=max wiops=max");
  EXPECT_EQ(former_line("io.max", kMax, "8:1 riops=70"), "8:1 rbps=max wbps=max riops=max wiops=max");
  EXPECT_EQ(former_line("io.max", "", "8:0 rbps=1"), "8:0 rbps=max wbps=max riops=max wiops=max");
  EXPECT_EQ(former_line("blkio.throttle.read_bps_device", "8:0 4096\n8:1 1", "8:0 8192"), "8:0 4096");
  EXPECT_EQ(former_line("blkio.throttle.read_bps_device", "8:1 1", "8:0 8192"), "8:0 0");
  EXPECT_EQ(former_line("rdma.max", "mlx5_0 hca_handle=max hca_object=max", "mlx5_0 hca_handle=3"),
            "mlx5_0 hca_handle=max hca_object=max");
  EXPECT_EQ(former_line("rdma.max", "", "mlx5_0 hca_handle=3"), std::nullopt);
  EXPECT_EQ(former_line("net_prio.ifpriomap", "lo 0\neth0 3", "lo 5"), "lo 0");
}

TEST(FormerLine, OfWeights) {
  EXPECT_EQ(former_line("io.weight", "default 100\n8:0 300", "200"), "default 100");
  EXPECT_EQ(former_line("io.bfq.weight", "default 100\n8:0 300", "default 200"), "default 100");
  EXPECT_EQ(former_line("io.bfq.weight", "default 100\n8:0 300", "8:0 200"), "8:0 300");
  EXPECT_EQ(former_line("io.bfq.weight", "default 100", "8:0 200"), "8:0 default");
  EXPECT_EQ(former_line("blkio.bfq.weight", "100", "200"), "100");
  EXPECT_EQ(former_line("blkio.bfq.weight_device", "", "8:0 200"), "8:0 default");
}

TEST(FormerLine, OfWhatReadsOtherwiseThanItIsWritten) {
  EXPECT_EQ(former_line("memory.oom_control", "oom_kill_disable 1\nunder_oom 0\noom_kill 3", "0"), "1");
  // A trigger that is written to a file of statistics.
  EXPECT_EQ(former_line("memory.pressure", "some avg10=0.00\nfull avg10=0.00", "some 150000 1000000"), std::nullopt);
}

}  // namespace
}  // namespace brig::cgroups
