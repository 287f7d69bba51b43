// Settings to files: what real hierarchies of this machine don't have is written to a directory that looks like one, to
// the last write(2).
#include "cgroups/apply.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <initializer_list>
#include <iterator>

#include "base/log.h"
#include "base/sys.h"
#include "cgroups/delegate.h"
#include "oci/read_config.h"
#include "tests/support/temporary_directory.h"

namespace brig::cgroups {
namespace {

using Settings = Result<std::vector<Setting>> (*)(const oci::Resources&);

class Apply : public ::testing::Test {
 protected:
  void have(std::initializer_list<const char*> files) {
    for (const char* file : files) std::ofstream(directory_ / file).flush();
  }
  // All of it, until something is wrong: "" or the error.
  std::string apply(const char* json, Settings settings) {
    const Result<oci::Resources> resources = oci::read_resources_document(json);
    if (!resources.ok()) return resources.error().to_string();
    const Result<std::vector<Setting>> list = settings(resources.value());
    if (!list.ok()) return list.error().to_string();
    const Result<UniqueFd> opened = sys::openat(FdRef::cwd(), directory_.path(), O_RDONLY | O_DIRECTORY);
    if (!opened.ok()) return opened.error().to_string();
    for (const Setting& setting : list.value())
      if (Result<void> written = write_setting(opened.value(), setting); !written.ok())
        return written.error().to_string();
    return "";
  }
  std::string content(const char* file) {
    std::ifstream stream(directory_ / file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  brig::testing::TemporaryDirectory directory_;
};

bool contains(const std::string& whole, const std::string& part) { return whole.find(part) != std::string::npos; }

TEST_F(Apply, Rdma) {
  for (const Settings settings : {settings_v1, settings_v2}) {
    have({"rdma.max"});
    EXPECT_EQ(apply(R"({"rdma": {"mlx5_1": {"hcaHandles": 3, "hcaObjects": 10000}}})", settings), "");
    EXPECT_EQ(content("rdma.max"), "mlx5_1 hca_handle=3 hca_object=10000");
  }
}

TEST_F(Apply, HugePages) {
  constexpr const char* kLimit = R"({"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]})";
  have({"hugetlb.2MB.limit_in_bytes", "hugetlb.2MB.rsvd.limit_in_bytes", "hugetlb.2MB.max", "hugetlb.2MB.rsvd.max"});
  EXPECT_EQ(apply(kLimit, settings_v1), "");
  EXPECT_EQ(content("hugetlb.2MB.limit_in_bytes"), "4194304");
  EXPECT_EQ(content("hugetlb.2MB.rsvd.limit_in_bytes"), "4194304");
  EXPECT_EQ(apply(kLimit, settings_v2), "");
  EXPECT_EQ(content("hugetlb.2MB.max"), "4194304");
  EXPECT_EQ(content("hugetlb.2MB.rsvd.max"), "4194304");
}

TEST_F(Apply, HugePagesBeforeReservationsWereCounted) {
  have({"hugetlb.2MB.max"});
  log::Recorder recorder;
  EXPECT_EQ(apply(R"({"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]})", settings_v2), "");
  EXPECT_EQ(content("hugetlb.2MB.max"), "4194304");
  const std::vector<log::Record> records = recorder.take();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_TRUE(contains(records[0].message, "ignored, this machine has no hugetlb.2MB.rsvd.max")) << records[0].message;
}

TEST_F(Apply, HugePagesOfASizeThatIsNotThere) {
  log::Recorder recorder;
  EXPECT_EQ(apply(R"({"hugepageLimits": [{"pageSize": "1GB", "limit": 0}]})", settings_v2), "");
  const std::vector<log::Record> records = recorder.take();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].level, log::Level::kWarning);
  EXPECT_TRUE(contains(records[0].message, "/linux/resources/hugepageLimits/0: ignored")) << records[0].message;
  const std::string wrong = apply(R"({"hugepageLimits": [{"pageSize": "1GB", "limit": 1}]})", settings_v2);
  EXPECT_TRUE(contains(wrong, "/linux/resources/hugepageLimits/0")) << wrong;
  EXPECT_TRUE(contains(wrong, "this kernel has no such setting")) << wrong;
}

TEST_F(Apply, ClassIdAndPriorities) {
  have({"net_cls.classid", "net_prio.ifpriomap"});
  EXPECT_EQ(
      apply(R"({"network": {"classID": 1048577, "priorities": [{"name": "eth0", "priority": 500}]}})", settings_v1),
      "");
  EXPECT_EQ(content("net_cls.classid"), "1048577");
  EXPECT_EQ(content("net_prio.ifpriomap"), "eth0 500");
}

TEST_F(Apply, LeafWeights) {
  have({"blkio.leaf_weight", "blkio.leaf_weight_device"});
  EXPECT_EQ(apply(R"({"blockIO": {"leafWeight": 10, "weightDevice": [{"major": 8, "minor": 0, "leafWeight": 300}]}})",
                  settings_v1),
            "");
  EXPECT_EQ(content("blkio.leaf_weight"), "10");
  EXPECT_EQ(content("blkio.leaf_weight_device"), "8:0 300");
}

// The scheduler's own file where there is one, otherwise that of the other: each in its own terms.
TEST_F(Apply, WeightsGoToTheFileThatThereIs) {
  struct {
    Settings settings;
    const char *file, *device_file, *weight, *device_weight;
  } const cases[] = {
      {settings_v1, "blkio.bfq.weight", "blkio.bfq.weight_device", "500", "8:0 1000"},
      {settings_v1, "blkio.weight", "blkio.weight_device", "500", "8:0 1000"},
      {settings_v2, "io.weight", "io.weight", "4950", "8:0 10000"},
      {settings_v2, "io.bfq.weight", "io.bfq.weight", "500", "8:0 1000"},
  };
  for (const auto& c : cases) {
    have({c.file, c.device_file});
    EXPECT_EQ(apply(R"({"blockIO": {"weight": 500}})", c.settings), "");
    EXPECT_EQ(content(c.file), c.weight);
    have({c.device_file});
    EXPECT_EQ(apply(R"({"blockIO": {"weightDevice": [{"major": 8, "minor": 0, "weight": 1000}]}})", c.settings), "");
    EXPECT_EQ(content(c.device_file), c.device_weight);
  }
}

TEST_F(Apply, AWeightThatNoSchedulerTakesIsAnError) {
  for (const Settings settings : {settings_v1, settings_v2}) {
    const std::string wrong = apply(R"({"blockIO": {"weight": 500}})", settings);
    EXPECT_TRUE(contains(wrong, "/linux/resources/blockIO/weight")) << wrong;
  }
}

TEST_F(Apply, KernelMemoryAndBurstMayBeMissing) {
  log::Recorder recorder;
  EXPECT_EQ(apply(R"({"memory": {"kernel": 4096, "kernelTCP": 4096}, "cpu": {"burst": 1000}})", settings_v1), "");
  EXPECT_EQ(recorder.take().size(), 3u);
  EXPECT_NE(apply(R"({"cpu": {"idle": 1}})", settings_v1), "");
}

TEST_F(Apply, KernelMemory) {
  have({"memory.kmem.limit_in_bytes", "memory.kmem.tcp.limit_in_bytes"});
  EXPECT_EQ(apply(R"({"memory": {"kernel": 4096, "kernelTCP": 8192}})", settings_v1), "");
  EXPECT_EQ(content("memory.kmem.limit_in_bytes"), "4096");
  EXPECT_EQ(content("memory.kmem.tcp.limit_in_bytes"), "8192");
}

TEST_F(Apply, UnifiedValuesAsTheyAre) {
  have({"misc.max", "memory.oom.group"});
  EXPECT_EQ(apply(R"({"unified": {"misc.max": "res_a 1", "memory.oom.group": "1"}})", settings_v2), "");
  EXPECT_EQ(content("misc.max"), "res_a 1");
  EXPECT_EQ(content("memory.oom.group"), "1");
}

TEST_F(Apply, ALinkIsNotFollowed) {
  have({"victim"});
  ASSERT_EQ(symlink("victim", (directory_ / "misc.max").c_str()), 0);
  EXPECT_TRUE(contains(apply(R"({"unified": {"misc.max": "1"}})", settings_v2), "symbolic link"));
  EXPECT_EQ(content("victim"), "");
}

// ---- cgroup ownership

TEST_F(Apply, DelegatedFilesAreTheKernelsOrTheSpecifications) {
  const Result<std::vector<std::string>> old = delegated_files(directory_ / "delegate");
  ASSERT_TRUE(old.ok());
  EXPECT_EQ(old.value(), (std::vector<std::string>{"cgroup.procs", "cgroup.subtree_control", "cgroup.threads"}));
  std::ofstream(directory_ / "delegate") << "cgroup.procs\nmemory.oom.group\n../memory.max\n";
  const Result<std::vector<std::string>> listed = delegated_files(directory_ / "delegate");
  ASSERT_TRUE(listed.ok());
  EXPECT_EQ(listed.value(), (std::vector<std::string>{"cgroup.procs", "memory.oom.group"}));
}

}  // namespace
}  // namespace brig::cgroups
