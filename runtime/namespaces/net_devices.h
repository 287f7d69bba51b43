// Runs in: runtime.
//
// linux.netDevices: devices of the runtime's network namespace that the container gets. Found before there is a
// container; moved while init makes its mounts; moved back if the container does not come into being. Once it has, they
// belong to its network namespace, which the kernel empties when it ends: physical devices go back to the initial one,
// virtual ones end with it. Spec: config-linux.md#network-devices, #namespace-lifecycle-and-container-termination.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/netlink.h"
#include "base/result.h"
#include "oci/config.h"
#include "runtime/namespaces/link.h"

namespace brig::namespaces {

// A device as it is before it is moved.
struct NetDevice {
  std::string host_name;
  std::string name;  // in the container; with "%d": a number is found for it
  Link link;
  std::vector<Address> addresses;
};

// Those of the config, with their addresses; those whose names have a "%d" last, so that they get none that another one
// is to have. kConfig if there is no such device. Only asks.
Result<std::vector<NetDevice>> find_net_devices(const std::vector<oci::NetDevice>& wanted);

// Devices that are in the container's network namespace. Back in their own, under their old names, with their addresses
// and their state, once this ends without keep(). What the kernel forgets of a device that moves (routes by it, above
// all) it has forgotten for good.
class MovedDevices {
 public:
  MovedDevices() = default;
  MovedDevices(MovedDevices&&) noexcept = default;
  MovedDevices& operator=(MovedDevices&& other) noexcept;
  ~MovedDevices() { give_back(); }

  // Moves them from the network namespace `from`, which this process is in, to `to`; each keeps its permanent addresses
  // of global scope and is up afterwards. Needs CAP_SYS_ADMIN and CAP_NET_ADMIN over both. kState if a name is taken.
  static Result<MovedDevices> move(std::vector<NetDevice> devices, UniqueFd from, FdRef to);

  // The container's for good.
  void keep();

 private:
  // One network namespace: the file that is it, and a socket in it.
  struct Side {
    UniqueFd file;
    netlink::Socket socket;
  };
  struct Moved {
    NetDevice device;
    std::string name;  // in the container
  };
  Result<void> move_one(NetDevice device, FdRef to);
  Result<void> give_back_one(const Moved& moved);
  void give_back();

  std::optional<Side> host_;
  std::optional<netlink::Socket> container_;
  std::vector<Moved> moved_;
};

}  // namespace brig::namespaces
