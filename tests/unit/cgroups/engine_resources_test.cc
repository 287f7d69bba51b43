// What engines send as linux.resources: taken whole by both versions of cgroups, with a record of what is left out.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/log.h"
#include "cgroups/apply.h"
#include "oci/read_config.h"

namespace brig::cgroups {
namespace {

using Lines = std::vector<std::string>;

// docker run --memory 512m --memory-reservation 256m --cpus 1.5 --pids-limit 100 --blkio-weight 300
// --device-read-bps … --oom-kill-disable, and the rest as dockerd fills it in: zero for what nobody asked for, -1 as an
// unsigned number for swappiness.
constexpr const char* kDocker = R"({
  "devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 1, "minor": 5, "access": "rwm"}],
  "memory": {"limit": 536870912, "reservation": 268435456, "swap": 1073741824, "kernel": 0, "kernelTCP": 0,
             "swappiness": 18446744073709551615, "disableOOMKiller": true},
  "cpu": {"shares": 0, "quota": 150000, "period": 100000, "cpus": "", "mems": "", "realtimeRuntime": 0,
          "realtimePeriod": 0},
  "pids": {"limit": 100},
  "blockIO": {"weight": 300, "weightDevice": [], "throttleWriteBpsDevice": null,
              "throttleReadBpsDevice": [{"major": 8, "minor": 0, "rate": 1048576}]},
  "hugepageLimits": [], "network": null, "rdma": null, "unified": null})";

// A container of a Kubernetes pod through containerd's CRI plugin, on a node with two sizes of huge pages.
constexpr const char* kContainerd = R"({
  "devices": [{"allow": false, "access": "rwm"}],
  "memory": {"limit": 209715200, "swap": 209715200, "swappiness": 0},
  "cpu": {"shares": 512, "quota": 50000, "period": 100000, "cpus": "0-1"},
  "pids": {"limit": -1},
  "hugepageLimits": [{"pageSize": "2MB", "limit": 0}, {"pageSize": "1GB", "limit": 0}]})";
// The same on cgroup v2, where the kubelet asks for more.
constexpr const char* kContainerdV2 = R"({
  "memory": {"limit": 209715200, "swap": 209715200},
  "cpu": {"shares": 512, "quota": 50000, "period": 100000},
  "hugepageLimits": [{"pageSize": "2MB", "limit": 0}],
  "unified": {"memory.oom.group": "1", "memory.min": "104857600", "memory.high": "188743680"}})";

// podman run --memory 256m --cpu-shares 2048 --pids-limit … --device-write-iops …: it sends what was asked for, and
// empty objects.
constexpr const char* kPodman = R"({
  "devices": [{"allow": false, "access": "rwm"}],
  "memory": {"limit": 268435456, "swap": 536870912, "disableOOMKiller": false},
  "cpu": {"shares": 2048, "cpus": "0", "mems": "0"},
  "pids": {"limit": 2048},
  "blockIO": {"throttleWriteIOPSDevice": [{"major": 8, "minor": 0, "rate": 100}]},
  "hugepageLimits": [], "network": {}})";

using Settings = Result<std::vector<Setting>> (*)(const oci::Resources&);

// "file=value" of each setting that is written to a new cgroup.
Lines writes(const char* json, Settings settings) {
  const Result<oci::Resources> resources = oci::read_resources_document(json);
  if (!resources.ok()) return {resources.error().to_string()};
  const Result<std::vector<Setting>> found = settings(resources.value());
  if (!found.ok()) return {found.error().to_string()};
  Lines lines;
  for (const Setting& setting : found.value())
    if (!is_default(setting)) lines.push_back(setting.file + "=" + setting.value);
  return lines;
}

// The properties that warnings are about.
Lines left_out(const char* json, Settings settings) {
  log::Recorder recorder;
  (void)writes(json, settings);
  Lines properties;
  for (const log::Record& record : recorder.take()) {
    constexpr std::string_view kPlace = "/linux/resources/";
    const std::size_t from = record.message.find(kPlace) + kPlace.size();
    properties.push_back(record.message.substr(from, record.message.find(':', from) - from));
  }
  return properties;
}

TEST(EngineResources, Docker) {
  EXPECT_EQ(writes(kDocker, settings_v1),
            (Lines{"memory.limit_in_bytes=536870912", "memory.memsw.limit_in_bytes=1073741824",
                   "memory.soft_limit_in_bytes=268435456", "memory.oom_control=1", "cpu.cfs_quota_us=150000",
                   "pids.max=100", "blkio.weight=300", "blkio.throttle.read_bps_device=8:0 1048576"}));
  EXPECT_EQ(left_out(kDocker, settings_v1), Lines{});
  EXPECT_EQ(writes(kDocker, settings_v2),
            (Lines{"memory.swap.max=536870912", "memory.max=536870912", "memory.low=268435456", "cpu.max=150000 100000",
                   "pids.max=100", "io.bfq.weight=300", "io.max=8:0 rbps=1048576"}));
  EXPECT_EQ(left_out(kDocker, settings_v2), Lines{"memory/disableOOMKiller"});
}

TEST(EngineResources, Containerd) {
  EXPECT_EQ(writes(kContainerd, settings_v1),
            (Lines{"memory.limit_in_bytes=209715200", "memory.memsw.limit_in_bytes=209715200", "memory.swappiness=0",
                   "cpu.shares=512", "cpu.cfs_quota_us=50000", "cpuset.cpus=0-1", "hugetlb.2MB.limit_in_bytes=0",
                   "hugetlb.2MB.rsvd.limit_in_bytes=0", "hugetlb.1GB.limit_in_bytes=0",
                   "hugetlb.1GB.rsvd.limit_in_bytes=0"}));
  EXPECT_EQ(left_out(kContainerd, settings_v1), Lines{});
  EXPECT_EQ(
      writes(kContainerdV2, settings_v2),
      (Lines{"memory.swap.max=0", "memory.max=209715200", "cpu.weight=59", "cpu.max=50000 100000", "hugetlb.2MB.max=0",
             "hugetlb.2MB.rsvd.max=0", "memory.high=188743680", "memory.min=104857600", "memory.oom.group=1"}));
  EXPECT_EQ(left_out(kContainerdV2, settings_v2), Lines{});
  EXPECT_EQ(left_out(kContainerd, settings_v2), Lines{"memory/swappiness"});
}

// A node without the hugetlb controller takes the pod: nothing that it needs is missing.
TEST(EngineResources, ContainerdNeedsNoHugetlbToDenyHugePages) {
  const Result<oci::Resources> resources = oci::read_resources_document(kContainerd);
  ASSERT_TRUE(resources.ok());
  const Controllers found = controllers_of(settings_v1(resources.value()).value());
  EXPECT_EQ(found.needed, (Lines{"memory", "cpu", "cpuset"}));
  EXPECT_EQ(found.if_offered, Lines{"hugetlb"});
}

TEST(EngineResources, Podman) {
  EXPECT_EQ(writes(kPodman, settings_v1),
            (Lines{"memory.limit_in_bytes=268435456", "memory.memsw.limit_in_bytes=536870912", "cpu.shares=2048",
                   "cpuset.cpus=0", "cpuset.mems=0", "pids.max=2048", "blkio.throttle.write_iops_device=8:0 100"}));
  EXPECT_EQ(left_out(kPodman, settings_v1), Lines{});
  EXPECT_EQ(writes(kPodman, settings_v2),
            (Lines{"memory.swap.max=268435456", "memory.max=268435456", "cpu.weight=174", "cpuset.cpus=0",
                   "cpuset.mems=0", "pids.max=2048", "io.max=8:0 wiops=100"}));
  EXPECT_EQ(left_out(kPodman, settings_v2), Lines{});
}

// "absent/null sub-objects, empty strings": nothing is asked for.
TEST(EngineResources, EmptyOnes) {
  for (const char* json :
       {"{}", R"({"memory": {}, "cpu": {"cpus": "", "mems": ""}, "pids": null, "blockIO": {}, "unified": {}})",
        R"({"memory": {"limit": 0, "swap": 0}, "cpu": {"shares": 0, "quota": 0}, "blockIO": {"weight": 0},
            "network": {"classID": 0, "priorities": []}, "rdma": {}})"})
    for (const Settings settings : {settings_v1, settings_v2}) {
      EXPECT_EQ(writes(json, settings), Lines{}) << json;
      EXPECT_EQ(left_out(json, settings), Lines{}) << json;
    }
}

}  // namespace
}  // namespace brig::cgroups
