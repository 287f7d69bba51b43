// Which addresses of a device go with it, and in what form.
#include "runtime/namespaces/link.h"

#include <gtest/gtest.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace brig::namespaces {
namespace {

constexpr int kIndex = 5;

struct Told {
  std::uint8_t scope = RT_SCOPE_UNIVERSE;
  std::uint32_t flags = IFA_F_PERMANENT;
  unsigned index = kIndex;
  bool flags_attribute = true;
  std::uint16_t type = RTM_NEWADDR;
};

// As the kernel tells of 192.0.2.1/24 with the label "eth0".
netlink::Message told(const Told& t) {
  ifaddrmsg header = {};
  header.ifa_family = AF_INET;
  header.ifa_prefixlen = 24;
  header.ifa_flags = static_cast<std::uint8_t>(t.flags);
  header.ifa_scope = t.scope;
  header.ifa_index = t.index;
  netlink::Request request(t.type, 0, header);
  request.add(IFA_ADDRESS, "\xC0\x00\x02\x01").add(IFA_LOCAL, "\xC0").add_name(IFA_LABEL, "eth0");
  if (t.flags_attribute) request.add_number(IFA_FLAGS, t.flags);
  request.add(IFA_CACHEINFO, "0123456789abcdef");
  constexpr std::size_t kHeader = 16;  // of the message
  return {.type = t.type, .body = request.bytes(1).substr(kHeader)};
}

std::vector<std::uint16_t> kinds(const Address& address) {
  std::vector<std::uint16_t> out;
  for (const auto& [kind, value] : address.attributes) out.push_back(kind);
  return out;
}

TEST(PermanentAddress, IsKeptWithoutLabelAndLifetime) {
  const auto address = permanent_address(told({}), kIndex);
  ASSERT_TRUE(address);
  EXPECT_EQ(address->family, AF_INET);
  EXPECT_EQ(address->prefix, 24);
  EXPECT_EQ(kinds(*address), (std::vector<std::uint16_t>{IFA_ADDRESS, IFA_LOCAL}));
}

TEST(PermanentAddress, FlagsOfAnAdministratorAreKeptAndStatesAreNot) {
  const auto address = permanent_address(
      told({.flags = IFA_F_PERMANENT | IFA_F_NOPREFIXROUTE | IFA_F_SECONDARY | IFA_F_TENTATIVE}), kIndex);
  ASSERT_TRUE(address);
  ASSERT_EQ(kinds(*address), (std::vector<std::uint16_t>{IFA_ADDRESS, IFA_LOCAL, IFA_FLAGS}));
  const std::uint32_t kept = IFA_F_NOPREFIXROUTE;
  EXPECT_EQ(address->attributes[2].second, netlink::bytes_of(kept));
}

TEST(PermanentAddress, TheHeadersFlagsCountWithoutTheAttribute) {
  EXPECT_TRUE(permanent_address(told({.flags_attribute = false}), kIndex));
  EXPECT_FALSE(permanent_address(told({.flags = 0, .flags_attribute = false}), kIndex));
}

TEST(PermanentAddress, OthersStay) {
  EXPECT_FALSE(permanent_address(told({.flags = IFA_F_NODAD}), kIndex)) << "temporary";
  EXPECT_FALSE(permanent_address(told({.scope = RT_SCOPE_LINK}), kIndex));
  EXPECT_FALSE(permanent_address(told({.scope = RT_SCOPE_HOST}), kIndex));
  EXPECT_FALSE(permanent_address(told({.index = 6}), kIndex)) << "another device's";
  EXPECT_FALSE(permanent_address(told({.type = RTM_DELADDR}), kIndex));
  EXPECT_FALSE(permanent_address({.type = RTM_NEWADDR, .body = "short"}, kIndex));
}

}  // namespace
}  // namespace brig::namespaces
