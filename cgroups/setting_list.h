// What settings_v1 and settings_v2 have in common. For cgroups/ itself; pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cgroups/resources.h"

namespace brig::cgroups {

class SettingList {
 public:
  // `property` is below /linux/resources. The reference holds until the next one is added.
  Setting& add(std::string_view file, std::string value, std::string_view property);
  template <typename Int>
  Setting& add_number(std::string_view file, Int value, std::string_view property) {
    return add(file, std::to_string(value), property);
  }
  // -1 is "max" in cgroup v2.
  Setting& add_or_max(std::string_view file, std::int64_t value, std::string_view property) {
    return add(file, value == -1 ? "max" : std::to_string(value), property);
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

// kConfig, or kUnsupported for what this version of cgroups has no place for, at a property of /linux/resources.
Error wrong(std::string_view property, std::string_view reason);
Error no_place(std::string_view property, std::string_view reason);
// Says that a property is left out.
void ignore(std::string_view property, std::string_view reason);

// "throttleReadBpsDevice/0"
std::string entry(std::string_view list, std::size_t index);
// "8:0"
std::string device_numbers(const oci::BlockDevice& device);

// The limit of memory and swap, -1 for unlimited. Unlimited memory with a smaller swap would be no sense: without a
// word on swap it is unlimited too, as in v1.
std::optional<std::int64_t> memory_and_swap(const oci::MemoryResources& memory);

// ---- the settings that both versions have by the same name

void add_cpuset(const oci::CpuResources& cpu, SettingList& list);
void add_pids(const std::optional<std::int64_t>& limit, SettingList& list);
void add_rdma(const std::vector<oci::RdmaLimit>& limits, SettingList& list);
// hugetlb.SIZE.`suffix` and hugetlb.SIZE.rsvd.`suffix`: what is faulted in, and what is reserved (Linux 5.7).
void add_hugepages(const std::vector<oci::HugepageLimit>& limits, std::string_view suffix, SettingList& list);

// The kernel refuses shares for an idle group, so that `idle` comes last when it is to be set and first otherwise.
template <typename AddShares>
void add_shares_and_idle(const oci::CpuResources& cpu, SettingList& list, const AddShares& add_shares) {
  if (cpu.idle && *cpu.idle == 0) list.add_number("cpu.idle", *cpu.idle, "cpu/idle");
  add_shares();
  if (cpu.idle && *cpu.idle != 0) list.add_number("cpu.idle", *cpu.idle, "cpu/idle");
}

}  // namespace brig::cgroups
