// cgroup v2: admin-guide/cgroup-v2.
#include <cmath>

#include "base/text.h"
#include "cgroups/setting_list.h"
#include "oci/json.h"

namespace brig::cgroups {
namespace {

constexpr std::uint64_t kMinShares = 2, kMaxShares = 262144;
constexpr std::uint64_t kDefaultPeriod = 100000;  // microseconds, "cpu.max"

// Knobs of v1 that are no limits, or are within another one here. Engines send them without being asked.
void ignore_memory_of_v1(const oci::MemoryResources& memory) {
  constexpr std::string_view kNone = "cgroup v2 has no such setting", kWithin = "memory.max of cgroup v2 includes it";
  if (given(memory.kernel).value_or(-1) != -1) ignore("memory/kernel", kWithin);
  if (given(memory.kernel_tcp).value_or(-1) != -1) ignore("memory/kernelTCP", kWithin);
  if (memory.swappiness) ignore("memory/swappiness", kNone);
  if (memory.disable_oom_killer.value_or(false)) ignore("memory/disableOOMKiller", kNone);
  if (!memory.use_hierarchy.value_or(true)) ignore("memory/useHierarchy", "the cgroups below always share the limits");
}

// v2 counts swap apart from memory.
Result<void> add_swap(const oci::MemoryResources& memory, SettingList& list) {
  const std::optional<std::int64_t> both = memory_and_swap(memory);
  if (!both) return {};
  if (*both == -1 || memory.limit == -1) {
    list.add_or_max("memory.swap.max", *both, "memory/swap");
    return {};
  }
  const std::int64_t limit = given(memory.limit).value_or(0);
  if (limit <= 0 || *both < limit) return wrong("memory/swap", "needs a memory/limit that is not larger");
  list.add_number("memory.swap.max", *both - limit, "memory/swap");
  return {};
}

Result<void> add_memory(const oci::MemoryResources& memory, SettingList& list) {
  ignore_memory_of_v1(memory);
  TRY(add_swap(memory, list));
  if (given(memory.limit)) list.add_or_max("memory.max", *memory.limit, "memory/limit");
  if (given(memory.reservation)) list.add_or_max("memory.low", *memory.reservation, "memory/reservation");
  return {};
}

void add_cpu(const oci::CpuResources& cpu, SettingList& list) {
  constexpr std::string_view kNone = "cgroup v2 has no such setting";
  if (given(cpu.realtime_period)) ignore("cpu/realtimePeriod", kNone);
  if (given(cpu.realtime_runtime)) ignore("cpu/realtimeRuntime", kNone);
  add_shares_and_idle(cpu, list, [&] {
    if (given(cpu.shares)) list.add_number("cpu.weight", weight_of_shares(*cpu.shares), "cpu/shares");
  });
  if (given(cpu.quota) || given(cpu.period)) {
    const std::int64_t quota = cpu.quota.value_or(0);
    list.add("cpu.max",
             text::cat(quota > 0 ? std::to_string(quota) : "max", " ", given(cpu.period).value_or(kDefaultPeriod)),
             given(cpu.quota) ? "cpu/quota" : "cpu/period");
  }
  // Linux 5.14; without it the container gets no more than its quota.
  if (cpu.burst) list.add_number("cpu.max.burst", *cpu.burst, "cpu/burst").optional = true;
}

// A line for each limit, so that an error names the one at fault; what a line does not name stays.
void add_throttles(const std::vector<oci::BlockThrottle>& throttles, std::string_view key, std::string_view property,
                   SettingList& list) {
  for (std::size_t i = 0; i < throttles.size(); ++i) {
    // 0 is no limit, as in v1; the kernel has another word for it here.
    const std::string rate = throttles[i].rate == 0 ? "max" : std::to_string(throttles[i].rate);
    list.add("io.max", text::cat(device_numbers(throttles[i].device), " ", key, "=", rate), entry(property, i));
  }
}

Result<void> add_block_io(const oci::BlockIoResources& io, SettingList& list) {
  constexpr std::string_view kNoLeaf = "cgroup v2 has no weights for what is in the cgroup itself";
  if (given(io.leaf_weight)) return no_place("blockIO/leafWeight", kNoLeaf);
  // BFQ's own file takes its own weights; io.weight is that of the cost model (blk-iocost).
  const auto weight = [&list](std::string_view device, std::uint16_t value, std::string_view property) {
    Setting& setting = list.add("io.bfq.weight", text::cat(device, value), property);
    setting.other_file = "io.weight";
    setting.other_value = text::cat(device, io_weight(value));
  };
  if (given(io.weight)) weight("", *io.weight, "blockIO/weight");
  for (std::size_t i = 0; i < io.weight_devices.size(); ++i) {
    const oci::BlockWeight& device = io.weight_devices[i];
    const std::string property = entry("blockIO/weightDevice", i);
    if (given(device.leaf_weight)) return no_place(property + "/leafWeight", kNoLeaf);
    if (given(device.weight)) weight(device_numbers(device.device) + " ", *device.weight, property);
  }
  add_throttles(io.read_bps, "rbps", "blockIO/throttleReadBpsDevice", list);
  add_throttles(io.write_bps, "wbps", "blockIO/throttleWriteBpsDevice", list);
  add_throttles(io.read_iops, "riops", "blockIO/throttleReadIOPSDevice", list);
  add_throttles(io.write_iops, "wiops", "blockIO/throttleWriteIOPSDevice", list);
  return {};
}

// What firewalls and queues of the host go by: a container that goes without is not what was asked for.
Result<void> refuse_network(const oci::NetworkResources& network) {
  constexpr std::string_view kNone = "cgroup v2 has no such setting";
  if (given(network.class_id)) return no_place("network/classID", kNone);
  if (!network.priorities.empty()) return no_place("network/priorities", kNone);
  return {};
}

// A file of several lines takes one at a time (io.max). An empty value is a line too: it clears a cpuset.
void add_unified(const std::map<std::string, std::string, std::less<>>& unified, SettingList& list) {
  for (const auto& [file, value] : unified) {
    std::vector<std::string> lines = text::split(value, '\n');
    if (lines.size() > 1 && lines.back().empty()) lines.pop_back();
    for (std::string& line : lines)
      list.add(file, line.empty() ? "\n" : std::move(line), json::child_pointer("unified", file)).always = true;
  }
}

}  // namespace

std::uint64_t weight_of_shares(std::uint64_t shares) {
  if (shares <= kMinShares) return 1;
  if (shares >= kMaxShares) return 10000;
  const double l = std::log2(static_cast<double>(shares));
  return static_cast<std::uint64_t>(std::ceil(std::pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0)));
}

std::uint64_t io_weight(std::uint16_t weight) { return 1 + (std::uint64_t{weight} - 10) * 9999 / 990; }

Result<std::vector<Setting>> settings_v2(const oci::Resources& resources) {
  TRY(refuse_network(resources.network));
  SettingList list;
  TRY(add_memory(resources.memory, list));
  add_cpu(resources.cpu, list);
  add_cpuset(resources.cpu, list);
  add_pids(resources.pids_limit, list);
  TRY(add_block_io(resources.block_io, list));
  add_hugepages(resources.hugepage_limits, "max", list);
  add_rdma(resources.rdma, list);
  add_unified(resources.unified, list);
  return std::move(list).take();
}

}  // namespace brig::cgroups
