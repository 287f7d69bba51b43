// Names of network devices, and templates of names.
#include "oci/net_device_rules.h"

#include <gtest/gtest.h>

namespace brig::oci {
namespace {

TEST(NetDeviceRules, NamesAreTheKernels) {
  for (const char* name : {"eth0", "a", "fifteen-letters", "veth@x", "...", "br-0.1", "-", "ens\xC3\xA9"})
    EXPECT_TRUE(is_interface_name(name)) << name;
  for (const char* name : {"", ".", "..", "sixteen-letters-", "a/b", "a:1", "a b", "a\tb", "a\nb", "a\vb",
                           "a\xA0"
                           "b",
                           "a%d", "100%"})
    EXPECT_FALSE(is_interface_name(name)) << name;
}

TEST(NetDeviceRules, ATemplateHasOneNumber) {
  for (const char* name : {"eth%d", "%d", "a%db", "thirteen-let%d"}) EXPECT_TRUE(is_interface_template(name)) << name;
  for (const char* name : {"eth0", "", "%s", "eth%", "a%d%d", "a %d", "a/%d", "fifteen-lett-%d%d", "fourteen-let-%%d"})
    EXPECT_FALSE(is_interface_template(name)) << name;
}

TEST(NetDeviceRules, ATemplateIsFilled) {
  EXPECT_EQ(expand_interface_template("eth%d", 0), "eth0");
  EXPECT_EQ(expand_interface_template("a%db", 12), "a12b");
  EXPECT_EQ(expand_interface_template("eth0", 3), "eth0");
}

}  // namespace
}  // namespace brig::oci
