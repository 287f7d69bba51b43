#include "cgroups/resources.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace brig::cgroups {
namespace {

constexpr std::uint64_t kMinShares = 2, kMaxShares = 262144;
constexpr std::uint64_t kDefaultPeriod = 100000;  // microseconds, cgroup-v2 "cpu.max"

class List {
 public:
  // `property` is below /linux/resources.
  void add(std::string_view file, std::string value, std::string_view property) {
    settings_.push_back({.controller = std::string(file.substr(0, file.find('.'))),
                         .file = std::string(file),
                         .value = std::move(value),
                         .pointer = text::cat("/linux/resources/", property)});
  }
  template <typename Int>
  void add_number(std::string_view file, Int value, std::string_view property) {
    add(file, std::to_string(value), property);
  }
  // -1 is "max" in cgroup v2.
  void add_or_max(std::string_view file, std::int64_t value, std::string_view property) {
    add(file, value == -1 ? "max" : std::to_string(value), property);
  }
  std::vector<Setting> take() && { return std::move(settings_); }

 private:
  std::vector<Setting> settings_;
};

// The value, if one is given; zero counts as none.
template <typename Int>
std::optional<Int> given(const std::optional<Int>& value) {
  return value.value_or(0) != 0 ? value : std::nullopt;
}

Error wrong(std::string_view property, std::string_view reason) {
  return Error::config(text::cat("/linux/resources/", property), reason);
}

// Memory and memory plus swap, as both versions of cgroups see them. -1: unlimited.
struct Memory {
  std::optional<std::int64_t> limit, with_swap, reservation;
};

Result<Memory> check_memory(const oci::MemoryResources& memory) {
  Memory checked = {
      .limit = given(memory.limit), .with_swap = given(memory.swap), .reservation = given(memory.reservation)};
  for (const auto& [value, name] :
       {std::pair{checked.limit, "memory/limit"}, std::pair{checked.with_swap, "memory/swap"},
        std::pair{checked.reservation, "memory/reservation"}})
    if (value.value_or(0) < -1) return wrong(name, "must be -1 (unlimited) or a number of bytes");
  // Unlimited memory with a smaller swap would be no sense: without a word on swap it is unlimited too, as in v1.
  if (checked.limit == -1 && !checked.with_swap) checked.with_swap = -1;
  if (checked.with_swap.value_or(-1) == -1) return checked;
  if (!checked.limit) return wrong("memory/swap", "needs memory/limit, as it limits memory and swap together");
  if (*checked.limit != -1 && *checked.with_swap < *checked.limit)
    return wrong("memory/swap", "must not be less than memory/limit, as it limits memory and swap together");
  return checked;
}

// Zero is valid for the kernel (config-linux.md#pids), but no process can be cloned into such a cgroup. One is the same
// for the container, whose init is in it by then.
std::string pids_max(std::int64_t limit) {
  if (limit < 0) return "max";
  return std::to_string(std::max<std::int64_t>(limit, 1));
}

void add_cpuset(const oci::CpuResources& cpu, List& list) {
  if (!cpu.cpus.empty()) list.add("cpuset.cpus", cpu.cpus, "cpu/cpus");
  if (!cpu.mems.empty()) list.add("cpuset.mems", cpu.mems, "cpu/mems");
}

// The kernel refuses shares for an idle group, so that `idle` comes last when it is to be set and first otherwise.
template <typename AddShares>
void add_shares_and_idle(const oci::CpuResources& cpu, List& list, const AddShares& add_shares) {
  if (cpu.idle && *cpu.idle == 0) list.add_number("cpu.idle", *cpu.idle, "cpu/idle");
  add_shares();
  if (cpu.idle && *cpu.idle != 0) list.add_number("cpu.idle", *cpu.idle, "cpu/idle");
}

Result<void> add_cpu_v1(const oci::CpuResources& cpu, List& list) {
  const std::optional<std::uint64_t> shares = given(cpu.shares);
  // The kernel would take the nearest value it can and say nothing.
  if (shares && (*shares < kMinShares || *shares > kMaxShares))
    return wrong("cpu/shares", "must be between 2 and 262144");
  // Real-time bandwidth first: a process that is scheduled in real time can't join a group without.
  if (given(cpu.realtime_period)) list.add_number("cpu.rt_period_us", *cpu.realtime_period, "cpu/realtimePeriod");
  if (given(cpu.realtime_runtime)) list.add_number("cpu.rt_runtime_us", *cpu.realtime_runtime, "cpu/realtimeRuntime");
  add_shares_and_idle(cpu, list, [&] {
    if (shares) list.add_number("cpu.shares", *shares, "cpu/shares");
  });
  if (given(cpu.period)) list.add_number("cpu.cfs_period_us", *cpu.period, "cpu/period");
  if (given(cpu.quota)) list.add_number("cpu.cfs_quota_us", *cpu.quota < 0 ? -1 : *cpu.quota, "cpu/quota");
  if (cpu.burst) list.add_number("cpu.cfs_burst_us", *cpu.burst, "cpu/burst");
  return {};
}

void add_cpu_v2(const oci::CpuResources& cpu, List& list) {
  if (given(cpu.realtime_period) || given(cpu.realtime_runtime))
    log::warn("linux.resources.cpu.realtimePeriod and realtimeRuntime are ignored: cgroup v2 has no such setting");
  add_shares_and_idle(cpu, list, [&] {
    if (given(cpu.shares)) list.add_number("cpu.weight", weight_of_shares(*cpu.shares), "cpu/shares");
  });
  if (given(cpu.quota) || given(cpu.period)) {
    const std::int64_t quota = cpu.quota.value_or(0);
    list.add("cpu.max",
             text::cat(quota > 0 ? std::to_string(quota) : "max", " ", given(cpu.period).value_or(kDefaultPeriod)),
             given(cpu.quota) ? "cpu/quota" : "cpu/period");
  }
  if (cpu.burst) list.add_number("cpu.max.burst", *cpu.burst, "cpu/burst");
}

}  // namespace

std::uint64_t weight_of_shares(std::uint64_t shares) {
  if (shares <= kMinShares) return 1;
  if (shares >= kMaxShares) return 10000;
  const double l = std::log2(static_cast<double>(shares));
  return static_cast<std::uint64_t>(std::ceil(std::pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0)));
}

Result<std::vector<Setting>> settings_v1(const oci::Resources& resources) {
  List list;
  const Memory memory = TRY(check_memory(resources.memory));
  if (memory.limit) list.add_number("memory.limit_in_bytes", *memory.limit, "memory/limit");
  // Never below memory.limit_in_bytes, hence after it.
  if (memory.with_swap) list.add_number("memory.memsw.limit_in_bytes", *memory.with_swap, "memory/swap");
  if (memory.reservation) list.add_number("memory.soft_limit_in_bytes", *memory.reservation, "memory/reservation");
  TRY(add_cpu_v1(resources.cpu, list));
  add_cpuset(resources.cpu, list);
  if (resources.pids_limit) list.add("pids.max", pids_max(*resources.pids_limit), "pids/limit");
  return std::move(list).take();
}

Result<std::vector<Setting>> settings_v2(const oci::Resources& resources) {
  List list;
  const Memory memory = TRY(check_memory(resources.memory));
  if (memory.with_swap) {
    // v2 counts swap apart from memory.
    const bool subtract = *memory.with_swap != -1 && memory.limit.value_or(-1) != -1;
    list.add_or_max("memory.swap.max", subtract ? *memory.with_swap - *memory.limit : *memory.with_swap, "memory/swap");
  }
  if (memory.limit) list.add_or_max("memory.max", *memory.limit, "memory/limit");
  if (memory.reservation) list.add_or_max("memory.low", *memory.reservation, "memory/reservation");
  add_cpu_v2(resources.cpu, list);
  add_cpuset(resources.cpu, list);
  if (resources.pids_limit) list.add("pids.max", pids_max(*resources.pids_limit), "pids/limit");
  return std::move(list).take();
}

bool is_default(const Setting& setting) {
  struct Default {
    std::string_view file, value;
  };
  static constexpr Default kDefaults[] = {
      {"memory.limit_in_bytes", "-1"},
      {"memory.memsw.limit_in_bytes", "-1"},
      {"memory.soft_limit_in_bytes", "-1"},
      {"cpu.shares", "1024"},
      {"cpu.cfs_period_us", "100000"},
      {"cpu.cfs_quota_us", "-1"},
      {"cpu.cfs_burst_us", "0"},
      {"cpu.idle", "0"},
      {"pids.max", "max"},
      {"memory.max", "max"},
      {"memory.swap.max", "max"},
      {"cpu.weight", "100"},
      {"cpu.max", "max 100000"},
      {"cpu.max.burst", "0"},
  };
  return std::any_of(std::begin(kDefaults), std::end(kDefaults),
                     [&](const Default& known) { return known.file == setting.file && known.value == setting.value; });
}

}  // namespace brig::cgroups
