// Runs in: runtime.
#include "runtime/namespaces/net_devices.h"

#include <sched.h>

#include <algorithm>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "oci/json.h"
#include "oci/net_device_rules.h"

namespace brig::namespaces {
namespace {

using netlink::Socket;

// A socket belongs to the network namespace in which it was made.
Result<Socket> open_socket_in(FdRef there, FdRef here) {
  TRY(sys::setns(there, CLONE_NEWNET), "enter the container's network namespace");
  auto socket = Socket::open();
  TRY(sys::setns(here, CLONE_NEWNET), "come back from the container's network namespace");
  return socket;
}

// With the lowest number that is free in the place of "%d", which is what the kernel would choose. Chosen here, as the
// kernel does not tell which it took.
Result<std::string> name_in(Socket& container, const std::string& wanted) {
  constexpr unsigned kMost = 32768;  // what the kernel tries
  for (unsigned number = 0; number < kMost; ++number) {
    std::string name = oci::expand_interface_template(wanted, number);
    if (!oci::is_interface_name(name)) break;
    if (!TRY(find_link(container, name))) return name;
    if (name == wanted) break;
  }
  return Error::make(Error::Kind::kState, text::cat("there is a network device ", text::json_quote(wanted),
                                                    " in the container's network namespace already"));
}

Result<void> settle(Socket& socket, int index, const std::vector<Address>& addresses, bool up) {
  for (const Address& address : addresses) TRY(add_address(socket, index, address));
  if (up) TRY(bring_up(socket, index));
  return {};
}

}  // namespace

Result<std::vector<NetDevice>> find_net_devices(const std::vector<oci::NetDevice>& wanted) {
  std::vector<NetDevice> devices;
  if (wanted.empty()) return devices;
  Socket host = TRY(Socket::open());
  for (const oci::NetDevice& device : wanted) {
    const std::optional<Link> link = TRY(find_link(host, device.host_name), "find network device", device.host_name);
    if (!link)
      return Error::config(json::child_pointer("/linux/netDevices", device.host_name),
                           "there is no such network device");
    std::vector<Address> addresses =
        TRY(permanent_addresses(host, link->index), "list addresses of network device", device.host_name);
    devices.push_back(
        {.host_name = device.host_name, .name = device.name, .link = *link, .addresses = std::move(addresses)});
  }
  std::stable_partition(devices.begin(), devices.end(),
                        [](const NetDevice& device) { return oci::is_interface_name(device.name); });
  return devices;
}

MovedDevices& MovedDevices::operator=(MovedDevices&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  host_ = std::move(other.host_);
  container_ = std::move(other.container_);
  moved_ = std::exchange(other.moved_, {});
  return *this;
}

Result<MovedDevices> MovedDevices::move(std::vector<NetDevice> devices, UniqueFd from, FdRef to) {
  MovedDevices result;
  if (devices.empty()) return result;
  Socket host = TRY(Socket::open());
  result.container_ = TRY(open_socket_in(to, from));
  result.host_ = Side{.file = std::move(from), .socket = std::move(host)};
  for (NetDevice& device : devices) {
    const std::string name = device.host_name;
    TRY(result.move_one(std::move(device), to), "network device", name);
  }
  return result;
}

Result<void> MovedDevices::move_one(NetDevice device, FdRef to) {
  const std::string name = TRY(name_in(*container_, device.name));
  // Before it is moved: the kernel may do it and its answer be lost.
  moved_.push_back({.device = std::move(device), .name = name});
  const NetDevice& moved = moved_.back().device;
  TRY(move_link(host_->socket, moved.link.index, name, to));
  const std::optional<Link> there = TRY(find_link(*container_, name));
  if (!there) return Error::make(Error::Kind::kState, "has vanished from the container's network namespace");
  return settle(*container_, there->index, moved.addresses, true);
}

Result<void> MovedDevices::give_back_one(const Moved& moved) {
  const NetDevice& device = moved.device;
  if (TRY(has_link(host_->socket, device.link.index))) return {};  // never moved
  std::optional<Link> there = TRY(find_link(*container_, moved.name));
  if (!there) there = TRY(find_link(*container_, device.host_name));  // moved, but not renamed
  if (!there) return Error::make(Error::Kind::kState, "has vanished from the container's network namespace");
  TRY(move_link(*container_, there->index, device.host_name, host_->file));
  const std::optional<Link> here = TRY(find_link(host_->socket, device.host_name));
  if (!here) return Error::make(Error::Kind::kState, "has vanished");
  return settle(host_->socket, here->index, device.addresses, device.link.up);
}

void MovedDevices::give_back() {
  for (auto moved = moved_.rbegin(); moved != moved_.rend(); ++moved) {
    auto given = give_back_one(*moved);
    // The failure that undoes the container is the one to tell.
    if (!given.ok())
      log::warn(text::cat("network device ", moved->device.host_name,
                          " could not be moved back: ", given.error().to_string()));
  }
  moved_.clear();
}

void MovedDevices::keep() {
  moved_.clear();
  // A socket would keep the network namespace alive after its last process.
  container_.reset();
  host_.reset();
}

}  // namespace brig::namespaces
