#include "oci/net_device_rules.h"

#include <net/if.h>
#include <sched.h>

#include <algorithm>

#include "base/text.h"
#include "oci/json.h"

namespace brig::oci {
namespace {

constexpr std::string_view kPointer = "/linux/netDevices";
constexpr std::string_view kNumber = "%d";

// The kernel's isspace() is Latin-1's: 0xA0 is a blank too.
bool is_refused(char c) {
  return c == '/' || c == ':' || c == '%' || c == ' ' || (c >= '\t' && c <= '\r') || c == '\xA0';
}

Error error_at(const NetDevice& device, std::string_view reason) {
  return Error::config(json::child_pointer(kPointer, device.host_name), reason);
}

// A namespace that is made has its loopback device, and that device can't leave its namespace.
Result<void> is_not_loopback(const Config& config, const NetDevice& device) {
  if (device.host_name == "lo") return error_at(device, "the loopback device can't be moved");
  if (device.name == "lo" && config.new_namespace(CLONE_NEWNET))
    return error_at(device, "the container's network namespace has a device \"lo\" of its own");
  return {};
}

}  // namespace

bool is_interface_name(std::string_view name) {
  if (name.empty() || name.size() >= IFNAMSIZ || name == "." || name == "..") return false;
  return std::none_of(name.begin(), name.end(), is_refused);
}

bool is_interface_template(std::string_view name) {
  return name.size() < IFNAMSIZ && name.find(kNumber) != std::string_view::npos &&
         is_interface_name(expand_interface_template(name, 0));
}

std::string expand_interface_template(std::string_view name, unsigned number) {
  const std::size_t at = name.find(kNumber);
  if (at == std::string_view::npos) return std::string(name);
  return text::cat(name.substr(0, at), number, name.substr(at + kNumber.size()));
}

Result<void> net_devices_have_a_place(const Config& config) {
  const std::vector<NetDevice>& devices = config.linux_.net_devices;
  if (devices.empty()) return {};
  if (config.namespace_of(CLONE_NEWNET) == nullptr) return Error::config(kPointer, "needs a \"network\" namespace");
  for (auto device = devices.begin(); device != devices.end(); ++device) {
    TRY(is_not_loopback(config, *device));
    const auto same = [&](const NetDevice& other) { return other.name == device->name; };
    if (is_interface_name(device->name) && std::any_of(devices.begin(), device, same))
      return error_at(*device, text::cat("a second device with the name ", text::json_quote(device->name)));
  }
  return {};
}

}  // namespace brig::oci
