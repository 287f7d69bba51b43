// Lines of mountinfo.
#include "base/mountinfo.h"

#include <gtest/gtest.h>

namespace brig {
namespace {

TEST(MountInfo, AllThatIsWanted) {
  const auto mount =
      parse_mountinfo("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue");
  ASSERT_TRUE(mount);
  EXPECT_EQ(mount->id, 36);
  EXPECT_EQ(mount->parent, 35);
  EXPECT_EQ(mount->root, "/mnt1");
  EXPECT_EQ(mount->point, "/mnt2");
  EXPECT_EQ(mount->type, "ext3");
  EXPECT_FALSE(mount->readonly);
  EXPECT_EQ(mount->options, (std::vector<std::string>{"rw", "errors=continue"}));
}

TEST(MountInfo, ReadOnlyAsAMountOrAsAFileSystem) {
  EXPECT_TRUE(parse_mountinfo("1 0 0:1 / /a ro,nosuid - tmpfs none rw")->readonly);
  EXPECT_TRUE(parse_mountinfo("1 0 0:1 / /a rw - tmpfs none ro")->readonly);
}

TEST(MountInfo, EscapedNames) {
  EXPECT_EQ(parse_mountinfo("1 0 0:1 / /a\\040b\\134c rw - tmpfs none rw")->point, "/a b\\c");
  EXPECT_EQ(parse_mountinfo("1 0 0:1 / /a\\09 rw - tmpfs none rw")->point, "/a\\09");
}

TEST(MountInfo, OtherLines) {
  for (const char* line : {"", "garbage", "1 0 0:1 / /a rw tmpfs none rw", "1 0 0:1 / /a rw - tmpfs none"})
    EXPECT_FALSE(parse_mountinfo(line)) << line;
}

}  // namespace
}  // namespace brig
