// linux.netDevices.
#include "oci/net_device_rules.h"
#include "oci/read_parts.h"

namespace brig::oci {
namespace {

// "" is what engines write for none.
Result<std::string> read_container_name(const Node& node) {
  std::string name = TRY(read_string(node));
  if (!name.empty() && !is_interface_name(name) && !is_interface_template(name))
    return node.error(text::cat(text::json_quote(name), " is no name of a network device"));
  return name;
}

constexpr Field<NetDevice> kNetDeviceFields[] = {
    field<&NetDevice::name, read_container_name>("name"),
};

}  // namespace

Result<std::vector<NetDevice>> read_net_devices(const Node& node) {
  TRY(expect_object(node));
  std::vector<NetDevice> devices;
  for (auto& [name, value] : node.value().object) {
    const Node child(node, name, value);
    if (value.type == json::Value::Type::kNull) continue;
    if (!is_interface_name(name))
      return child.error(text::cat(text::json_quote(name), " is no name of a network device"));
    NetDevice device{.host_name = name};
    TRY(read_object(child, kNetDeviceFields, device));
    if (device.name.empty()) device.name = name;
    devices.push_back(std::move(device));
  }
  return devices;
}

}  // namespace brig::oci
