// What resctrl tells, from a tree of files as the kernel shows them: few machines have the hardware.
#include "runtime/container/rdt_stats.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/temporary_directory.h"

namespace brig::container {
namespace {

class RdtStatsTest : public ::testing::Test {
 protected:
  void directory(const std::string& path) const { mkdir((root() + '/' + path).c_str(), 0755); }
  void file(const std::string& path, const std::string& content) const {
    std::ofstream(root() + '/' + path) << content << '\n';
  }
  std::string root() const { return directory_.path(); }
  RdtPlace place(const std::string& monitoring) const {
    return {.mount = root(), .class_name = "web", .made_for_it = true, .monitoring = monitoring};
  }
  void domain(const std::string& path, int value) const {
    directory(path);
    file(path + "/mbm_total_bytes", std::to_string(value));
    file(path + "/mbm_local_bytes", "Unavailable");
    file(path + "/llc_occupancy", std::to_string(value + 1));
  }

  testing::TemporaryDirectory directory_;
};

TEST_F(RdtStatsTest, AllOfIt) {
  for (const char* path : {"info", "info/L3", "info/MB", "info/L3_MON", "web", "web/mon_data", "web/mon_groups",
                           "web/mon_groups/web", "web/mon_groups/web/mon_data"})
    directory(path);
  file("schemata", "    L3:0=fff;1=fff\n    MB:0=100;1=100");
  file("web/schemata", "    L3:0=f;1=f\n    MB:0=50;1=50");
  file("info/L3/cbm_mask", "fff");
  file("info/L3/min_cbm_bits", "2");
  file("info/L3/num_closids", "16");
  file("info/MB/bandwidth_gran", "10");
  file("info/MB/delay_linear", "1");
  file("info/MB/min_bandwidth", "11");
  file("info/MB/num_closids", "8");
  file("info/L3_MON/mon_features", "llc_occupancy\nmbm_total_bytes\nmbm_local_bytes");
  domain("web/mon_data/mon_L3_00", 10);
  domain("web/mon_groups/web/mon_data/mon_L3_01", 30);
  domain("web/mon_groups/web/mon_data/mon_L3_00", 20);

  const Result<RdtStats> own = read_rdt_stats(place("web"));
  ASSERT_TRUE(own.ok()) << own.error().to_string();
  const RdtStats& stats = own.value();
  EXPECT_EQ(stats.l3->cbm_mask, "fff");
  EXPECT_EQ(stats.l3->min_cbm_bits, 2U);
  EXPECT_EQ(stats.l3->num_closids, 16U);
  EXPECT_EQ(stats.l3_schema_root, "L3:0=fff;1=fff");
  EXPECT_EQ(stats.l3_schema, "L3:0=f;1=f");
  EXPECT_EQ(stats.memory_bandwidth->bandwidth_gran, 10U);
  EXPECT_EQ(stats.memory_bandwidth->min_bandwidth, 11U);
  EXPECT_EQ(stats.memory_bandwidth_schema, "MB:0=50;1=50");
  EXPECT_EQ(stats.memory_bandwidth_schema_root, "MB:0=100;1=100");
  ASSERT_EQ(stats.bandwidth->size(), 2U);
  EXPECT_EQ(stats.bandwidth->at(0).total_bytes, 20U);
  EXPECT_EQ(stats.bandwidth->at(1).total_bytes, 30U);
  EXPECT_EQ(stats.bandwidth->at(1).local_bytes, 0U);
  EXPECT_EQ(*stats.occupancy, (std::vector<std::uint64_t>{21, 31}));

  const Result<RdtStats> of_class = read_rdt_stats(place(""));
  ASSERT_TRUE(of_class.ok()) << of_class.error().to_string();
  ASSERT_EQ(of_class.value().bandwidth->size(), 1U);
  EXPECT_EQ(of_class.value().bandwidth->front().total_bytes, 10U);
}

TEST_F(RdtStatsTest, WhatTheHardwareDoesNotHaveIsNotTold) {
  directory("web");
  file("schemata", "L2:0=ff");
  file("web/schemata", "L2:0=f");
  const Result<RdtStats> read = read_rdt_stats(place(""));
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  EXPECT_FALSE(read.value().l3 || read.value().memory_bandwidth || read.value().bandwidth || read.value().occupancy);
  EXPECT_EQ(read.value().l3_schema + read.value().memory_bandwidth_schema, "");
}

TEST_F(RdtStatsTest, AClassThatIsGoneIsAnError) {
  file("schemata", "L3:0=fff");
  const Result<RdtStats> read = read_rdt_stats(place(""));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code(), ENOENT);
}

}  // namespace
}  // namespace brig::container
