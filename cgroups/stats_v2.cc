#include <algorithm>
#include <limits>
#include <string>

#include "base/text.h"
#include "cgroups/stats_parts.h"
#include "cgroups/stats_text.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

// cpu.stat is there without the controller, too; then it does not tell of throttling.
Result<void> read_cpu(FdRef directory, CpuStats& cpu) {
  const std::optional<std::string> text = TRY(read_optional(directory, "cpu.stat"));
  const Counters counters = parse_counters(text.value_or(""));
  cpu.total_ns = counter(counters, "usage_usec") * 1000;
  cpu.user_ns = counter(counters, "user_usec") * 1000;
  cpu.kernel_ns = counter(counters, "system_usec") * 1000;
  cpu.periods = counter(counters, "nr_periods");
  cpu.throttled_periods = counter(counters, "nr_throttled");
  cpu.throttled_ns = counter(counters, "throttled_usec") * 1000;
  return {};
}

// Peaks are told since Linux 5.19 (memory) and 6.5 (swap).
Result<MemoryUse> read_memory_use(FdRef directory, const std::string& kind) {
  MemoryUse use;
  use.usage = TRY(read_counter(directory, kind + ".current"));
  use.max = TRY(read_counter(directory, kind + ".peak"));
  use.limit = TRY(read_counter(directory, kind + ".max"));
  return use;
}

// v2 counts and limits swap apart from memory.
MemoryUse both(const MemoryUse& memory, const MemoryUse& swap) {
  MemoryUse sum;
  sum.usage = memory.usage + swap.usage;
  sum.limit = memory.limit > kNoLimit - swap.limit ? kNoLimit : memory.limit + swap.limit;
  return sum;
}

Result<void> read_memory(FdRef directory, MemoryStats& memory) {
  const std::optional<std::string> text = TRY(read_optional(directory, "memory.stat"));
  if (!text) return {};
  memory.raw = parse_counters(*text);
  memory.cache = counter(memory.raw, "file");
  memory.usage = TRY(read_memory_use(directory, "memory"));
  const MemoryUse swap = TRY(read_memory_use(directory, "memory.swap"));
  memory.swap = both(memory.usage, swap);
  return {};
}

Result<void> read_pids(FdRef directory, PidsStats& pids) {
  if (const std::optional<std::string> current = TRY(read_optional(directory, "pids.current"))) {
    pids.current = parse_counter(*current);
    const std::uint64_t limit = TRY(read_counter(directory, "pids.max"));
    pids.limit = limit == kNoLimit ? 0 : limit;
    return {};
  }
  // Without the controller, those that are there can be counted.
  const std::vector<pid_t> members = TRY(processes_below(directory));
  pids.current = members.size();
  return {};
}

Result<void> read_hugetlb(FdRef directory, std::vector<HugepageStats>& all) {
  for (std::string& size : TRY(hugepage_sizes(directory, ".current"))) {
    const std::string prefix = text::cat("hugetlb.", size);
    HugepageStats pages{.size = std::move(size)};
    // What is reserved, which limits hold for too, where the kernel tells (Linux 5.7).
    const std::optional<std::string> reserved = TRY(read_optional(directory, prefix + ".rsvd.current"));
    pages.usage = reserved ? parse_counter(*reserved) : TRY(read_counter(directory, prefix + ".current"));
    const std::optional<std::string> events = TRY(read_optional(directory, prefix + ".events"));
    pages.failures = counter(parse_counters(events.value_or("")), "max");
    all.push_back(std::move(pages));
  }
  return {};
}

}  // namespace

Result<void> read_stats_v2(const Hierarchy& unified, Stats& stats) {
  const UniqueFd directory = TRY(open_cgroup(unified));
  if (!directory) return {};
  TRY(read_cpu(directory, stats.cpu));
  TRY(read_memory(directory, stats.memory));
  TRY(read_pids(directory, stats.pids));
  const std::optional<std::string> io = TRY(read_optional(directory, "io.stat"));
  parse_io_stat(io.value_or(""), stats.block_io);
  return read_hugetlb(directory, stats.hugepages);
}

}  // namespace brig::cgroups
