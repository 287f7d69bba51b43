#include "cgroups/current.h"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "cgroups/setting_list.h"
#include "cgroups/tree.h"
#include "oci/validate.h"

namespace brig::cgroups {
namespace {

constexpr std::int64_t kUnlimited = -1;

// What cgroup v1 shows for no limit of memory: the largest number of bytes in whole pages, which have 256 KiB at most.
constexpr std::int64_t kV1Unlimited = std::numeric_limits<std::int64_t>::max() - 256 * 1024;

// The files of one hierarchy's directory of a container; without a directory, none is there.
class Files {
 public:
  explicit Files(UniqueFd directory) : directory_(std::move(directory)) {}

  Result<std::optional<std::string>> content(CStr name) const {
    if (!directory_) return std::optional<std::string>();
    Result<std::string> read = read_file(directory_, name);
    if (!read.ok() && gone(read.error())) return std::optional<std::string>();
    return std::optional(TRY(std::move(read)));
  }
  // "max" and v1's largest number are -1.
  Result<std::optional<std::int64_t>> limit(CStr name) const {
    const std::optional<std::string> shown = TRY(content(name));
    if (shown == "max") return std::optional(kUnlimited);
    std::optional<std::int64_t> value = text::parse_int<std::int64_t>(shown.value_or(""));
    if (value && *value >= kV1Unlimited) value = kUnlimited;
    return value;
  }
  Result<std::optional<std::uint64_t>> number(CStr name) const {
    return text::parse_int<std::uint64_t>(TRY(content(name)).value_or(""));
  }

 private:
  UniqueFd directory_;
};

Result<Files> files_of(const Location& location, std::string_view controller) {
  const Hierarchy* hierarchy = location.v2_only() ? location.unified() : location.with(controller);
  return hierarchy == nullptr ? Files(UniqueFd()) : Files(TRY(open_cgroup(*hierarchy)));
}

Result<void> read_memory(const Location& location, Current& current) {
  const bool v2 = location.v2_only();
  const Files files = TRY(files_of(location, "memory"));
  current.memory = TRY(files.limit(v2 ? "memory.max" : "memory.limit_in_bytes"));
  current.swap = TRY(files.limit(v2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes"));
  return {};
}

// "max 100000"
Result<void> read_cpu_max(const Files& files, Current& current) {
  const std::vector<std::string> words = text::split(TRY(files.content("cpu.max")).value_or(""), ' ');
  if (words.size() != 2) return {};
  current.quota = words[0] == "max" ? kUnlimited : text::parse_int<std::int64_t>(words[0]);
  current.period = text::parse_int<std::uint64_t>(words[1]);
  return {};
}

Result<void> read_cpu(const Location& location, Current& current) {
  const Files files = TRY(files_of(location, "cpu"));
  current.idle = TRY(files.content("cpu.idle")) == "1";
  if (location.v2_only()) {
    current.burst = TRY(files.number("cpu.max.burst"));
    return read_cpu_max(files, current);
  }
  current.burst = TRY(files.number("cpu.cfs_burst_us"));
  current.quota = TRY(files.limit("cpu.cfs_quota_us"));
  current.period = TRY(files.number("cpu.cfs_period_us"));
  current.realtime_runtime = TRY(files.limit("cpu.rt_runtime_us"));
  current.realtime_period = TRY(files.number("cpu.rt_period_us"));
  return {};
}

bool is_about_bandwidth(const oci::CpuResources& cpu) { return given(cpu.quota) || given(cpu.period); }

bool is_about_cpu(const oci::CpuResources& cpu) {
  return is_about_bandwidth(cpu) || given(cpu.shares) || cpu.burst || cpu.idle || given(cpu.realtime_period) ||
         given(cpu.realtime_runtime);
}

bool is_about_memory(const oci::MemoryResources& memory) {
  return given(memory.limit) || given(memory.swap) || memory.check_before_update;
}

void complete_memory(oci::MemoryResources& memory, const Current& current, const Asked& asked, bool v2) {
  constexpr std::string_view kObsolete = "kernel memory is within memory/limit";
  if (given(memory.kernel)) ignore("memory/kernel", kObsolete);
  if (given(memory.kernel_tcp)) ignore("memory/kernelTCP", kObsolete);
  memory.kernel = memory.kernel_tcp = std::nullopt;
  if (memory.use_hierarchy) ignore("memory/useHierarchy", "it can't be changed where processes are");
  memory.use_hierarchy = std::nullopt;
  if (!v2) return;
  if (given(memory.limit) && *memory.limit != kUnlimited && !given(memory.swap)) memory.swap = asked.memory_and_swap;
  // Unlimited is no size that a limit of both could be compared with.
  const bool needs_limit = given(memory.swap) && *memory.swap != kUnlimited && !given(memory.limit);
  if (needs_limit && current.memory.value_or(kUnlimited) != kUnlimited) memory.limit = current.memory;
}

Result<void> complete_cpu(oci::CpuResources& cpu, const Current& current, const Location& location) {
  if (current.idle && given(cpu.shares)) {
    if (!cpu.idle) return wrong("cpu/shares", "can't be set while cpu/idle is 1");
    if (*cpu.idle != 0) {
      ignore("cpu/shares", "an idle group has none");
      cpu.shares = std::nullopt;
    }
  }
  const bool by_systemd = location.unit && is_about_cpu(cpu) && current.quota.value_or(kUnlimited) != kUnlimited;
  const bool both = location.v2_only() || location.unit;
  if (!by_systemd && !(both && is_about_bandwidth(cpu))) return {};
  if (!given(cpu.quota)) cpu.quota = current.quota;
  if (!given(cpu.period)) cpu.period = current.period;
  return {};
}

std::uint64_t amount(std::optional<std::int64_t> limit) {
  if (!limit || *limit < 0) return std::numeric_limits<std::uint64_t>::max();
  return static_cast<std::uint64_t>(*limit);
}

std::uint64_t amount(std::string_view value) { return amount(text::parse_int<std::int64_t>(value)); }

using Place = std::vector<Setting>::iterator;

Place find_file(std::vector<Setting>& settings, std::string_view file) {
  return std::find_if(settings.begin(), settings.end(), [&](const Setting& one) { return one.file == file; });
}

// Makes `first` the one of the two that is written first, if there are both.
void order(std::vector<Setting>& settings, std::string_view first, std::string_view second) {
  const Place wanted = find_file(settings, first), other = find_file(settings, second);
  if (wanted == settings.end() || other == settings.end() || wanted < other) return;
  std::rotate(other, wanted, wanted + 1);
}

// Whether there is a setting of `file`, and below what is now.
bool lowers(std::vector<Setting>& settings, std::string_view file, std::uint64_t now) {
  const Place place = find_file(settings, file);
  return place != settings.end() && amount(place->value) < now;
}

}  // namespace

Result<Current> read_current(const Location& location, const oci::Resources& wanted) {
  Current current;
  if (is_about_memory(wanted.memory)) TRY(read_memory(location, current));
  if (is_about_cpu(wanted.cpu)) TRY(read_cpu(location, current));
  return current;
}

Result<oci::Resources> completed(oci::Resources wanted, const Current& current, const Asked& asked,
                                 const Location& location) {
  complete_memory(wanted.memory, current, asked, location.v2_only());
  TRY(complete_cpu(wanted.cpu, current, location));
  return wanted;
}

Result<void> check_outcome(const oci::Resources& wanted, const oci::Resources& completed, const Current& current,
                           const Location& location) {
  oci::Resources outcome = completed;
  oci::MemoryResources& memory = outcome.memory;
  memory.swap = memory_and_swap(memory);
  const bool takes_part = given(memory.limit) || memory.swap;
  if (takes_part && !given(memory.limit)) memory.limit = current.memory;
  if (takes_part && !memory.swap && !location.v2_only()) memory.swap = current.swap;
  // Nothing that can be compared: as if it were not given.
  if (location.v2_only() && memory.limit == kUnlimited && memory.swap != kUnlimited) memory.limit = std::nullopt;
  oci::CpuResources& cpu = outcome.cpu;
  if (!given(cpu.quota)) cpu.quota = current.quota;
  if (!cpu.burst) cpu.burst = current.burst;
  Result<void> checked = oci::check_resources(outcome);
  if (checked.ok() || given(wanted.memory.swap) || !memory.swap) return checked;
  return std::move(checked).error().with_hint(text::cat("now ", *memory.swap, ": give memory/swap as well"));
}

// cgroup v1: memory is never above memory and swap; sched-bwc: a burst is never above the quota, and quota by period
// not above that of the cgroup above, so that of two steps the smaller comes first; sched-rt-group: as that.
void put_in_order(std::vector<Setting>& settings, const Current& current) {
  constexpr std::string_view kLimit = "memory.limit_in_bytes", kBoth = "memory.memsw.limit_in_bytes";
  constexpr std::string_view kMax = "memory.max", kSwapMax = "memory.swap.max";
  if (lowers(settings, kBoth, amount(current.swap)))
    order(settings, kLimit, kBoth);
  else
    order(settings, kBoth, kLimit);
  // Nothing is refused in v2, but what does not fit any more is killed: swap is there before it is needed.
  if (lowers(settings, kSwapMax, amount(current.swap)))
    order(settings, kMax, kSwapMax);
  else
    order(settings, kSwapMax, kMax);
  if (lowers(settings, "cpu.cfs_period_us", current.period.value_or(0)))
    order(settings, "cpu.cfs_quota_us", "cpu.cfs_period_us");
  if (lowers(settings, "cpu.rt_period_us", current.realtime_period.value_or(0)))
    order(settings, "cpu.rt_runtime_us", "cpu.rt_period_us");
  if (lowers(settings, "cpu.cfs_burst_us", current.burst.value_or(0)))
    order(settings, "cpu.cfs_burst_us", "cpu.cfs_quota_us");
  if (lowers(settings, "cpu.max.burst", current.burst.value_or(0))) order(settings, "cpu.max.burst", "cpu.max");
}

}  // namespace brig::cgroups
