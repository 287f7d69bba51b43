#include "runtime/container/event_documents.h"

#include <gtest/gtest.h>

namespace brig::container {
namespace {

using cgroups::Stats;

TEST(EventDocuments, NothingUsed) {
  EXPECT_EQ(stats_event("web", Stats(), std::nullopt),
            R"({"type":"stats","id":"web","data":{"cpu":{"usage":{"kernel":0,"user":0},"throttling":{}},)"
            R"("cpuset":{"cpu_exclusive":0,"mem_hardwall":0,"mem_exclusive":0,"memory_migrate":0,)"
            R"("memory_spread_page":0,"memory_spread_slab":0,"memory_pressure":0,"sched_load_balance":0,)"
            R"("sched_relax_domain_level":0},"memory":{"usage":{"limit":0,"failcnt":0},"swap":{"limit":0,"failcnt":0},)"
            R"("kernel":{"limit":0,"failcnt":0},"kernelTCP":{"limit":0,"failcnt":0}},"pids":{},"blkio":{},)"
            R"("hugetlb":{},"intel_rdt":{},"network_interfaces":null}})"
            "\n");
}

bool has(const std::string& document, std::string_view part) { return document.find(part) != std::string::npos; }

TEST(EventDocuments, Everything) {
  Stats stats;
  stats.cpu = {
      .total_ns = 1,
      .kernel_ns = 2,
      .user_ns = 3,
      .per_cpu_ns = {4, 0},
      .per_cpu_kernel_ns = {5},
      .per_cpu_user_ns = {6},
      .periods = 7,
      .throttled_periods = 8,
      .throttled_ns = 9,
      .pressure = cgroups::Pressure{.some = {.avg10 = 150, .avg60 = 1, .avg300 = 0, .total_us = 10}, .full = {}}};
  stats.cpuset.cpus = {0, 65535};
  stats.cpuset.sched_relax_domain_level = -1;
  stats.memory.cache = 11;
  stats.memory.usage = {.limit = UINT64_MAX, .usage = 12, .max = 13, .failures = 14};
  stats.memory.raw = {{"anon", 15}, {"file", 0}};
  stats.pids = {.current = 16, .limit = 17};
  stats.block_io.bytes = {{8, 0, "Read", 18}, {0, 1, "", 0}};
  stats.block_io.queued = {{8, 0, "Write", 19}};
  stats.hugepages = {{.size = "2MB", .usage = 20, .max = 21, .failures = 22}};
  const std::string document = stats_event("a\"b", stats, std::nullopt);
  for (const char* part :
       {R"("id":"a\"b")",
        R"("usage":{"total":1,"percpu":[4,0],"percpu_kernel":[5],"percpu_user":[6],"kernel":2,"user":3})",
        R"("throttling":{"periods":7,"throttledPeriods":8,"throttledTime":9})",
        R"("psi":{"some":{"avg10":1.5,"avg60":0.01,"avg300":0.0,"total":10},"full":{"avg10":0.0,)",
        R"("cpuset":{"cpus":[0,65535],"cpu_exclusive":0)", R"("sched_relax_domain_level":-1)",
        R"("memory":{"cache":11,"usage":{"limit":18446744073709551615,"usage":12,"max":13,"failcnt":14})",
        R"("raw":{"anon":15,"file":0})", R"("pids":{"current":16,"limit":17})",
        R"("ioServiceBytesRecursive":[{"major":8,"op":"Read","value":18},{"minor":1}])",
        R"("ioQueueRecursive":[{"major":8,"op":"Write","value":19}])",
        R"("hugetlb":{"2MB":{"usage":20,"max":21,"failcnt":22}})"})
    EXPECT_TRUE(has(document, part)) << part << "\n" << document;
}

TEST(EventDocuments, Resctrl) {
  RdtStats rdt;
  rdt.schemata = {"L3:0=f", "MB:0=50"};
  rdt.l3 = RdtStats::L3Info{.cbm_mask = "fff", .min_cbm_bits = 1, .num_closids = 16};
  rdt.l3_schema_root = "L3:0=fff";
  rdt.l3_schema = "L3:0=f";
  rdt.bandwidth = {{.total_bytes = 3, .local_bytes = 0}};
  rdt.occupancy = {5};
  EXPECT_TRUE(has(stats_event("x", Stats(), rdt),
                  R"("intel_rdt":{"l3_cache_info":{"cbm_mask":"fff","min_cbm_bits":1,"num_closids":16},)"
                  R"("l3_cache_schema_root":"L3:0=fff","l3_cache_schema":"L3:0=f","schemata":["L3:0=f","MB:0=50"],)"
                  R"("mbm_stats":[{"mbm_total_bytes":3,"mbm_local_bytes":0}],"cmt_stats":[{"llc_occupancy":5}]})"));
}

TEST(EventDocuments, Others) {
  EXPECT_EQ(oom_event("web"), "{\"type\":\"oom\",\"id\":\"web\"}\n");
  EXPECT_EQ(pressure_event("web", {.some = {.avg10 = 1, .avg60 = 0, .avg300 = 0, .total_us = 2}, .full = {}}),
            R"({"type":"pressure","id":"web","data":{"memory":{"psi":{"some":{"avg10":0.01,"avg60":0.0,"avg300":0.0,)"
            R"("total":2},"full":{"avg10":0.0,"avg60":0.0,"avg300":0.0,"total":0}}}}})"
            "\n");
}

}  // namespace
}  // namespace brig::container
