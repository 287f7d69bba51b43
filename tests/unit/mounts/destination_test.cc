#include "runtime/mounts/destination.h"

#include <gtest/gtest.h>

namespace brig::mounts {
namespace {

TEST(ProcPlace, TellsWhatLiesUnderProc) {
  for (const char* path : {"/", "/pro", "/process", "/procs/x", "/a/proc", "/sys", "/proc.old"})
    EXPECT_EQ(proc_place(path), ProcPlace::kOutside) << path;
  EXPECT_EQ(proc_place("/proc"), ProcPlace::kRoot);
  for (const char* path : {"/proc/sys", "/proc/1", "/proc/self/attr", "/proc/sys/kernel", "/proc/meminfo/x",
                           "/proc/stat2", "/proc/sys/kernel/core_pattern"})
    EXPECT_EQ(proc_place(path), ProcPlace::kForbidden) << path;
}

TEST(ProcPlace, KnowsWhatIsEmulated) {
  for (const char* path :
       {"/proc/cpuinfo", "/proc/diskstats", "/proc/loadavg", "/proc/meminfo", "/proc/slabinfo", "/proc/stat",
        "/proc/swaps", "/proc/uptime", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled"})
    EXPECT_EQ(proc_place(path), ProcPlace::kEmulated) << path;
}

TEST(Destination, OrdinaryDirectoryForProcAndSysfsAndTheirPlaces) {
  EXPECT_TRUE(needs_ordinary_directory("proc", "/x"));
  EXPECT_TRUE(needs_ordinary_directory("sysfs", "/x"));
  EXPECT_TRUE(needs_ordinary_directory("bind", "/proc"));
  EXPECT_TRUE(needs_ordinary_directory("tmpfs", "/sys"));
  EXPECT_FALSE(needs_ordinary_directory("tmpfs", "/sys/fs/cgroup"));
  EXPECT_FALSE(needs_ordinary_directory("bind", "/etc"));
}

TEST(Destination, ReadonlyWaitsWhereThingsAreStillMade) {
  EXPECT_TRUE(readonly_waits("tmpfs", "/run"));
  EXPECT_TRUE(readonly_waits("bind", "/dev"));
  EXPECT_FALSE(readonly_waits("sysfs", "/sys"));
}

}  // namespace
}  // namespace brig::mounts
