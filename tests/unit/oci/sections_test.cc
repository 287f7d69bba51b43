#include "oci/sections.h"

#include <gtest/gtest.h>

namespace brig::oci {
namespace {

TEST(Sections, TheLongestPlaceCounts) {
  EXPECT_EQ(section_of("/linux/resources/cpu/idle"), "config-linux.md#cpu");
  EXPECT_EQ(section_of("/linux/resources"), "config-linux.md#control-groups");
  EXPECT_EQ(section_of("/process/user/uid"), "config.md#posix-platform-user");
  EXPECT_EQ(section_of("/process/cwd"), "config.md#process");
}

TEST(Sections, NamesAreWhole) {
  EXPECT_EQ(section_of("/rootless"), "config.md");
  EXPECT_EQ(section_of("/linux/resourcesX"), "config-linux.md");
  EXPECT_EQ(section_of(""), "config.md");
}

}  // namespace
}  // namespace brig::oci
