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

constexpr Field<MemoryResources> kMemoryFields[] = {
    field<&MemoryResources::limit, read_limit_unless_zero>("limit"),
    field<&MemoryResources::reservation, read_limit_unless_zero>("reservation"),
    field<&MemoryResources::swap, read_limit_unless_zero>("swap"),
    unsupported<MemoryResources>("kernel"),
    unsupported<MemoryResources>("kernelTCP"),
    unsupported_even_empty<MemoryResources>("swappiness"),
    unsupported<MemoryResources>("disableOOMKiller"),
    ignored<MemoryResources>("useHierarchy"),  // always so since Linux 5.11
    unsupported<MemoryResources>("checkBeforeUpdate"),
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

constexpr Field<Resources> kResourcesFields[] = {
    field<&Resources::devices, read_array<&read_device_rule>>("devices"),
    field<&Resources::memory, read_memory>("memory"),
    field<&Resources::cpu, read_cpu>("cpu"),
    {"pids", read_pids},
    unsupported<Resources>("unified"),
    unsupported<Resources>("blockIO"),
    unsupported<Resources>("hugepageLimits"),
    unsupported<Resources>("network"),
    unsupported<Resources>("rdma"),
};

}  // namespace

Result<Resources> read_resources(const Node& node) {
  Resources resources;
  TRY(read_object(node, kResourcesFields, resources));
  return resources;
}

}  // namespace brig::oci
