// Where resctrl is mounted, by the text of mountinfo.
#include "runtime/container/intel_rdt.h"

#include <gtest/gtest.h>

namespace brig::container {
namespace {

TEST(ResctrlMount, IsFoundByItsType) {
  EXPECT_EQ(resctrl_mount("22 1 0:20 / /sys rw - sysfs sysfs rw\n"
                          "40 22 0:35 / /sys/fs/resctrl rw,relatime - resctrl resctrl rw,mba_MBps\n"),
            "/sys/fs/resctrl");
  EXPECT_EQ(resctrl_mount("40 1 0:35 / /opt/a\\040b rw - resctrl none rw\n"), "/opt/a b");
}

TEST(ResctrlMount, OtherLinesAreNone) {
  EXPECT_FALSE(resctrl_mount(""));
  EXPECT_FALSE(resctrl_mount("40 1 0:35 / /a rw - tmpfs resctrl rw\n"));
  EXPECT_FALSE(resctrl_mount("40 1 0:35 /group /a rw - resctrl resctrl rw\n"));
  EXPECT_FALSE(resctrl_mount("40 1 0:35 / resctrl \n"));
}

TEST(RdtPlace, Directories) {
  const RdtPlace root{.mount = "/r", .monitoring = "c1"};
  EXPECT_EQ(root.class_directory(), "/r");
  EXPECT_EQ(root.monitoring_directory(), "/r/mon_groups/c1");
  const RdtPlace own{.mount = "/r", .class_name = "gold", .monitoring = "c1"};
  EXPECT_EQ(own.class_directory(), "/r/gold");
  EXPECT_EQ(own.monitoring_directory(), "/r/gold/mon_groups/c1");
}

}  // namespace
}  // namespace brig::container
