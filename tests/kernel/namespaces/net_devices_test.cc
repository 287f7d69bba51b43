// Network devices between two network namespaces of the test's own.
#include "runtime/namespaces/net_devices.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <unistd.h>

#include "base/sys.h"
#include "tests/support/in_namespaces.h"

namespace brig::namespaces {
namespace {

using brig::testing::in_namespaces;
using netlink::Request;
using netlink::Socket;

#define MUST(condition) \
  if (!(condition)) return std::string(#condition) + " at line " + std::to_string(__LINE__)
#define MUST_DO(expression)                                                      \
  do {                                                                           \
    if (auto&& done = (expression); !done.ok()) return done.error().to_string(); \
  } while (false)

UniqueFd own_namespace() { return UniqueFd(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)); }

// A device; its peer, which makes it one that can be made anywhere, is "p-" and its name.
Result<void> make_device(Socket& socket, const std::string& name) {
  ifinfomsg header = {};
  Request info(0, 0, header);
  const auto nested = [](std::uint16_t type, const std::string& content) {
    const nlattr head = {.nla_len = static_cast<std::uint16_t>(sizeof(nlattr) + content.size()), .nla_type = type};
    std::string out(netlink::bytes_of(head));
    out += content;
    out.resize((out.size() + 3) & ~std::size_t{3});
    return out;
  };
  const std::string peer = std::string(netlink::bytes_of(header)) + nested(IFLA_IFNAME, "p-" + name + '\0');
  Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, header);
  request.add_name(IFLA_IFNAME, name);
  request.add(IFLA_LINKINFO, nested(IFLA_INFO_KIND, "veth") + nested(IFLA_INFO_DATA, nested(VETH_INFO_PEER, peer)));
  TRY(socket.ask(request));
  return {};
}

Address ipv4(char last) {
  const std::string bytes = {'\xC0', '\0', '\2', last};
  return {.family = AF_INET, .prefix = 24, .attributes = {{IFA_LOCAL, bytes}, {IFA_ADDRESS, bytes}}};
}

// Two devices "a" and "b" in a namespace `host`, where this process is; `container` is another.
struct World {
  UniqueFd host, container;
  Socket at_host, at_container;
};
Result<World> make_world() {
  UniqueFd host = own_namespace();
  Socket at_host = TRY(Socket::open());
  TRY(sys::unshare(CLONE_NEWNET));
  UniqueFd container = own_namespace();
  Socket at_container = TRY(Socket::open());
  TRY(sys::setns(host, CLONE_NEWNET));
  TRY(make_device(at_host, "a"));
  TRY(make_device(at_host, "b"));
  const Link a = TRY(find_link(at_host, "a")).value();
  TRY(add_address(at_host, a.index, ipv4(1)));
  TRY(add_address(at_host, a.index, ipv4(2)));
  TRY(bring_up(at_host, a.index));
  return World{std::move(host), std::move(container), std::move(at_host), std::move(at_container)};
}

bool has(Socket& socket, const std::string& name, bool up, std::size_t addresses) {
  auto link = find_link(socket, name);
  if (!link.ok() || !link.value() || link.value()->up != up) return false;
  auto found = permanent_addresses(socket, link.value()->index);
  return found.ok() && found.value().size() == addresses;
}
bool lacks(Socket& socket, const std::string& name) {
  auto link = find_link(socket, name);
  return link.ok() && !link.value();
}

// `body` in a new network namespace, with its World.
std::string in_world(std::string (*body)(World&)) {
  return in_namespaces(CLONE_NEWNET, [body]() -> std::string {
    auto world = make_world();
    return world.ok() ? body(world.value()) : "world: " + world.error().to_string();
  });
}

UniqueFd copy_of(const UniqueFd& fd) { return UniqueFd(::fcntl(fd.raw(), F_DUPFD_CLOEXEC, 0)); }

TEST(NetDevicesKernel, AreMovedUpAndWithTheirAddresses) {
  EXPECT_EQ("", in_world([](World& w) -> std::string {
              auto found = find_net_devices({{.host_name = "a", .name = "x"}, {.host_name = "b", .name = "b"}});
              MUST_DO(found);
              auto moved = MovedDevices::move(std::move(found).value(), copy_of(w.host), w.container);
              MUST_DO(moved);
              MUST(has(w.at_container, "x", true, 2) && has(w.at_container, "b", true, 0));
              MUST(lacks(w.at_host, "a") && lacks(w.at_host, "b"));
              MUST(lacks(w.at_container, "a"));
              // This process is where it was.
              struct stat here = {}, host = {};
              MUST(fstat(own_namespace().raw(), &here) == 0 && fstat(w.host.raw(), &host) == 0);
              MUST(here.st_ino == host.st_ino);
              moved.value().keep();
              MUST(lacks(w.at_host, "a"));
              return "";
            }));
}

TEST(NetDevicesKernel, GoBackAsTheyWereUnlessKept) {
  EXPECT_EQ("", in_world([](World& w) -> std::string {
              auto found = find_net_devices({{.host_name = "a", .name = "x"}, {.host_name = "b", .name = "y%d"}});
              MUST_DO(found);
              {
                auto moved = MovedDevices::move(std::move(found).value(), copy_of(w.host), w.container);
                MUST_DO(moved);
                MUST(has(w.at_container, "y0", true, 0));
                const MovedDevices elsewhere = std::move(moved).value();  // moving the owner moves no device
                MUST(has(w.at_container, "x", true, 2));
              }
              MUST(lacks(w.at_container, "x") && lacks(w.at_container, "y0"));
              MUST(has(w.at_host, "a", true, 2));
              MUST(has(w.at_host, "b", false, 0));
              return "";
            }));
}

TEST(NetDevicesKernel, ANameThatIsTakenMovesNothing) {
  EXPECT_EQ("", in_world([](World& w) -> std::string {
              MUST_DO(make_device(w.at_container, "b"));
              auto found = find_net_devices({{.host_name = "a", .name = "a"}, {.host_name = "b", .name = "b"}});
              MUST_DO(found);
              auto moved = MovedDevices::move(std::move(found).value(), copy_of(w.host), w.container);
              MUST(!moved.ok() && moved.error().kind() == Error::Kind::kState);
              MUST(has(w.at_host, "a", true, 2) && has(w.at_host, "b", false, 0));
              MUST(lacks(w.at_container, "a"));
              return "";
            }));
}

TEST(NetDevicesKernel, TheHostsNameMayBeTakenInTheContainer) {
  EXPECT_EQ("", in_world([](World& w) -> std::string {
              MUST_DO(make_device(w.at_container, "a"));
              auto found = find_net_devices({{.host_name = "a", .name = "x"}});
              MUST_DO(found);
              auto moved = MovedDevices::move(std::move(found).value(), copy_of(w.host), w.container);
              MUST_DO(moved);
              MUST(has(w.at_container, "x", true, 2) && has(w.at_container, "a", false, 0));
              return "";
            }));
}

TEST(NetDevicesKernel, TheLowestFreeNumberIsTaken) {
  EXPECT_EQ("", in_world([](World& w) -> std::string {
              MUST_DO(make_device(w.at_container, "n0"));
              MUST_DO(make_device(w.at_container, "n2"));
              auto found = find_net_devices({{.host_name = "a", .name = "n%d"}, {.host_name = "b", .name = "n%d"}});
              MUST_DO(found);
              auto moved = MovedDevices::move(std::move(found).value(), copy_of(w.host), w.container);
              MUST_DO(moved);
              MUST(has(w.at_container, "n1", true, 2) && has(w.at_container, "n3", true, 0));
              return "";
            }));
}

TEST(NetDevicesKernel, OneThatIsNotThereIsToldByItsPlace) {
  EXPECT_EQ("", in_world([](World&) -> std::string {
              auto found = find_net_devices({{.host_name = "a", .name = "a"}, {.host_name = "none", .name = "none"}});
              MUST(!found.ok() && found.error().subject() == "/linux/netDevices/none");
              return "";
            }));
}

TEST(NetDevicesKernel, TheKernelsWordsAreInTheError) {
  EXPECT_EQ("", in_world([](World& w) -> std::string {
              const Link lo = find_link(w.at_host, "lo").value().value();
              auto moved = move_link(w.at_host, lo.index, "lo", w.container);
              MUST(!moved.ok() && moved.error().code() == EINVAL);
              MUST(!has_link(w.at_host, 4711).value() && has_link(w.at_host, lo.index).value());
              return "";
            }));
}

}  // namespace
}  // namespace brig::namespaces
