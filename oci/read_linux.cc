#include <sys/stat.h>

#include <algorithm>

#include "oci/names.h"
#include "oci/read_parts.h"
#include "oci/sysctl.h"

namespace brig::oci {
namespace {

// ---- config-linux.md#namespaces

Result<int> read_namespace_type(const Node& node) {
  const std::string type = TRY(read_string(node));
  const std::optional<int> flag = namespace_flag(type);
  if (!flag) return node.error(text::cat("unknown namespace type ", text::json_quote(type)));
  return *flag;
}

// "" is what engines write for none.
Result<std::string> read_namespace_path(const Node& node) {
  if (node.value().type == json::Value::Type::kString && node.value().string.empty()) return std::string();
  return read_absolute_path(node);
}

constexpr Field<Namespace> kNamespaceFields[] = {
    field<&Namespace::type, read_namespace_type>("type", Presence::kRequired),
    field<&Namespace::path, read_namespace_path>("path"),
};

Result<Namespace> read_namespace(const Node& node) {
  Namespace ns;
  TRY(read_object(node, kNamespaceFields, ns));
  return ns;
}

// ---- config-linux.md#user-namespace-mappings

constexpr Field<IdMapping> kIdMappingFields[] = {
    field<&IdMapping::container_id, read_id>("containerID", Presence::kRequired),
    field<&IdMapping::host_id, read_id>("hostID", Presence::kRequired),
    field<&IdMapping::size, read_number<std::uint32_t>>("size", Presence::kRequired),
};

}  // namespace

// A range may not reach 2^32-1, which is no id (user_namespaces(7)).
Result<IdMapping> read_id_mapping(const Node& node) {
  IdMapping mapping;
  TRY(read_object(node, kIdMappingFields, mapping));
  if (mapping.size == 0) return node.member_error("size", "must not be 0");
  if (std::uint64_t{mapping.container_id} + mapping.size - 1 > kLargestId)
    return node.member_error("size", "containerID + size is beyond the largest id");
  if (std::uint64_t{mapping.host_id} + mapping.size - 1 > kLargestId)
    return node.member_error("size", "hostID + size is beyond the largest id");
  return mapping;
}

namespace {

// ---- config-linux.md#offset-for-time-namespace

constexpr Field<TimeOffset> kTimeOffsetFields[] = {
    field<&TimeOffset::secs, read_number<std::int64_t>>("secs"),
    field<&TimeOffset::nanosecs, read_number<std::uint32_t, 0, 999'999'999>>("nanosecs"),
};

Result<std::vector<TimeOffset>> read_time_offsets(const Node& node) {
  TRY(expect_object(node));
  std::vector<TimeOffset> offsets;
  for (auto& [clock, value] : node.value().object) {
    const Node child(node, clock, value);
    if (value.type == json::Value::Type::kNull) continue;
    if (clock != "monotonic" && clock != "boottime") return child.error("unknown clock");
    TimeOffset offset{.clock = clock};
    TRY(read_object(child, kTimeOffsetFields, offset));
    offsets.push_back(std::move(offset));
  }
  return offsets;
}

// ---- config-linux.md#devices

Result<char> read_device_type(const Node& node) {
  const std::string type = TRY(read_string(node));
  if (type.size() != 1 || std::string_view("cbup").find(type.front()) == std::string_view::npos)
    return node.error("must be \"c\", \"b\", \"u\" or \"p\"");
  return type == "u" ? 'c' : type.front();
}

Result<std::string> read_device_path(const Node& node) {
  std::string path = text::clean_path(TRY(read_absolute_path(node)));
  if (path == "/") return node.error("must be the path of a file");
  return path;
}

// Engines copy st_mode of a device on the host, with its type.
Result<mode_t> read_file_mode(const Node& node) { return TRY((read_number<mode_t, 0, 0177777>(node))) & 07777; }

constexpr Field<Device> kDeviceFields[] = {
    field<&Device::type, read_device_type>("type", Presence::kRequired),
    field<&Device::path, read_device_path>("path", Presence::kRequired),
    field<&Device::major, read_number<std::int64_t, 0, 0xFFF>>("major"),
    field<&Device::minor, read_number<std::int64_t, 0, 0xFFFFF>>("minor"),
    field<&Device::file_mode, read_file_mode>("fileMode"),
    field<&Device::uid, read_id>("uid"),
    field<&Device::gid, read_id>("gid"),
};

Result<Device> read_device(const Node& node) {
  Device device;
  TRY(read_object(node, kDeviceFields, device));
  if (device.type == 'p') return device;
  for (const std::string_view number : {"major", "minor"})
    if (const json::Value* value = node.value().find(number);
        value == nullptr || value->type == json::Value::Type::kNull)
      return node.member_error(number, "required for this type of device, but missing");
  return device;
}

// ---- the rest

Result<unsigned long> read_propagation(const Node& node) {
  const std::string name = TRY(read_string(node));
  if (name.empty()) return 0UL;
  const std::optional<unsigned long> flag = propagation_flag(name);
  if (!flag) return node.error(text::cat("unknown propagation ", text::json_quote(name)));
  return *flag;
}

Result<std::string> read_sysctl_value(const Node& node) {
  std::string value = TRY(read_string(node));
  const auto control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; };
  if (std::any_of(value.begin(), value.end(), control)) return node.error("must be one line");
  return value;
}

Result<std::vector<std::pair<std::string, std::string>>> read_sysctl(const Node& node) {
  TRY(expect_object(node));
  std::vector<std::pair<std::string, std::string>> sysctl;
  for (auto& [key, value] : node.value().object) {
    const Node child(node, key, value);
    const std::optional<std::string> name = normalised_sysctl(key);
    if (!name) return child.error("not the name of a kernel parameter");
    if (*name == "kernel.hostname") return child.error("not allowed, \"hostname\" sets it");
    if (!sysctl_namespace(*name)) return child.error("not allowed, it belongs to no namespace of the container");
    sysctl.emplace_back(*name, TRY(read_sysctl_value(child)));
  }
  return sysctl;
}

constexpr Field<Linux> kLinuxFields[] = {
    field<&Linux::namespaces, read_array<&read_namespace>>("namespaces"),
    field<&Linux::uid_mappings, read_array<&read_id_mapping>>("uidMappings"),
    field<&Linux::gid_mappings, read_array<&read_id_mapping>>("gidMappings"),
    field<&Linux::time_offsets, read_time_offsets>("timeOffsets"),
    field<&Linux::devices, read_array<&read_device>>("devices"),
    field<&Linux::cgroups_path, read_string>("cgroupsPath"),
    field<&Linux::resources, read_resources>("resources"),
    field<&Linux::rootfs_propagation, read_propagation>("rootfsPropagation"),
    field<&Linux::seccomp, read_seccomp>("seccomp"),
    field<&Linux::sysctl, read_sysctl>("sysctl"),
    field<&Linux::masked_paths, read_array<&read_absolute_path>>("maskedPaths"),
    field<&Linux::readonly_paths, read_array<&read_absolute_path>>("readonlyPaths"),
    field<&Linux::mount_label, read_string>("mountLabel"),
    field<&Linux::net_devices, read_net_devices>("netDevices"),
    field<&Linux::intel_rdt, read_intel_rdt>("intelRdt"),
    field<&Linux::memory_policy, read_memory_policy>("memoryPolicy"),
    field<&Linux::personality, read_personality>("personality"),
};

}  // namespace

Result<Linux> read_linux(const Node& node) {
  Linux linux_config;
  TRY(read_object(node, kLinuxFields, linux_config));
  return linux_config;
}

}  // namespace brig::oci
