// cgroup v1: cgroup-v1/memory, /blkio-controller, /cpusets, /hugetlb, /net_cls, /net_prio, scheduler/sched-rt-group.
#include "base/text.h"
#include "cgroups/setting_list.h"

namespace brig::cgroups {
namespace {

constexpr std::uint64_t kMinShares = 2, kMaxShares = 262144;

void add_memory(const oci::MemoryResources& memory, SettingList& list) {
  // Always so since Linux 5.11, where 0 is refused.
  if (memory.use_hierarchy == true) list.add("memory.use_hierarchy", "1", "memory/useHierarchy").optional = true;
  if (memory.use_hierarchy == false) ignore("memory/useHierarchy", "the cgroups below always share the limits");
  if (given(memory.limit)) list.add_number("memory.limit_in_bytes", *memory.limit, "memory/limit");
  // Never below memory.limit_in_bytes, hence after it.
  const std::optional<std::int64_t> swap = memory_and_swap(memory);
  if (swap) list.add_number("memory.memsw.limit_in_bytes", *swap, "memory/swap");
  if (given(memory.reservation))
    list.add_number("memory.soft_limit_in_bytes", *memory.reservation, "memory/reservation");
  // Without effect, or refused, since Linux 5.16: memory.limit_in_bytes includes it.
  if (given(memory.kernel))
    list.add_number("memory.kmem.limit_in_bytes", *memory.kernel, "memory/kernel").optional = true;
  if (given(memory.kernel_tcp))
    list.add_number("memory.kmem.tcp.limit_in_bytes", *memory.kernel_tcp, "memory/kernelTCP").optional = true;
  if (memory.swappiness) list.add_number("memory.swappiness", *memory.swappiness, "memory/swappiness");
  if (memory.disable_oom_killer)
    list.add("memory.oom_control", *memory.disable_oom_killer ? "1" : "0", "memory/disableOOMKiller");
}

Result<void> add_cpu(const oci::CpuResources& cpu, SettingList& list) {
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
  // Linux 5.14; without it the container gets no more than its quota.
  if (cpu.burst) list.add_number("cpu.cfs_burst_us", *cpu.burst, "cpu/burst").optional = true;
  return {};
}

void add_throttles(const std::vector<oci::BlockThrottle>& throttles, std::string_view file, std::string_view property,
                   SettingList& list) {
  for (std::size_t i = 0; i < throttles.size(); ++i)
    list.add(file, text::cat(device_numbers(throttles[i].device), " ", throttles[i].rate), entry(property, i));
}

void add_block_io(const oci::BlockIoResources& io, SettingList& list) {
  // The names without a scheduler's are CFQ's, which left in Linux 5.0; some vendors' kernels have them.
  const auto weight = [&list](std::string_view name, std::string value, std::string_view property) {
    Setting& setting = list.add(text::cat("blkio.", name), std::move(value), property);
    setting.other_file = text::cat("blkio.bfq.", name);
    setting.other_value = setting.value;
  };
  if (given(io.weight)) weight("weight", std::to_string(*io.weight), "blockIO/weight");
  if (given(io.leaf_weight)) list.add_number("blkio.leaf_weight", *io.leaf_weight, "blockIO/leafWeight");
  for (std::size_t i = 0; i < io.weight_devices.size(); ++i) {
    const oci::BlockWeight& device = io.weight_devices[i];
    const std::string property = entry("blockIO/weightDevice", i), numbers = device_numbers(device.device);
    if (given(device.weight)) weight("weight_device", text::cat(numbers, " ", *device.weight), property);
    if (given(device.leaf_weight))
      list.add("blkio.leaf_weight_device", text::cat(numbers, " ", *device.leaf_weight), property);
  }
  add_throttles(io.read_bps, "blkio.throttle.read_bps_device", "blockIO/throttleReadBpsDevice", list);
  add_throttles(io.write_bps, "blkio.throttle.write_bps_device", "blockIO/throttleWriteBpsDevice", list);
  add_throttles(io.read_iops, "blkio.throttle.read_iops_device", "blockIO/throttleReadIOPSDevice", list);
  add_throttles(io.write_iops, "blkio.throttle.write_iops_device", "blockIO/throttleWriteIOPSDevice", list);
}

void add_network(const oci::NetworkResources& network, SettingList& list) {
  if (given(network.class_id)) list.add_number("net_cls.classid", *network.class_id, "network/classID");
  for (std::size_t i = 0; i < network.priorities.size(); ++i)
    list.add("net_prio.ifpriomap", text::cat(network.priorities[i].name, " ", network.priorities[i].priority),
             entry("network/priorities", i));
}

}  // namespace

Result<std::vector<Setting>> settings_v1(const oci::Resources& resources) {
  if (!resources.unified.empty()) return no_place("unified", "needs cgroup v2, which this machine does not run on");
  SettingList list;
  add_memory(resources.memory, list);
  TRY(add_cpu(resources.cpu, list));
  add_cpuset(resources.cpu, list);
  add_pids(resources.pids_limit, list);
  add_block_io(resources.block_io, list);
  add_hugepages(resources.hugepage_limits, "limit_in_bytes", list);
  add_network(resources.network, list);
  add_rdma(resources.rdma, list);
  return std::move(list).take();
}

}  // namespace brig::cgroups
