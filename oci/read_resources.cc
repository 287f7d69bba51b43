#include <algorithm>
#include <iterator>

#include "oci/read_parts.h"

namespace brig::oci {
namespace {

constexpr std::int64_t kUnlimited = -1;

// 0 is how programs written in Go say "not given" of a number; the kernel has no use for it in these places.
template <typename Int, Int kLeast>
Result<std::optional<Int>> read_unless_zero(const Node& node) {
  const Int value = TRY((read_number<Int, kLeast>(node)));
  return value == 0 ? std::nullopt : std::optional(value);
}

Result<std::int64_t> read_limit(const Node& node) { return read_number<std::int64_t, kUnlimited>(node); }
Result<std::optional<std::int64_t>> read_limit_unless_zero(const Node& node) {
  return read_unless_zero<std::int64_t, kUnlimited>(node);
}
Result<std::optional<std::uint64_t>> read_time_unless_zero(const Node& node) {
  return read_unless_zero<std::uint64_t, 0>(node);
}

// ---- config-linux.md#allowed-device-list

// The numbers of the kernel's dev_t: 12 and 20 bits (makedev(3)). -1 is runc's word for any.
template <std::int64_t kMost>
Result<std::optional<std::int64_t>> read_device_number(const Node& node) {
  const std::int64_t number = TRY((read_number<std::int64_t, -1, kMost>(node)));
  return number == -1 ? std::nullopt : std::optional(number);
}

Result<char> read_rule_type(const Node& node) {
  const std::string type = TRY(read_string(node));
  if (type.empty()) return 'a';
  if (type != "a" && type != "b" && type != "c") return node.error("must be \"a\", \"b\" or \"c\"");
  return type.front();
}

Result<void> read_access(const Node& node, DeviceRule& rule) {
  const std::string access = TRY(read_string(node));
  if (access.empty() || access.find_first_not_of("rwm") != std::string::npos)
    return node.error("must be made of \"r\", \"w\" and \"m\"");
  rule.read = access.find('r') != std::string::npos;
  rule.write = access.find('w') != std::string::npos;
  rule.mknod = access.find('m') != std::string::npos;
  return {};
}

constexpr Field<DeviceRule> kDeviceRuleFields[] = {
    field<&DeviceRule::allow, read_bool>("allow", Presence::kRequired),
    field<&DeviceRule::type, read_rule_type>("type"),
    field<&DeviceRule::major, read_device_number<0xFFF>>("major"),
    field<&DeviceRule::minor, read_device_number<0xFFFFF>>("minor"),
    {"access", read_access},
};

// The specification does not say what a rule without "access" is about. To deny means all; to allow, nobody asked for.
Result<DeviceRule> read_device_rule(const Node& node) {
  DeviceRule rule;
  TRY(read_object(node, kDeviceRuleFields, rule));
  const json::Value* access = node.value().find("access");
  if (rule.allow && (access == nullptr || access->type == json::Value::Type::kNull))
    return node.member_error("access", "required to allow, but missing");
  return rule;
}

// ---- config-linux.md#memory, #cpu, #pids

// 0 … 100; 2^64-1 is how docker passes on the -1 of its users, which means "not given" to it.
Result<std::optional<std::uint64_t>> read_swappiness(const Node& node) {
  constexpr std::uint64_t kMost = 100, kNotGiven = std::numeric_limits<std::uint64_t>::max();
  if (node.value().type == json::Value::Type::kUnsigned && node.value().unsigned_ == kNotGiven)
    return std::optional<std::uint64_t>();
  return std::optional(TRY(read_unsigned(node, kMost)));
}

constexpr Field<MemoryResources> kMemoryFields[] = {
    field<&MemoryResources::limit, read_limit_unless_zero>("limit"),
    field<&MemoryResources::reservation, read_limit_unless_zero>("reservation"),
    field<&MemoryResources::swap, read_limit_unless_zero>("swap"),
    field<&MemoryResources::kernel, read_limit_unless_zero>("kernel"),
    field<&MemoryResources::kernel_tcp, read_limit_unless_zero>("kernelTCP"),
    field<&MemoryResources::swappiness, read_swappiness>("swappiness"),
    field<&MemoryResources::disable_oom_killer, read_bool>("disableOOMKiller"),
    field<&MemoryResources::use_hierarchy, read_bool>("useHierarchy"),
    field<&MemoryResources::check_before_update, read_bool>("checkBeforeUpdate"),
};

Result<MemoryResources> read_memory(const Node& node) {
  MemoryResources memory;
  TRY(read_object(node, kMemoryFields, memory));
  return memory;
}

// "0-3,7". What the numbers mean is the kernel's to check; that it is one line of a list is ours.
Result<std::string> read_cpu_list(const Node& node) {
  std::string list = TRY(read_string(node));
  if (list.find_first_not_of("0123456789,- ") != std::string::npos) return node.error("must be a list such as 0-3,7");
  return list;
}

constexpr Field<CpuResources> kCpuFields[] = {
    field<&CpuResources::shares, read_time_unless_zero>("shares"),
    field<&CpuResources::quota, read_limit_unless_zero>("quota"),
    field<&CpuResources::burst, read_number<std::uint64_t>>("burst"),
    field<&CpuResources::period, read_time_unless_zero>("period"),
    field<&CpuResources::realtime_runtime, read_limit_unless_zero>("realtimeRuntime"),
    field<&CpuResources::realtime_period, read_time_unless_zero>("realtimePeriod"),
    field<&CpuResources::cpus, read_cpu_list>("cpus"),
    field<&CpuResources::mems, read_cpu_list>("mems"),
    field<&CpuResources::idle, read_number<std::int64_t, 0, 1>>("idle"),
};

Result<CpuResources> read_cpu(const Node& node) {
  CpuResources cpu;
  TRY(read_object(node, kCpuFields, cpu));
  return cpu;
}

// 0 is a limit here: "SHOULD be treated as such by runtimes".
constexpr Field<Resources> kPidsFields[] = {field<&Resources::pids_limit, read_limit>("limit")};
Result<void> read_pids(const Node& node, Resources& resources) { return read_object(node, kPidsFields, resources); }

// ---- config-linux.md#huge-page-limits, #network, #rdma

// "<size><unit-prefix>B", as the kernel names its files, of which this becomes a part.
Result<std::string> read_page_size(const Node& node) {
  std::string size = TRY(read_string(node));
  const std::size_t digits = std::min(size.find_first_not_of("0123456789"), size.size());
  const std::string_view unit = std::string_view(size).substr(digits);
  if (digits == 0 || size.front() == '0' || (unit != "KB" && unit != "MB" && unit != "GB"))
    return node.error(text::cat("must be a page size such as \"2MB\", is ", text::json_quote(size)));
  return size;
}

constexpr Field<HugepageLimit> kHugepageFields[] = {
    field<&HugepageLimit::page_size, read_page_size>("pageSize", Presence::kRequired),
    field<&HugepageLimit::limit, read_number<std::uint64_t>>("limit", Presence::kRequired),
};

Result<HugepageLimit> read_hugepage_limit(const Node& node) {
  HugepageLimit limit;
  TRY(read_object(node, kHugepageFields, limit));
  return limit;
}

// One word of a line "name value …" that the kernel takes apart at blanks.
bool is_word(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > ' ' && byte != 0x7F && c != '/';
  });
}

Result<std::string> read_interface(const Node& node) {
  constexpr std::size_t kLongest = 15;  // IFNAMSIZ, netdevice(7)
  std::string name = TRY(read_string(node));
  if (!is_word(name) || name.size() > kLongest) return node.error("must be the name of a network interface");
  return name;
}

constexpr Field<InterfacePriority> kPriorityFields[] = {
    field<&InterfacePriority::name, read_interface>("name", Presence::kRequired),
    field<&InterfacePriority::priority, read_number<std::uint32_t>>("priority", Presence::kRequired),
};

Result<InterfacePriority> read_priority(const Node& node) {
  InterfacePriority priority;
  TRY(read_object(node, kPriorityFields, priority));
  return priority;
}

constexpr Field<NetworkResources> kNetworkFields[] = {
    field<&NetworkResources::class_id, read_unless_zero<std::uint32_t, 0>>("classID"),
    field<&NetworkResources::priorities, read_array<&read_priority>>("priorities"),
};

Result<NetworkResources> read_network(const Node& node) {
  NetworkResources network;
  TRY(read_object(node, kNetworkFields, network));
  return network;
}

constexpr Field<RdmaLimit> kRdmaFields[] = {
    field<&RdmaLimit::hca_handles, read_number<std::uint32_t>>("hcaHandles"),
    field<&RdmaLimit::hca_objects, read_number<std::uint32_t>>("hcaObjects"),
};

// "You MUST specify at least one of the `hcaHandles` or `hcaObjects` in a given entry".
Result<std::vector<RdmaLimit>> read_rdma(const Node& node) {
  TRY(expect_object(node));
  std::vector<RdmaLimit> limits;
  for (auto& [key, value] : node.value().object) {
    const Node child(node, key, value);
    if (!is_word(key)) return child.error("the key must be the name of a device");
    RdmaLimit limit = {.device = key, .hca_handles = {}, .hca_objects = {}};
    TRY(read_object(child, kRdmaFields, limit));
    if (!limit.hca_handles && !limit.hca_objects) return child.error("must have \"hcaHandles\" or \"hcaObjects\"");
    limits.push_back(std::move(limit));
  }
  return limits;
}

// ---- config-linux.md#unified

// Files of cgroup v2 that are no settings: they act on processes, and would move them, kill them, or keep the container
// from starting.
bool is_no_setting(std::string_view file) {
  static constexpr std::string_view kActions[] = {"cgroup.procs",  "cgroup.threads", "cgroup.kill",
                                                  "cgroup.freeze", "cgroup.type",    "cgroup.subtree_control"};
  return std::find(std::begin(kActions), std::end(kActions), file) != std::end(kActions);
}

// "memory.high": a file in the container's directory and nowhere else, whose controller stands before the first dot.
Result<std::map<std::string, std::string, std::less<>>> read_unified(const Node& node) {
  TRY(expect_object(node));
  std::map<std::string, std::string, std::less<>> unified;
  for (auto& [key, value] : node.value().object) {
    const Node child(node, key, value);
    const std::size_t dot = key.find('.');
    if (!is_word(key) || key.find("..") != std::string::npos || dot == 0 || dot >= key.size() - 1)
      return child.error("the key must be a file of cgroup v2 such as \"memory.high\"");
    if (is_no_setting(key)) return child.error("is no setting of a cgroup");
    unified.emplace(key, TRY(read_string(child)));
  }
  return unified;
}

constexpr Field<Resources> kResourcesFields[] = {
    field<&Resources::devices, read_array<&read_device_rule>>("devices"),
    field<&Resources::memory, read_memory>("memory"),
    field<&Resources::cpu, read_cpu>("cpu"),
    {"pids", read_pids},
    field<&Resources::block_io, read_block_io>("blockIO"),
    field<&Resources::hugepage_limits, read_array<&read_hugepage_limit>>("hugepageLimits"),
    field<&Resources::network, read_network>("network"),
    field<&Resources::rdma, read_rdma>("rdma"),
    field<&Resources::unified, read_unified>("unified"),
};

}  // namespace

Result<Resources> read_resources(const Node& node) {
  Resources resources;
  TRY(read_object(node, kResourcesFields, resources));
  return resources;
}

}  // namespace brig::oci
