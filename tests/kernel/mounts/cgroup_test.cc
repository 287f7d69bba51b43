// Mounts of type "cgroup", on whatever cgroup world this machine has.
#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "tests/kernel/mounts/world.h"

namespace brig::mounts::testing {
namespace {

bool is_on(const std::string& path, decltype(statfs::f_type) magic) {
  struct statfs fs;
  return ::statfs(path.c_str(), &fs) == 0 && fs.f_type == magic;
}

// The directory of a cgroup2 hierarchy of this machine, or "".
std::string unified() {
  for (const char* path : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"})
    if (is_on(path, CGROUP2_SUPER_MAGIC)) return path;
  return {};
}

// A cgroup of our own below `parent`, removed at the end.
class OwnCgroup {
 public:
  explicit OwnCgroup(const std::string& parent) : path_(parent + "/brig-mounts-test-" + std::to_string(::getpid())) {
    made_ = ::mkdir(path_.c_str(), 0755) == 0;
  }
  OwnCgroup(const OwnCgroup&) = delete;
  OwnCgroup& operator=(const OwnCgroup&) = delete;
  ~OwnCgroup() { ::rmdir(path_.c_str()); }
  bool made() const { return made_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool made_ = false;
};

constexpr const char* kCgroupMount =
    R"({"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
        "options": ["ro", "nosuid", "noexec", "nodev", "rprivate"]})";

TEST(Cgroup, UnifiedWithoutNamespaceIsTheOwnDirectory) {
  if (unified().empty()) GTEST_SKIP() << "no cgroup2 mount on this machine";
  const OwnCgroup own(unified());
  ASSERT_TRUE(own.made());
  Container container = {.mounts = kCgroupMount, .cgroup = {.unified = true, .unified_directory = own.path()}};
  EXPECT_EQ("", in_world([&](const World& world) {
              return start(world, container, [&](const View& view) -> std::string {
                const MountEntry mount = view.at("/sys/fs/cgroup");
                MUST_SHOWING(mount.type == "cgroup2" && mount.root.ends_with(own.path().substr(own.path().rfind('/'))),
                             mount.root);
                MUST(mount.has("ro") && mount.has("nosuid") && mount.has("noexec") && mount.has("nodev"));
                MUST(mount.tags.empty() && ::mkdir("/sys/fs/cgroup/x", 0755) == -1 && errno == EROFS);
                return "";
              });
            }));
}

TEST(Cgroup, UnifiedInANamespaceIsAFreshMount) {
  if (unified().empty()) GTEST_SKIP() << "no cgroup2 mount on this machine";
  const Container container = {.mounts = kCgroupMount, .cgroup_namespace = true, .cgroup = {.unified = true}};
  EXPECT_EQ("", in_world([&](const World& world) {
              return start(world, container, [](const View& view) -> std::string {
                const MountEntry mount = view.at("/sys/fs/cgroup");
                MUST(mount.type == "cgroup2" && mount.root == "/" && mount.has("ro") && mount.has("noexec"));
                return "";
              });
            }));
}

TEST(Cgroup, WithoutACgroupThereIsNothingToSee) {
  const Container container = {.mounts = kCgroupMount, .cgroup = {.unified = true}};
  EXPECT_EQ("", in_world([&](const World& world) {
              return start(world, container, [](const View& view) -> std::string {
                MUST(view.at("/sys/fs/cgroup").type == "tmpfs" && entries_in("/sys/fs/cgroup") == 0);
                MUST(try_to_write("/sys/fs/cgroup/x") == EROFS);
                return "";
              });
            }));
}

TEST(Cgroup, ADirectoryThatIsNoCgroupIsRefused) {
  const Container container = {.mounts = kCgroupMount, .cgroup = {.unified = true, .unified_directory = "/etc"}};
  const std::string text = in_world([&](const World& world) { return start(world, container, nothing_more); });
  EXPECT_EQ("build: mount `/sys/fs/cgroup` (/mounts/0): `/etc` is not a cgroup", text);
}

TEST(Cgroup, Version1HierarchiesSideBySide) {
  if (!is_on("/sys/fs/cgroup/pids", CGROUP_SUPER_MAGIC))
    GTEST_SKIP() << "no cgroup v1 hierarchy for pids on this machine";
  const OwnCgroup own("/sys/fs/cgroup/pids");
  ASSERT_TRUE(own.made());
  CgroupView view_of_v1;
  view_of_v1.v1.push_back({.name = "pids", .links = {"other"}, .options = "pids", .directory = own.path()});
  for (const bool in_namespace : {false, true}) {
    const Container container = {.mounts = kCgroupMount, .cgroup_namespace = in_namespace, .cgroup = view_of_v1};
    EXPECT_EQ("", in_world([&](const World& world) {
                return start(world, container, [&](const View& view) -> std::string {
                  const MountEntry place = view.at("/sys/fs/cgroup"), pids = view.at("/sys/fs/cgroup/pids");
                  MUST(place.type == "tmpfs" && place.has("ro") && place.has("nosuid"));
                  MUST(pids.type == "cgroup" && pids.has("ro") && pids.has("nosuid") && pids.super_has("pids"));
                  MUST_SHOWING(in_namespace == (pids.root == "/" || pids.root == "/.."), pids.root);
                  MUST(link_of("/sys/fs/cgroup/other") == "pids");
                  MUST(::mkdir("/sys/fs/cgroup/pids/x", 0755) == -1 && errno == EROFS);
                  return "";
                });
              }))
        << in_namespace;
  }
}

}  // namespace
}  // namespace brig::mounts::testing
