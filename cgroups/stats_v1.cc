#include <limits>
#include <string>

#include "base/text.h"
#include "cgroups/stats_parts.h"
#include "cgroups/stats_text.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

// USER_HZ, which is 100 wherever brig runs: the unit of cpuacct.stat.
constexpr std::uint64_t kNanosecondsPerTick = 1'000'000'000 / 100;

Result<void> read_cpu(FdRef directory, Stats& stats) {
  const std::optional<std::string> text = TRY(read_optional(directory, "cpu.stat"));
  const Counters counters = parse_counters(text.value_or(""));
  stats.cpu.periods = counter(counters, "nr_periods");
  stats.cpu.throttled_periods = counter(counters, "nr_throttled");
  stats.cpu.throttled_ns = counter(counters, "throttled_time");
  return {};
}

Result<void> read_cpuacct(FdRef directory, Stats& stats) {
  CpuStats& cpu = stats.cpu;
  const std::optional<std::string> text = TRY(read_optional(directory, "cpuacct.stat"));
  const Counters ticks = parse_counters(text.value_or(""));
  cpu.user_ns = counter(ticks, "user") * kNanosecondsPerTick;
  cpu.kernel_ns = counter(ticks, "system") * kNanosecondsPerTick;
  cpu.total_ns = TRY(read_counter(directory, "cpuacct.usage"));
  const std::optional<std::string> per_cpu = TRY(read_optional(directory, "cpuacct.usage_percpu"));
  cpu.per_cpu_ns = parse_numbers(per_cpu.value_or(""));
  const std::optional<std::string> usage_all = TRY(read_optional(directory, "cpuacct.usage_all"));
  parse_usage_all(usage_all.value_or(""), cpu);
  return {};
}

Result<void> read_cpuset(FdRef directory, Stats& stats) {
  CpusetStats& cpuset = stats.cpuset;
  const std::optional<std::string> cpus = TRY(read_optional(directory, "cpuset.cpus"));
  cpuset.cpus = parse_index_numbers(cpus.value_or(""));
  const std::optional<std::string> mems = TRY(read_optional(directory, "cpuset.mems"));
  cpuset.mems = parse_index_numbers(mems.value_or(""));
  cpuset.cpu_exclusive = TRY(read_counter(directory, "cpuset.cpu_exclusive"));
  cpuset.mem_hardwall = TRY(read_counter(directory, "cpuset.mem_hardwall"));
  cpuset.mem_exclusive = TRY(read_counter(directory, "cpuset.mem_exclusive"));
  cpuset.memory_migrate = TRY(read_counter(directory, "cpuset.memory_migrate"));
  cpuset.memory_spread_page = TRY(read_counter(directory, "cpuset.memory_spread_page"));
  cpuset.memory_spread_slab = TRY(read_counter(directory, "cpuset.memory_spread_slab"));
  cpuset.memory_pressure = TRY(read_counter(directory, "cpuset.memory_pressure"));
  cpuset.sched_load_balance = TRY(read_counter(directory, "cpuset.sched_load_balance"));
  const std::optional<std::string> level = TRY(read_optional(directory, "cpuset.sched_relax_domain_level"));
  cpuset.sched_relax_domain_level = text::parse_int<std::int64_t>(level.value_or("")).value_or(0);
  return {};
}

// Zeros if the kernel does not count this kind: "memory.memsw" without swap accounting, the limit of "memory.kmem"
// since it has gone.
Result<MemoryUse> read_memory_use(FdRef directory, const std::string& kind) {
  MemoryUse use;
  use.usage = TRY(read_counter(directory, kind + ".usage_in_bytes"));
  use.max = TRY(read_counter(directory, kind + ".max_usage_in_bytes"));
  use.failures = TRY(read_counter(directory, kind + ".failcnt"));
  use.limit = TRY(read_counter(directory, kind + ".limit_in_bytes"));
  return use;
}

Result<void> read_memory(FdRef directory, Stats& stats) {
  MemoryStats& memory = stats.memory;
  const std::optional<std::string> text = TRY(read_optional(directory, "memory.stat"));
  memory.raw = parse_counters(text.value_or(""));
  memory.cache = counter(memory.raw, "cache");
  memory.usage = TRY(read_memory_use(directory, "memory"));
  memory.swap = TRY(read_memory_use(directory, "memory.memsw"));
  memory.kernel = TRY(read_memory_use(directory, "memory.kmem"));
  memory.kernel_tcp = TRY(read_memory_use(directory, "memory.kmem.tcp"));
  return {};
}

Result<void> read_pids(FdRef directory, Stats& stats) {
  stats.pids.current = TRY(read_counter(directory, "pids.current"));
  const std::uint64_t limit = TRY(read_counter(directory, "pids.max"));
  stats.pids.limit = limit == std::numeric_limits<std::uint64_t>::max() ? 0 : limit;
  return {};
}

// Who counts depends on the scheduler of the disk and on the kernel. The first that has counted something counts all.
struct BlkioSource {
  const char* prefix;
  const char* suffix;
};
constexpr BlkioSource kBlkioSources[] = {
    {"blkio.bfq.", "_recursive"}, {"blkio.", "_recursive"}, {"blkio.throttle.", "_recursive"}, {"blkio.throttle.", ""}};

Result<std::vector<BlockIoEntry>> read_blkio_file(FdRef directory, const BlkioSource& source, std::string_view name) {
  const std::optional<std::string> text = TRY(read_optional(directory, text::cat(source.prefix, name, source.suffix)));
  return parse_blkio(text.value_or(""));
}

Result<void> read_blkio(FdRef directory, Stats& stats) {
  BlockIoStats& io = stats.block_io;
  for (const BlkioSource& source : kBlkioSources) {
    io.operations = TRY(read_blkio_file(directory, source, "io_serviced"));
    if (io.operations.empty()) continue;
    io.bytes = TRY(read_blkio_file(directory, source, "io_service_bytes"));
    io.queued = TRY(read_blkio_file(directory, source, "io_queued"));
    io.service_time = TRY(read_blkio_file(directory, source, "io_service_time"));
    io.wait_time = TRY(read_blkio_file(directory, source, "io_wait_time"));
    io.merged = TRY(read_blkio_file(directory, source, "io_merged"));
    io.time = TRY(read_blkio_file(directory, source, "time"));
    io.sectors = TRY(read_blkio_file(directory, source, "sectors"));
    return {};
  }
  return {};
}

// What is reserved, which limits hold for too, where the kernel tells (Linux 5.7); otherwise what is in use.
Result<void> read_hugetlb(FdRef directory, Stats& stats) {
  for (const char* kind : {".rsvd", ""}) {
    for (std::string& size : TRY(hugepage_sizes(directory, text::cat(kind, ".usage_in_bytes")))) {
      const std::string prefix = text::cat("hugetlb.", size, kind);
      HugepageStats pages{.size = std::move(size)};
      pages.usage = TRY(read_counter(directory, prefix + ".usage_in_bytes"));
      pages.max = TRY(read_counter(directory, prefix + ".max_usage_in_bytes"));
      pages.failures = TRY(read_counter(directory, prefix + ".failcnt"));
      stats.hugepages.push_back(std::move(pages));
    }
    if (!stats.hugepages.empty()) return {};
  }
  return {};
}

}  // namespace

Result<void> read_stats_v1(const Location& location, Stats& stats) {
  struct Controller {
    const char* name;
    Result<void> (*read)(FdRef directory, Stats& stats);
  };
  constexpr Controller kControllers[] = {{"cpu", read_cpu},        {"cpuacct", read_cpuacct}, {"cpuset", read_cpuset},
                                         {"memory", read_memory},  {"pids", read_pids},       {"blkio", read_blkio},
                                         {"hugetlb", read_hugetlb}};
  for (const Controller& controller : kControllers) {
    const Hierarchy* hierarchy = location.with(controller.name);
    if (hierarchy == nullptr) continue;
    const UniqueFd directory = TRY(open_cgroup(*hierarchy));
    if (directory) TRY(controller.read(directory, stats), controller.name);
  }
  return {};
}

}  // namespace brig::cgroups
