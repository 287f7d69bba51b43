#include "runtime/init/labels.h"

#include <gtest/gtest.h>

namespace brig::init {
namespace {

TEST(AppArmorProfile, IsTheSameWithItsMode) {
  EXPECT_TRUE(same_apparmor_profile("a", "a"));
  EXPECT_TRUE(same_apparmor_profile("a", "a (enforce)"));
  EXPECT_TRUE(same_apparmor_profile("/usr/bin/a b", "/usr/bin/a b (complain)"));
  EXPECT_TRUE(same_apparmor_profile("odd (name)", "odd (name) (enforce)"));
  EXPECT_TRUE(same_apparmor_profile("unconfined", "unconfined"));
  EXPECT_FALSE(same_apparmor_profile("a", ""));
  EXPECT_FALSE(same_apparmor_profile("a", "b (enforce)"));
  EXPECT_FALSE(same_apparmor_profile("a", "ab (enforce)"));
  EXPECT_FALSE(same_apparmor_profile("a", "unconfined"));
  EXPECT_FALSE(same_apparmor_profile("unconfined", "unconfined_x (enforce)"));
}

TEST(AppArmorProfile, StacksAndNamespaces) {
  EXPECT_TRUE(same_apparmor_profile("a//&b", "a//&b (enforce)"));
  EXPECT_TRUE(same_apparmor_profile("b//&a", "a//&b (mixed)"));
  EXPECT_FALSE(same_apparmor_profile("a//&b", "a (enforce)"));
  EXPECT_FALSE(same_apparmor_profile("a", "a//&b (enforce)"));
  EXPECT_TRUE(same_apparmor_profile(":ns:a", ":ns://a (enforce)"));
  EXPECT_TRUE(same_apparmor_profile(":ns://a", ":ns://a (enforce)"));
  EXPECT_FALSE(same_apparmor_profile(":ns:a", "a (enforce)"));
  EXPECT_FALSE(same_apparmor_profile(":", "a"));
}

TEST(SelinuxLabel, CategoriesHaveNoOrder) {
  EXPECT_TRUE(same_selinux_label("u:r:t:s0:c1,c2", "u:r:t:s0:c1,c2"));
  EXPECT_TRUE(same_selinux_label("u:r:t:s0:c675,c124", "u:r:t:s0:c124,c675"));
  EXPECT_TRUE(same_selinux_label("u:r:t:s0:c0,c1,c2", "u:r:t:s0:c0.c2"));
  EXPECT_TRUE(same_selinux_label("u:r:t:s0-s0", "u:r:t:s0"));
  EXPECT_TRUE(same_selinux_label("u:r:t:s0-s0:c0.c1023", "u:r:t:s0-s0:c0.c1023"));
  EXPECT_TRUE(same_selinux_label("u:r:t", "u:r:t"));
  EXPECT_FALSE(same_selinux_label("u:r:t:s0:c1,c2", "u:r:t:s0:c1,c3"));
  EXPECT_FALSE(same_selinux_label("u:r:t:s0:c1,c2", "u:r:t:s0"));
  EXPECT_FALSE(same_selinux_label("u:r:t:s0", "u:r:t:s1"));
  EXPECT_FALSE(same_selinux_label("u:r:t:s0", "u:r:t:s0-s0:c1"));
  EXPECT_FALSE(same_selinux_label("u:r:t:s0", "u:r:other:s0"));
  EXPECT_FALSE(same_selinux_label("u:r:t:s0", "u:r:t"));
  EXPECT_FALSE(same_selinux_label("u:r:t:s0", "kernel"));
  EXPECT_FALSE(same_selinux_label("u:r:t:s0:x1", "u:r:t:s0:x2"));
  EXPECT_FALSE(same_selinux_label("u:r:t:s0:c0.c99999999", "u:r:t:s0:c0.c1"));
  EXPECT_FALSE(same_selinux_label("u:r:t:s0", ""));
}

}  // namespace
}  // namespace brig::init
