// Where the message buses are, as their users write it (D-Bus Specification, "Server Addresses"). For cgroups/ itself;
// pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace brig::cgroups {

// "unix:path=/run/bus,guid=…;unix:path=/other": the paths of the sockets, in their order. Other transports and what has
// no valid form are left out, abstract sockets too: where systemd is on a bus, that bus has a path.
std::vector<std::string> bus_socket_paths(std::string_view addresses);

}  // namespace brig::cgroups
