// Runs in: runtime.
#include "runtime/namespaces/link.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

namespace brig::namespaces {
namespace {

using netlink::Message;
using netlink::Request;
using netlink::Socket;

// What an address has beside its family and prefix, and may be told to the kernel again. Not its lifetime (a permanent
// one has none) and not its label, which is made of the device's name.
bool is_kept(std::uint16_t attribute) {
  return attribute == IFA_ADDRESS || attribute == IFA_LOCAL || attribute == IFA_BROADCAST ||
         attribute == IFA_RT_PRIORITY || attribute == IFA_PROTO;
}

// The flags that an administrator sets; the others tell a state.
constexpr std::uint32_t kKeptFlags =
    IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN;

ifinfomsg link_header(int index) {
  ifinfomsg header = {};
  header.ifi_family = AF_UNSPEC;
  header.ifi_index = index;
  return header;
}

// The one device that a request asks for; nullopt if there is none.
Result<std::optional<Link>> ask_for_link(Socket& socket, const Request& request) {
  auto answer = socket.ask(request);
  if (!answer.ok() && answer.error().code() == ENODEV) return std::optional<Link>();
  for (const Message& message : TRY(std::move(answer))) {
    const std::optional<ifinfomsg> header = netlink::header_of<ifinfomsg>(message);
    if (message.type != RTM_NEWLINK || !header) continue;
    return std::optional(Link{.index = header->ifi_index, .up = (header->ifi_flags & IFF_UP) != 0});
  }
  return Error::make(Error::Kind::kInternal, "rtnetlink: an answer without a device");
}

std::uint32_t flags_of(const Message& message, const ifaddrmsg& header) {
  for (const netlink::Attribute& attribute : netlink::attributes(message, sizeof header)) {
    std::uint32_t flags = 0;
    if (attribute.type != IFA_FLAGS || attribute.value.size() != sizeof flags) continue;
    std::memcpy(&flags, attribute.value.data(), sizeof flags);
    return flags;
  }
  return header.ifa_flags;
}

}  // namespace

Result<std::optional<Link>> find_link(Socket& socket, const std::string& name) {
  Request request(RTM_GETLINK, 0, link_header(0));
  return ask_for_link(socket, request.add_name(IFLA_IFNAME, name));
}

Result<bool> has_link(Socket& socket, int index) {
  return TRY(ask_for_link(socket, Request(RTM_GETLINK, 0, link_header(index)))).has_value();
}

std::optional<Address> permanent_address(const Message& message, int index) {
  const std::optional<ifaddrmsg> header = netlink::header_of<ifaddrmsg>(message);
  if (message.type != RTM_NEWADDR || !header) return std::nullopt;
  if (header->ifa_index != static_cast<unsigned>(index) || header->ifa_scope != RT_SCOPE_UNIVERSE) return std::nullopt;
  const std::uint32_t flags = flags_of(message, *header);
  if ((flags & IFA_F_PERMANENT) == 0) return std::nullopt;
  Address address{.family = header->ifa_family, .prefix = header->ifa_prefixlen, .attributes = {}};
  for (const netlink::Attribute& attribute : netlink::attributes(message, sizeof *header))
    if (is_kept(attribute.type)) address.attributes.emplace_back(attribute.type, attribute.value);
  const std::uint32_t kept = flags & kKeptFlags;
  if (kept != 0) address.attributes.emplace_back(IFA_FLAGS, netlink::bytes_of(kept));
  return address;
}

Result<std::vector<Address>> permanent_addresses(Socket& socket, int index) {
  const ifaddrmsg any = {};
  std::vector<Address> addresses;
  // The kernel lists those of all devices; to ask for one device's takes Linux 4.20.
  for (const Message& message : TRY(socket.ask(Request(RTM_GETADDR, NLM_F_DUMP, any))))
    if (std::optional<Address> address = permanent_address(message, index)) addresses.push_back(std::move(*address));
  return addresses;
}

Result<void> add_address(Socket& socket, int index, const Address& address) {
  ifaddrmsg header = {};
  header.ifa_family = address.family;
  header.ifa_prefixlen = address.prefix;
  header.ifa_scope = RT_SCOPE_UNIVERSE;
  header.ifa_index = static_cast<unsigned>(index);
  Request request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, header);
  for (const auto& [type, value] : address.attributes) request.add(type, value);
  TRY(socket.ask(request), "add address");
  return {};
}

Result<void> bring_up(Socket& socket, int index) {
  ifinfomsg header = link_header(index);
  header.ifi_flags = IFF_UP;
  header.ifi_change = IFF_UP;
  TRY(socket.ask(Request(RTM_NEWLINK, 0, header)), "bring up");
  return {};
}

Result<void> move_link(Socket& socket, int index, const std::string& name, FdRef network_namespace) {
  Request request(RTM_NEWLINK, 0, link_header(index));
  request.add_name(IFLA_IFNAME, name).add_descriptor(IFLA_NET_NS_FD, network_namespace);
  TRY(socket.ask(request), "move into network namespace");
  return {};
}

}  // namespace brig::namespaces
