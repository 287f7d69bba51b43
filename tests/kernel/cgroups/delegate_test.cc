// Who owns the files of a container's cgroup. (config-linux.md#cgroup-ownership)
#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <memory>

#include "cgroups/delegate.h"
#include "tests/kernel/cgroups/world.h"

namespace brig::cgroups {
namespace {

using testing::in_world;
using testing::place_for_test;
using testing::World;

constexpr uid_t kOwner = 41234;

std::vector<std::string> files_of(const std::string& directory, uid_t owner) {
  std::vector<std::string> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(opendir(directory.c_str()), closedir);
  while (const dirent* file = listing == nullptr ? nullptr : readdir(listing.get())) {
    struct stat status = {};
    const std::string name = file->d_name;
    if (name != "." && name != ".." && lstat((directory + "/" + name).c_str(), &status) == 0 && status.st_uid == owner)
      found.push_back(name);
  }
  return found;
}

TEST(Delegate, GivesWhatTheKernelListsAndNothingElse) {
  const World world = testing::is_v2("/sys/fs/cgroup") ? World::kMachine : World::kV2View;
  in_world(world, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "given"));
    const Draft draft = NEED(create(where, {}));
    const std::string directory = where.unified()->directory();
    REQUIRE(files_of(directory, kOwner).empty());
    NEED(draft.delegate(kOwner));
    struct stat status = {};
    REQUIRE(stat(directory.c_str(), &status) == 0);
    REQUIRE(status.st_uid == kOwner && status.st_gid == 0);
    const std::vector<std::string> listed = NEED(delegated_files("/sys/kernel/cgroup/delegate"));
    const std::vector<std::string> given = files_of(directory, kOwner);
    REQUIRE(given.size() >= 3);
    for (const std::string& file : given) REQUIRE(std::find(listed.begin(), listed.end(), file) != listed.end(), file);
    for (const std::string& file : listed) {
      const bool there = access((directory + "/" + file).c_str(), F_OK) == 0;
      REQUIRE(!there || std::find(given.begin(), given.end(), file) != given.end(), file);
    }
    // The one above stays ours.
    REQUIRE(stat((directory + "/..").c_str(), &status) == 0);
    REQUIRE(status.st_uid == 0);
    return "";
  });
}

TEST(Delegate, DoesNothingOnV1) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "kept"));
    if (where.v2_only()) return std::string(testing::kSkip) + "this machine is all cgroup v2";
    const Draft draft = NEED(create(where, {}));
    NEED(draft.delegate(kOwner));
    for (const Hierarchy& hierarchy : where.hierarchies) {
      struct stat status = {};
      REQUIRE(stat(hierarchy.directory().c_str(), &status) == 0);
      REQUIRE(status.st_uid == 0, hierarchy.directory());
      REQUIRE(files_of(hierarchy.directory(), kOwner).empty(), hierarchy.directory());
    }
    return "";
  });
}

}  // namespace
}  // namespace brig::cgroups
