#include "cgroups/locate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace brig::cgroups {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kV2[] =
    "23 1 259:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
    "30 23 0:22 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
    "31 30 0:28 / /sys/fs/cgroup rw,nosuid,nodev shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

constexpr char kHybrid[] =
    "23 1 259:1 / / rw - ext4 /dev/root rw\n"
    "30 23 0:22 / /sys rw - sysfs sysfs rw\n"
    "31 30 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

constexpr char kHybridOwn[] =
    "12:name=systemd:/\n"
    "4:memory:/jobs/7\n"
    "1:cpu,cpuacct:/\n"
    "0::/\n";

std::vector<std::string> directories(const Result<Location>& location) {
  if (!location.ok()) return {location.error().to_string()};
  std::vector<std::string> out;
  for (const Hierarchy& h : location.value().hierarchies) out.push_back(h.directory());
  return out;
}

std::vector<std::string> find(const char* mountinfo, const char* own, const char* path) {
  return directories(place(cgroup_mounts(mountinfo), own, path, "id", Relative::kBesideOwn));
}

TEST(Locate, PureV2) {
  EXPECT_THAT(find(kV2, "0::/user.slice\n", "/docker/abc"), ElementsAre("/sys/fs/cgroup/docker/abc"));
  EXPECT_THAT(find(kV2, "0::/user.slice/session\n", "abc"), ElementsAre("/sys/fs/cgroup/user.slice/abc"));
  EXPECT_THAT(find(kV2, "0::/user.slice\n", "abc"), ElementsAre("/sys/fs/cgroup/abc"));
  EXPECT_THAT(directories(place(cgroup_mounts(kV2), "0::/user.slice\n", "abc", "id", Relative::kBelowOwn)),
              ElementsAre("/sys/fs/cgroup/user.slice/abc"));
  EXPECT_THAT(find(kV2, "0::/\n", ""), ElementsAre("/sys/fs/cgroup/id"));
  const Result<Location> found = place(cgroup_mounts(kV2), "0::/\n", "", "id", Relative::kBesideOwn);
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(found.value().v2_only());
  EXPECT_EQ(found.value().unified()->path, "/id");
  EXPECT_EQ(found.value().with("memory"), nullptr);
}

TEST(Locate, HybridTakesEachHierarchysOwnCgroup) {
  EXPECT_THAT(find(kHybrid, kHybridOwn, "abc"),
              ElementsAre("/sys/fs/cgroup/systemd/abc", "/sys/fs/cgroup/memory/jobs/7/abc",
                          "/sys/fs/cgroup/cpu,cpuacct/abc", "/sys/fs/cgroup/unified/abc"));
  EXPECT_THAT(find(kHybrid, kHybridOwn, "/a//b/./c"),
              ElementsAre("/sys/fs/cgroup/systemd/a/b/c", "/sys/fs/cgroup/memory/a/b/c",
                          "/sys/fs/cgroup/cpu,cpuacct/a/b/c", "/sys/fs/cgroup/unified/a/b/c"));
}

TEST(Locate, CoMountedControllersAreOneHierarchy) {
  const Result<Location> found = place(cgroup_mounts(kHybrid), kHybridOwn, "/x", "id", Relative::kBesideOwn);
  ASSERT_TRUE(found.ok());
  ASSERT_NE(found.value().with("cpuacct"), nullptr);
  EXPECT_EQ(found.value().with("cpuacct"), found.value().with("cpu"));
  EXPECT_THAT(found.value().with("cpu")->controllers, ElementsAre("cpu", "cpuacct"));
  EXPECT_EQ(found.value().with("cpu")->mount, "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_NE(found.value().with("name=systemd"), nullptr);
  EXPECT_NE(found.value().unified(), nullptr);
  EXPECT_FALSE(found.value().v2_only());
}

TEST(Locate, UnmountedHierarchiesAreLeftOut) {
  EXPECT_THAT(find(kHybrid, "9:rdma:/\n4:memory:/\n", "x"), ElementsAre("/sys/fs/cgroup/memory/x"));
}

TEST(Locate, V1Only) {
  EXPECT_THAT(find("31 1 0:28 / /cg rw - cgroup none rw,memory\n", "4:memory:/\n0::/\n", "/x"), ElementsAre("/cg/x"));
}

TEST(Locate, ReadOnlyMountsAreLeftOut) {
  EXPECT_THAT(find("31 1 0:28 / /cg/m ro,nosuid - cgroup none rw,memory\n"
                   "32 1 0:29 / /cg/p rw - cgroup none ro,pids\n"
                   "33 1 0:30 / /cg/f rw - cgroup none rw,freezer\n",
                   "4:memory:/\n3:pids:/\n2:freezer:/\n", "/x"),
              ElementsAre("/cg/f/x"));
  // The same hierarchy, mounted writable elsewhere.
  EXPECT_THAT(find("31 1 0:28 / /cg/m ro - cgroup none rw,memory\n"
                   "32 1 0:28 / /other rw - cgroup none rw,memory\n",
                   "4:memory:/\n", "/x"),
              ElementsAre("/other/x"));
}

TEST(Locate, NothingWritableIsUnsupported) {
  for (const char* mountinfo : {"", "31 30 0:28 / /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n", "garbage\n"}) {
    const Result<Location> found = place(cgroup_mounts(mountinfo), "0::/\n", "/x", "id", Relative::kBesideOwn);
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().kind(), Error::Kind::kUnsupported);
  }
}

TEST(Locate, NestedRootOfABoundMount) {
  // In a container without cgroup namespace, given its own part of the tree.
  const char* mountinfo = "31 1 0:28 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
  EXPECT_THAT(find(mountinfo, "0::/docker/abc\n", "x"), ElementsAre("/sys/fs/cgroup/x"));
  EXPECT_THAT(find(mountinfo, "0::/docker/abc/init/run\n", "x"), ElementsAre("/sys/fs/cgroup/init/x"));
  EXPECT_THAT(find(mountinfo, "0::/docker/abc\n", "/x"), ElementsAre("/sys/fs/cgroup/x"));
  // "/docker/abcdef" is not below "/docker/abc".
  EXPECT_THAT(find(mountinfo, "0::/docker/abcdef\n", "x"), ElementsAre(HasSubstr("is not below any mounted")));
}

TEST(Locate, OutsideOfTheCgroupNamespaceIsUnknown) {
  EXPECT_THAT(find(kV2, "0::/../other\n", "x"), ElementsAre(HasSubstr("absolute cgroupsPath")));
  EXPECT_THAT(find(kV2, "0::/../other\n", "/x"), ElementsAre("/sys/fs/cgroup/x"));
  EXPECT_THAT(find("31 1 0:28 /.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "0::/\n", "x"),
              ElementsAre(HasSubstr("absolute cgroupsPath")));
}

TEST(Locate, AMountThatShowsTheOwnCgroupIsPreferred) {
  EXPECT_THAT(find("31 1 0:28 /jobs/9 /a rw - cgroup none rw,memory\n"
                   "32 1 0:28 / /b rw - cgroup none rw,memory\n",
                   "4:memory:/jobs/7\n", "x"),
              ElementsAre("/b/jobs/7/x"));
}

TEST(Locate, TheUsualPlaceIsPreferred) {
  EXPECT_THAT(find("31 1 0:28 / /a rw - cgroup none rw,memory\n"
                   "32 1 0:28 / /sys/fs/cgroup/memory rw - cgroup none rw,memory\n",
                   "4:memory:/\n", "x"),
              ElementsAre("/sys/fs/cgroup/memory/x"));
}

TEST(Locate, AWholeHierarchyIsPreferredToAPartOfIt) {
  EXPECT_THAT(find("31 1 0:28 /jobs /sys/fs/cgroup/part rw - cgroup none rw,memory\n"
                   "32 1 0:28 / /sys/fs/cgroup/memory rw - cgroup none rw,memory\n",
                   "4:memory:/\n", "/x"),
              ElementsAre("/sys/fs/cgroup/memory/x"));
}

TEST(Locate, BesideTheOwnCgroupOnV2Only) {
  // Never out of what the mount shows.
  const char* bound = "31 1 0:28 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
  EXPECT_THAT(find(bound, "0::/docker/abc/init\n", "x"), ElementsAre("/sys/fs/cgroup/x"));
  EXPECT_THAT(find(bound, "0::/docker/abc\n", "x"), ElementsAre("/sys/fs/cgroup/x"));
  EXPECT_THAT(find(kHybrid, "4:memory:/jobs/7\n0::/jobs/7\n", "x"),
              ElementsAre("/sys/fs/cgroup/memory/jobs/7/x", "/sys/fs/cgroup/unified/jobs/7/x"));
}

TEST(Locate, NamedHierarchies) {
  const char* mountinfo =
      "31 1 0:28 / /sys/fs/cgroup/foo rw - cgroup none rw,xattr,name=foo\n"
      "32 1 0:29 / /sys/fs/cgroup/systemd rw - cgroup none rw,xattr,release_agent=/x,name=systemd\n";
  const Result<Location> found =
      place(cgroup_mounts(mountinfo), "2:name=foo:/a\n1:name=systemd:/b\n", "x", "id", Relative::kBesideOwn);
  ASSERT_TRUE(found.ok());
  EXPECT_THAT(directories(found), ElementsAre("/sys/fs/cgroup/foo/a/x", "/sys/fs/cgroup/systemd/b/x"));
  EXPECT_NE(found.value().with("name=foo"), nullptr);
}

TEST(Locate, HiddenMountsDoNotCount) {
  // A hybrid tree with cgroup2 mounted over all of it.
  EXPECT_THAT(
      find((std::string(kHybrid) + "50 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n").c_str(), kHybridOwn, "x"),
      ElementsAre("/sys/fs/cgroup/x"));
  // A tmpfs over everything hides all.
  EXPECT_THAT(cgroup_mounts(std::string(kHybrid) + "50 31 0:99 / /sys/fs/cgroup rw - tmpfs none rw\n"), IsEmpty());
  // What stands on the covering mount is seen, whatever the order of lines.
  EXPECT_THAT(find("51 50 0:30 / /sys/fs/cgroup/pids rw - cgroup none rw,pids\n"
                   "31 1 0:28 / /sys/fs/cgroup rw - tmpfs none rw\n"
                   "32 31 0:29 / /sys/fs/cgroup/memory rw - cgroup none rw,memory\n"
                   "50 31 0:99 / /sys/fs/cgroup rw - tmpfs none rw\n",
                   "4:memory:/\n3:pids:/\n", "/x"),
              ElementsAre("/sys/fs/cgroup/pids/x"));
}

TEST(Locate, CirclesInAMangledTableEnd) {
  EXPECT_THAT(cgroup_mounts("31 32 0:28 / /a rw - cgroup none rw,memory\n"
                            "32 31 0:28 / /a rw - cgroup none rw,memory\n"
                            "33 1 0:9 / /a rw - tmpfs none rw\n"),
              IsEmpty());
}

TEST(Locate, EscapedMountPoints) {
  const std::vector<CgroupMount> mounts = cgroup_mounts("31 1 0:28 / /my\\040cg\\134 rw - cgroup2 none rw\n");
  ASSERT_EQ(mounts.size(), 1U);
  EXPECT_EQ(mounts[0].point, "/my cg\\");
  EXPECT_EQ(cgroup_mounts("31 1 0:28 / /x\\04 rw - cgroup2 none rw\n")[0].point, "/x\\04");
}

TEST(Locate, PathsWithColons) {
  EXPECT_THAT(find(kV2, "0::/a:b/c\n", "x"), ElementsAre("/sys/fs/cgroup/a:b/x"));
  EXPECT_THAT(find(kV2, "0::/\n", "/k8s/cri:0:abc"), ElementsAre("/sys/fs/cgroup/k8s/cri:0:abc"));
}

TEST(Locate, RefusedPaths) {
  for (const char* path : {"..", "/..", "/a/../../b", "a/..", "/", "///", "."}) {
    const Result<Location> found = place(cgroup_mounts(kV2), "0::/\n", path, "id", Relative::kBesideOwn);
    ASSERT_FALSE(found.ok()) << path;
    EXPECT_EQ(found.error().kind(), Error::Kind::kConfig) << path;
    EXPECT_EQ(found.error().subject(), "/linux/cgroupsPath");
  }
  const Result<Location> slice =
      place(cgroup_mounts(kV2), "0::/\n", "system.slice:docker:abc", "id", Relative::kBesideOwn);
  ASSERT_FALSE(slice.ok());
  EXPECT_EQ(slice.error().kind(), Error::Kind::kUnsupported);
  EXPECT_TRUE(place(cgroup_mounts(kV2), "0::/\n", "/a/..b/c", "id", Relative::kBesideOwn).ok())
      << "two dots in a name are no way up";
}

// 4095 bytes are the longest path (PATH_MAX with its end); the mount point is a part of it.
TEST(Locate, PathsThatAreTooLongWithTheirMount) {
  const std::string mount = "/sys/fs/cgroup";
  std::string path;
  while (mount.size() + path.size() + 201 <= 4095) path += "/" + std::string(200, 'x');
  path += "/" + std::string(4095 - mount.size() - path.size() - 1, 'y');
  EXPECT_THAT(find(kV2, "0::/\n", path.c_str()), ElementsAre(mount + path));
  const Result<Location> longer = place(cgroup_mounts(kV2), "0::/\n", path + "y", "id", Relative::kBesideOwn);
  ASSERT_FALSE(longer.ok());
  EXPECT_EQ(longer.error().kind(), Error::Kind::kConfig);
  EXPECT_EQ(longer.error().subject(), "/linux/cgroupsPath");
  // Relative ones have the own cgroup before them.
  const std::string own = "0::/user.slice/me\n";
  EXPECT_FALSE(place(cgroup_mounts(kV2), own, path.substr(1), "id", Relative::kBelowOwn).ok());
}

TEST(Locate, DisabledIsNowhere) {
  const Result<Location> found = locate(Manager::kDisabled, "/x", "id");
  ASSERT_TRUE(found.ok());
  EXPECT_THAT(found.value().hierarchies, IsEmpty());
  EXPECT_FALSE(found.value().v2_only());
}

}  // namespace
}  // namespace brig::cgroups
