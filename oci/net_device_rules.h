// The rules of linux.netDevices, and what the kernel takes for the name of a network device. Pure.
#pragma once

#include <string_view>

#include "base/result.h"
#include "oci/config.h"

namespace brig::oci {

// Shorter than IFNAMSIZ, not "." or "..", without "/", ":" and white space (the kernel's dev_valid_name), and without
// "%", which no device has in its name: it makes a template.
bool is_interface_name(std::string_view name);

// A name with one "%d", in the place of which the kernel puts the lowest number that is free.
bool is_interface_template(std::string_view name);
// `name` with `number` in the place of its "%d".
std::string expand_interface_template(std::string_view name, unsigned number);

// config-linux.md#network-devices: into a network namespace of the container's, each under a name of its own.
Result<void> net_devices_have_a_place(const Config& config);

}  // namespace brig::oci
