#include "cgroups/setting_list.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "oci/json.h"

namespace brig::cgroups {
namespace {

constexpr std::string_view kPlace = "/linux/resources/";

// Zero is valid for the kernel (config-linux.md#pids), but no process can be cloned into such a cgroup. One is the same
// for the container, whose init is in it by then.
std::string pids_max(std::int64_t limit) {
  if (limit < 0) return "max";
  return std::to_string(std::max<std::int64_t>(limit, 1));
}

}  // namespace

Setting& SettingList::add(std::string_view file, std::string value, std::string_view property) {
  settings_.push_back({.controller = std::string(file.substr(0, file.find('.'))),
                       .file = std::string(file),
                       .value = std::move(value),
                       .pointer = text::cat(kPlace, property)});
  return settings_.back();
}

Error wrong(std::string_view property, std::string_view reason) {
  return Error::config(text::cat(kPlace, property), reason);
}

Error no_place(std::string_view property, std::string_view reason) {
  return Error::make(Error::Kind::kUnsupported, text::cat("config.json: ", kPlace, property, ": ", reason));
}

void ignore(std::string_view property, std::string_view reason) {
  log::warn(text::cat("config.json: ", kPlace, property, ": ignored, ", reason));
}

bool is_default(const Setting& setting) {
  struct Default {
    std::string_view file, value;
  };
  static constexpr Default kDefaults[] = {
      {"memory.limit_in_bytes", "-1"},
      {"memory.memsw.limit_in_bytes", "-1"},
      {"memory.soft_limit_in_bytes", "-1"},
      {"memory.kmem.limit_in_bytes", "-1"},
      {"memory.kmem.tcp.limit_in_bytes", "-1"},
      {"memory.oom_control", "0"},
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
  if (setting.always) return false;
  return std::any_of(std::begin(kDefaults), std::end(kDefaults),
                     [&](const Default& known) { return known.file == setting.file && known.value == setting.value; });
}

std::string entry(std::string_view list, std::size_t index) { return text::cat(list, "/", index); }

std::string device_numbers(const oci::BlockDevice& device) { return text::cat(device.major, ":", device.minor); }

std::optional<std::int64_t> memory_and_swap(const oci::MemoryResources& memory) {
  if (given(memory.swap)) return memory.swap;
  if (memory.limit == -1) return -1;
  return std::nullopt;
}

void add_cpuset(const oci::CpuResources& cpu, SettingList& list) {
  if (!cpu.cpus.empty()) list.add("cpuset.cpus", cpu.cpus, "cpu/cpus");
  if (!cpu.mems.empty()) list.add("cpuset.mems", cpu.mems, "cpu/mems");
}

void add_pids(const std::optional<std::int64_t>& limit, SettingList& list) {
  if (limit) list.add("pids.max", pids_max(*limit), "pids/limit");
}

// cgroup-v1/rdma: a line for each device; what is not named in it stays.
void add_rdma(const std::vector<oci::RdmaLimit>& limits, SettingList& list) {
  for (const oci::RdmaLimit& limit : limits) {
    std::string line = limit.device;
    if (limit.hca_handles) line += text::cat(" hca_handle=", *limit.hca_handles);
    if (limit.hca_objects) line += text::cat(" hca_object=", *limit.hca_objects);
    list.add("rdma.max", std::move(line), json::child_pointer("rdma", limit.device));
  }
}

// Both, as runc: a reservation that is refused can be answered by another kind of memory, and the limit on faults holds
// for what was not reserved (config-linux.md#huge-page-limits). Nothing of what the machine does not have, which is how
// engines deny all sizes they know, is no limit that is missed.
void add_hugepages(const std::vector<oci::HugepageLimit>& limits, std::string_view suffix, SettingList& list) {
  for (std::size_t i = 0; i < limits.size(); ++i) {
    const std::string property = entry("hugepageLimits", i);
    const std::string file = text::cat("hugetlb.", limits[i].page_size, ".");
    list.add_number(file + std::string(suffix), limits[i].limit, property).optional = limits[i].limit == 0;
    list.add_number(text::cat(file, "rsvd.", suffix), limits[i].limit, property).optional = true;
  }
}

}  // namespace brig::cgroups
