// Runs in: runtime.
//
// Network devices of one network namespace, by rtnetlink(7): found, moved, given addresses. What namespace that is, is
// the socket's to know.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/netlink.h"
#include "base/result.h"

namespace brig::namespaces {

struct Link {
  int index = 0;
  bool up = false;
};

// The device of this name (or with it as an alternative name); nullopt if there is none.
Result<std::optional<Link>> find_link(netlink::Socket& socket, const std::string& name);
// Whether the device of this index is there.
Result<bool> has_link(netlink::Socket& socket, int index);

// An address as the kernel tells it, and as it takes it again.
struct Address {
  std::uint8_t family = 0, prefix = 0;
  std::vector<std::pair<std::uint16_t, std::string>> attributes;  // IFA_*
};
// The addresses of a device that are permanent and of global scope, in the order in which the kernel has them (of two
// in one subnet the first is the primary one). Spec: config-linux.md#network-devices.
Result<std::vector<Address>> permanent_addresses(netlink::Socket& socket, int index);
// Of one message of such a list; nullopt if the address is another device's, temporary, or of a narrower scope. Pure.
std::optional<Address> permanent_address(const netlink::Message& message, int index);

// Adds it to the device. The label of an IPv4 address (an alias of the device's name) becomes the device's name.
Result<void> add_address(netlink::Socket& socket, int index, const Address& address);
Result<void> bring_up(netlink::Socket& socket, int index);
// Moves the device into another network namespace, under this name. The kernel takes it down and its addresses away. A
// failure may leave it there under its old name: the kernel moves first and renames then.
Result<void> move_link(netlink::Socket& socket, int index, const std::string& name, FdRef network_namespace);

}  // namespace brig::namespaces
