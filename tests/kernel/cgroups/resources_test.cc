// linux.resources as it stands in config.json, read back from the files of a real cgroup: each property by itself, on
// whatever version of cgroups this machine has.
#include <gtest/gtest.h>

#include <fstream>

#include "base/text.h"
#include "oci/read_config.h"
#include "tests/kernel/cgroups/world.h"

namespace brig::cgroups {
namespace {

using testing::in_world;
using testing::kSkip;
using testing::place_for_test;
using testing::read_of;
using testing::World;

const Hierarchy* hierarchy_of(const Location& where, const std::string& controller) {
  if (!where.v2_only()) return where.with(controller);
  return controller == "cgroup" || testing::v2_offers(controller) ? where.unified() : nullptr;
}

World v2_world() { return testing::is_v2("/sys/fs/cgroup") ? World::kMachine : World::kV2View; }

// "254:0", the first whole disk of this machine; "" if there is none.
std::string first_disk() {
  std::ifstream partitions("/proc/partitions");
  std::string line;
  while (std::getline(partitions, line)) {
    const std::vector<std::string> words = text::split(line, ' ');
    std::vector<std::string> filled;
    for (const std::string& word : words)
      if (!word.empty()) filled.push_back(word);
    if (filled.size() == 4 && filled[0] != "major" && access(("/sys/block/" + filled[3]).c_str(), F_OK) == 0)
      return filled[0] + ":" + filled[1];
  }
  return "";
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

// A file to be read, its controller before the first dot, and a text that must be in it. file "": not in this version.
struct Readback {
  const char* file;
  const char* wanted;
};

struct Case {
  const char* name;
  const char* resources;  // MAJOR and MINOR stand for those of a disk of this machine, MM for both with a colon
  Readback v1, v2;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

constexpr Readback kNone = {"", ""};

const Case kCases[] = {
    {"Swappiness", R"({"memory": {"swappiness": 17}})", {"memory.swappiness", "17"}, kNone},
    {"DisableOOMKiller",
     R"({"memory": {"disableOOMKiller": true}})",
     {"memory.oom_control", "oom_kill_disable 1"},
     kNone},
    {"UseHierarchy", R"({"memory": {"useHierarchy": true}})", {"memory.use_hierarchy", "1"}, kNone},
    {"KernelTCP", R"({"memory": {"kernelTCP": 1048576}})", {"memory.kmem.tcp.limit_in_bytes", "1048576"}, kNone},
    {"CpuShares", R"({"cpu": {"shares": 2048}})", {"cpu.shares", "2048"}, {"cpu.weight", "174"}},
    {"CpuBurst",
     R"({"cpu": {"quota": 20000, "burst": 5000}})",
     {"cpu.cfs_burst_us", "5000"},
     {"cpu.max.burst", "5000"}},
    {"CpuPeriod",
     R"({"cpu": {"quota": 20000, "period": 50000}})",
     {"cpu.cfs_period_us", "50000"},
     {"cpu.max", "20000 50000"}},
    {"CpuIdle", R"({"cpu": {"idle": 1}})", {"cpu.idle", "1"}, {"cpu.idle", "1"}},
    {"Cpuset", R"({"cpu": {"cpus": "0", "mems": "0"}})", {"cpuset.cpus", "0"}, {"cpuset.cpus", "0"}},
    {"BlockIoWeight", R"({"blockIO": {"weight": 300}})", {"blkio.bfq.weight", "300"}, {"io.bfq.weight", "300"}},
    {"BlockIoWeightDevice",
     R"({"blockIO": {"weightDevice": [{"major": MAJOR, "minor": MINOR, "weight": 700}]}})",
     {"blkio.bfq.weight_device", "MM 700"},
     {"io.bfq.weight", "MM 700"}},
    {"ThrottleReadBps",
     R"({"blockIO": {"throttleReadBpsDevice": [{"major": MAJOR, "minor": MINOR, "rate": 4096}]}})",
     {"blkio.throttle.read_bps_device", "MM 4096"},
     {"io.max", "MM rbps=4096 "}},
    {"ThrottleWriteBps",
     R"({"blockIO": {"throttleWriteBpsDevice": [{"major": MAJOR, "minor": MINOR, "rate": 8192}]}})",
     {"blkio.throttle.write_bps_device", "MM 8192"},
     {"io.max", "wbps=8192 "}},
    {"ThrottleReadIOPS",
     R"({"blockIO": {"throttleReadIOPSDevice": [{"major": MAJOR, "minor": MINOR, "rate": 70}]}})",
     {"blkio.throttle.read_iops_device", "MM 70"},
     {"io.max", "riops=70"}},
    {"ThrottleWriteIOPS",
     R"({"blockIO": {"throttleWriteIOPSDevice": [{"major": MAJOR, "minor": MINOR, "rate": 80}]}})",
     {"blkio.throttle.write_iops_device", "MM 80"},
     {"io.max", "wiops=80"}},
    {"ThrottlesOfOneDeviceAddUp",
     R"({"blockIO": {"throttleReadBpsDevice": [{"major": MAJOR, "minor": MINOR, "rate": 4096}],
                     "throttleWriteIOPSDevice": [{"major": MAJOR, "minor": MINOR, "rate": 80}]}})",
     {"blkio.throttle.write_iops_device", "MM 80"},
     {"io.max", "MM rbps=4096 wbps=max riops=max wiops=80"}},
    {"ClassID", R"({"network": {"classID": 1048577}})", {"net_cls.classid", "1048577"}, kNone},
    {"Priorities",
     R"({"network": {"priorities": [{"name": "lo", "priority": 5}]}})",
     {"net_prio.ifpriomap", "lo 5"},
     kNone},
    {"PidsLimit", R"({"pids": {"limit": 17}})", {"pids.max", "17"}, {"pids.max", "17"}},
    {"MemoryLimit",
     R"({"memory": {"limit": 67108864}})",
     {"memory.limit_in_bytes", "67108864"},
     {"memory.max", "67108864"}},
    {"MemorySwap",
     R"({"memory": {"limit": 67108864, "swap": 100663296}})",
     {"memory.memsw.limit_in_bytes", "100663296"},
     {"memory.swap.max", "33554432"}},
    {"MemoryReservation",
     R"({"memory": {"reservation": 33554432}})",
     {"memory.soft_limit_in_bytes", "33554432"},
     {"memory.low", "33554432"}},
    {"Unified", R"({"unified": {"cgroup.max.depth": "3"}})", kNone, {"cgroup.max.depth", "3"}},
    {"UnifiedNeedsItsController",
     R"({"unified": {"memory.high": "33554432", "cpu.weight.nice": "5"}})",
     kNone,
     {"memory.high", "33554432"}},
    {"UnifiedPrevails", R"({"pids": {"limit": 17}, "unified": {"pids.max": "max"}})", kNone, {"pids.max", "max"}},
    {"UnifiedTakesLineByLine",
     R"({"unified": {"io.max": "MM rbps=4096\nMM wiops=80"}})",
     kNone,
     {"io.max", "MM rbps=4096 wbps=max riops=max wiops=80"}},
};

class Readbacks : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Resources, Readbacks, ::testing::ValuesIn(kCases),
                         [](const auto& p) { return std::string(p.param.name); });

std::string read_back(const Case& c, const std::string& root) {
  const Location where = NEED(place_for_test(root, "one"));
  const Readback& readback = where.v2_only() ? c.v2 : c.v1;
  const std::string file = readback.file;
  if (file.empty()) return std::string(kSkip) + "not a setting of this machine's version of cgroups";
  const Hierarchy* hierarchy = hierarchy_of(where, file.substr(0, file.find('.')));
  if (hierarchy == nullptr) return std::string(kSkip) + "no controller for " + file;
  const std::string disk = first_disk();
  std::string json = c.resources, wanted = readback.wanted;
  if (json.find("M") != std::string::npos && disk.empty()) return std::string(kSkip) + "no disk";
  const std::size_t colon = std::min(disk.find(':'), disk.size());
  json = replaced(replaced(json, "MAJOR", disk.substr(0, colon)), "MM", disk);
  if (!disk.empty()) json = replaced(json, "MINOR", disk.substr(colon + 1));
  const oci::Resources resources = NEED(oci::read_resources_document(json));
  const Result<Draft> draft = create(where, resources);
  // Kernels are built without some files; then it must be this one that is missed.
  if (!draft.ok() && draft.error().code() == ENOENT)
    return std::string(kSkip) + "this kernel lacks a file: " + draft.error().to_string();
  // A weight for a disk that another scheduler serves.
  if (!draft.ok() && draft.error().code() == EOPNOTSUPP)
    return std::string(kSkip) + "this disk has no weights: " + draft.error().to_string();
  REQUIRE(draft.ok(), draft.error().to_string());
  std::string found = read_of(hierarchy, file.c_str());
  // Without BFQ the weight is that of the cost model (blk-iocost), which has a range of its own.
  if (file == "io.bfq.weight" && found.find("no such file") != std::string::npos) {
    found = read_of(hierarchy, "io.weight");
    wanted = replaced(replaced(wanted, "300", "2930"), "700", "6970");
  }
  REQUIRE(found.find(replaced(wanted, "MM", disk)) != std::string::npos, file + " has " + found);
  return "";
}

TEST_P(Readbacks, IsWhatTheKernelHas) {
  in_world(World::kMachine, [this](const std::string& root) { return read_back(GetParam(), root); });
}

// The groups above must have bandwidth as well, so this one stands at the top.
TEST(RealtimeBandwidth, IsReadBack) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(locate(Manager::kCgroupfs, "/" + root, "unused"));
    const Hierarchy* cpu = where.v2_only() ? nullptr : where.with("cpu");
    if (cpu == nullptr || access((cpu->mount + "/cpu.rt_runtime_us").c_str(), F_OK) != 0)
      return std::string(kSkip) + "no real-time bandwidth in cgroups here";
    oci::Resources r;
    r.cpu.realtime_period = 900000;
    r.cpu.realtime_runtime = 1000;
    const Draft draft = NEED(create(where, r));
    REQUIRE(read_of(cpu, "cpu.rt_period_us") == "900000");
    REQUIRE(read_of(cpu, "cpu.rt_runtime_us") == "1000");
    return "";
  });
}

// Hugetlb is the one controller that a hybrid machine may have left on cgroup2. Nothing is switched on for this test.
TEST(HugePages, AreReadBack) {
  in_world(v2_world(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "huge"));
    std::ifstream file("/sys/fs/cgroup/cgroup.subtree_control");
    const std::string enabled((std::istreambuf_iterator<char>(file)), {});
    if (enabled.find("hugetlb") == std::string::npos) return std::string(kSkip) + "hugetlb is not enabled on cgroup2";
    oci::Resources r;
    r.hugepage_limits = {{.page_size = "2MB", .limit = 4 << 20}};
    const Draft draft = NEED(create(where, r));
    REQUIRE(read_of(where.unified(), "hugetlb.2MB.max") == "4194304");
    REQUIRE(read_of(where.unified(), "hugetlb.2MB.rsvd.max") == "4194304");
    return "";
  });
}

// How engines deny what they know of by name: sizes and controllers that the machine does not have.
TEST(HugePages, NoneOfASizeThatIsNotThereIsNoError) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "none"));
    oci::Resources r;
    r.hugepage_limits = {{.page_size = "512GB", .limit = 0}};
    NEED(create(where, r));
    if (!where.v2_only() && where.with("hugetlb") != nullptr) return "";
    r.hugepage_limits[0].limit = 4096;
    const Result<Draft> draft = create(where, r);
    REQUIRE(!draft.ok());
    REQUIRE(draft.error().to_string().find("hugetlb") != std::string::npos, draft.error().to_string());
    return "";
  });
}

TEST(Unified, IsRefusedWhereV1IsInUse) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "unified"));
    if (where.v2_only()) return std::string(kSkip) + "this machine is all cgroup v2";
    oci::Resources r;
    r.unified = {{"memory.high", "4096"}};
    const Result<Draft> draft = create(where, r);
    REQUIRE(!draft.ok() && draft.error().kind() == Error::Kind::kUnsupported);
    for (const Hierarchy& h : where.hierarchies) REQUIRE(!testing::exists(h), h.directory());
    return "";
  });
}

// "MUST generate an error when the configuration refers to a cgroup controller that is not present".
TEST(Unified, NamesTheControllerThatIsMissing) {
  in_world(v2_world(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "missing"));
    oci::Resources r;
    r.unified = {{"nonesuch.max", "1"}};
    const Result<Draft> draft = create(where, r);
    REQUIRE(!draft.ok() && draft.error().kind() == Error::Kind::kUnsupported);
    REQUIRE(draft.error().to_string().find("controller nonesuch is not available") != std::string::npos,
            draft.error().to_string());
    REQUIRE(!testing::exists(*where.unified()));
    return "";
  });
}

TEST(Unified, AFileThatIsNotThereIsAnError) {
  in_world(v2_world(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "nofile"));
    oci::Resources r;
    r.unified = {{"cgroup.nonesuch", "1"}};
    const Result<Draft> draft = create(where, r);
    REQUIRE(!draft.ok());
    REQUIRE(draft.error().to_string().find("/linux/resources/unified/cgroup.nonesuch") != std::string::npos,
            draft.error().to_string());
    REQUIRE(!testing::exists(*where.unified()));
    return "";
  });
}

// Charges of processes that are gone: what they wrote to a file in memory stays theirs.
TEST(CheckBeforeUpdate, RefusesALimitBelowWhatIsInUse) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "used"));
    if (!where.v2_only() || !testing::v2_offers("memory"))
      return std::string(kSkip) + "needs cgroup v2 with the memory controller";
    oci::Resources r;
    r.memory.limit = 64 << 20;
    Draft first = NEED(create(where, r));
    const UniqueFd file = NEED(sys::memfd_create("used", 0));
    testing::Child child = NEED(testing::spawn(first, [&] {
      const std::string block(4 << 20, 'x');
      return sys::write(file, block).ok() ? 0 : 1;
    }));
    child.let_go();
    REQUIRE(child.wait() == 0);
    first.keep();
    r.memory.check_before_update = true;
    r.memory.limit = 32 << 20;
    NEED(check_memory_usage(where, r.memory));
    r.memory.swap = 1 << 20;
    const Result<void> swap = check_memory_usage(where, r.memory);
    REQUIRE(!swap.ok() && swap.error().subject() == "/linux/resources/memory/swap");
    r.memory.swap.reset();
    r.memory.limit = 1 << 20;
    const Result<Draft> second = create(where, r);
    REQUIRE(!second.ok() && second.error().kind() == Error::Kind::kConfig);
    REQUIRE(second.error().subject() == "/linux/resources/memory/limit", second.error().to_string());
    return "";
  });
}

TEST(OutOfMemory, IsTold) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "oom"));
    if (hierarchy_of(where, "memory") == nullptr) return std::string(kSkip) + "no controller memory";
    oci::Resources r;
    r.memory.limit = 4 << 20;
    r.memory.swap = 4 << 20;
    const Draft draft = NEED(create(where, r));
    REQUIRE(!ran_out_of_memory(where));
    testing::Child child = NEED(testing::spawn(draft, [] {
      const std::string block(16 << 20, 'x');
      return block.back() == 'x' ? 0 : 1;
    }));
    child.let_go();
    const int status = child.wait();
    REQUIRE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    REQUIRE(ran_out_of_memory(where));
    return "";
  });
}

}  // namespace
}  // namespace brig::cgroups
