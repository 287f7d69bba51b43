#include "oci/resource_rules.h"

#include "base/text.h"
#include "oci/json.h"
#include "oci/validate.h"

namespace brig::oci {
namespace {

template <typename Entry, typename Same>
Result<void> once(const std::vector<Entry>& entries, std::string_view property, const Same& same) {
  for (std::size_t i = 1; i < entries.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (same(entries[i], entries[j]))
        return Error::config(json::child_pointer(text::cat("/linux/resources/", property), i),
                             text::cat("is about the same as entry ", j));
  return {};
}

Result<void> swap_covers_memory(const MemoryResources& memory) {
  constexpr std::string_view kSwap = "/linux/resources/memory/swap";
  if (memory.swap.value_or(-1) == -1) return {};
  if (!memory.limit) return Error::config(kSwap, "needs memory/limit, as it limits memory and swap together");
  if (*memory.limit != -1 && *memory.swap < *memory.limit)
    return Error::config(kSwap, "must not be less than memory/limit, as it limits memory and swap together");
  return {};
}

Result<void> burst_within_quota(const CpuResources& cpu) {
  const std::int64_t quota = cpu.quota.value_or(0);
  if (quota <= 0 || cpu.burst.value_or(0) <= static_cast<std::uint64_t>(quota)) return {};
  return Error::config("/linux/resources/cpu/burst", "must not be larger than cpu/quota");
}

Result<void> given_once(const Resources& resources) {
  const BlockIoResources& io = resources.block_io;
  const auto device = [](const auto& a, const auto& b) {
    return a.device.major == b.device.major && a.device.minor == b.device.minor;
  };
  TRY(once(io.weight_devices, "blockIO/weightDevice", device));
  TRY(once(io.read_bps, "blockIO/throttleReadBpsDevice", device));
  TRY(once(io.write_bps, "blockIO/throttleWriteBpsDevice", device));
  TRY(once(io.read_iops, "blockIO/throttleReadIOPSDevice", device));
  TRY(once(io.write_iops, "blockIO/throttleWriteIOPSDevice", device));
  TRY(once(resources.hugepage_limits, "hugepageLimits",
           [](const HugepageLimit& a, const HugepageLimit& b) { return a.page_size == b.page_size; }));
  return once(resources.network.priorities, "network/priorities",
              [](const InterfacePriority& a, const InterfacePriority& b) { return a.name == b.name; });
}

}  // namespace

Result<void> swap_covers_memory(const Config& config) { return swap_covers_memory(config.linux_.resources.memory); }

Result<void> burst_within_quota(const Config& config) { return burst_within_quota(config.linux_.resources.cpu); }

Result<void> resources_given_once(const Config& config) { return given_once(config.linux_.resources); }

Result<void> check_resources(const Resources& resources) {
  TRY(swap_covers_memory(resources.memory));
  TRY(burst_within_quota(resources.cpu));
  return given_once(resources);
}

}  // namespace brig::oci
