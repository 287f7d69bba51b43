// What stands in a container's way in a tree of cgroups: frozen, threaded, full, other people's.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "cgroups/foresee.h"
#include "tests/kernel/cgroups/world.h"

namespace brig::cgroups {
namespace {

using testing::Child;
using testing::contains;
using testing::exists;
using testing::in_world;
using testing::kSkip;
using testing::place_for_test;
using testing::put;
using testing::read_of;
using testing::sleep_for_ever;
using testing::spawn;
using testing::World;

constexpr uid_t kUser = 41234;

class Obstacles : public ::testing::TestWithParam<World> {};
INSTANTIATE_TEST_SUITE_P(Worlds, Obstacles, ::testing::Values(World::kMachine, World::kV2View), testing::name_of);

// A world of nothing but v2.
World unified_world() { return testing::is_v2("/sys/fs/cgroup") ? World::kMachine : World::kV2View; }

std::string foreseen(const Location& where, const oci::Resources& resources = {}) {
  std::string all;
  for (const Error& error : foresee(where, resources)) all += error.to_string() + "\n";
  return all;
}

// Acts as a user without privilege as long as it lives.
class AsUser {
 public:
  AsUser() { done_ = setegid(kUser) == 0 && seteuid(kUser) == 0; }
  AsUser(const AsUser&) = delete;
  AsUser& operator=(const AsUser&) = delete;
  ~AsUser() {
    if (seteuid(0) != 0 || setegid(0) != 0) _exit(1);
  }
  bool done() const { return done_; }

 private:
  bool done_ = false;
};

TEST_P(Obstacles, AFrozenCgroupAboveIsNamed) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location above = NEED(place_for_test(root, "above"));
    NEED(create(above, {})).keep();
    const Location where = NEED(place_for_test(root, "above/x/leaf"));
    const Hierarchy* v1 = above.with("freezer");
    const Hierarchy* freezer = v1 != nullptr ? v1 : above.unified();
    const std::string file = freezer->directory() + (v1 != nullptr ? "/freezer.state" : "/cgroup.freeze");
    REQUIRE(put(file, v1 != nullptr ? "FROZEN" : "1"));
    {
      const Result<Draft> draft = create(where, {});
      REQUIRE(!draft.ok());
      REQUIRE(draft.error().kind() == Error::Kind::kState);
      REQUIRE(contains(draft.error().to_string(), "frozen: "), draft.error().to_string());
      REQUIRE(contains(draft.error().to_string(), "by " + freezer->directory() + " above it"),
              draft.error().to_string());
    }
    for (const Hierarchy& h : where.hierarchies) REQUIRE(!exists(h), h.directory());
    REQUIRE(contains(foreseen(where), "frozen: " + freezer->directory()), foreseen(where));
    REQUIRE(put(file, v1 != nullptr ? "THAWED" : "0"));
    REQUIRE(foreseen(where).empty(), foreseen(where));
    const Draft draft = NEED(create(where, {}));
    return "";
  });
}

TEST_P(Obstacles, TheProcessesOfAnOccupiedCgroupAreNamed) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "occupied"));
    const Draft draft = NEED(create(where, {}));
    Child child = NEED(spawn(draft, [] {
      prctl(PR_SET_NAME, "odd\nname");
      return sleep_for_ever();
    }));
    child.let_go();
    const std::string expected = std::to_string(child.pid) + " (\"odd\\nname\")";
    std::string told;
    for (int tries = 0; tries < 500 && !contains(told, expected); ++tries) {
      const Result<Draft> second = create(where, {});
      REQUIRE(!second.ok());
      told = second.error().to_string();
      usleep(10'000);
    }
    REQUIRE(contains(told, "container's cgroup is not empty: 1 process(es)"), told);
    REQUIRE(contains(told, expected), told);
    kill(child.pid, SIGKILL);
    child.wait();
    return "";
  });
}

TEST(ObstaclesV2, BelowAThreadedCgroupNoContainerCanBe) {
  in_world(unified_world(), [](const std::string& root) -> std::string {
    const Location above = NEED(place_for_test(root, "threads"));
    NEED(create(above, {})).keep();
    const std::string directory = above.unified()->directory();
    REQUIRE(mkdir((directory + "/one").c_str(), 0755) == 0);
    REQUIRE(put(directory + "/one/cgroup.type", "threaded"));
    REQUIRE(read_of(above.unified(), "cgroup.type") == "domain threaded");
    const Location where = NEED(place_for_test(root, "threads/leaf"));
    REQUIRE(contains(foreseen(where), "a cgroup below " + directory + " can't hold a container"), foreseen(where));
    {
      const Draft draft = NEED(create(where, {}));
      Result<sys::Cloned> cloned = sys::clone3(0, draft.clone_target());
      if (cloned.ok() && cloned.value().pid == 0) _exit(0);
      REQUIRE(!cloned.ok());
      REQUIRE(cloned.error().code() == EOPNOTSUPP);
      const std::string told = draft.explain_clone(std::move(cloned).error()).to_string();
      REQUIRE(contains(told, "it is of type \"domain invalid\": " + directory + " above it is threaded"), told);
      const Result<void> added = draft.add(getpid(), false);
      REQUIRE(!added.ok() && contains(added.error().to_string(), "\"domain invalid\""));
    }
    REQUIRE(!exists(*where.unified()));
    return "";
  });
}

TEST(ObstaclesV2, ACgroupThatPassesControllersOnIsNoPlaceForProcesses) {
  in_world(unified_world(), [](const std::string& root) -> std::string {
    if (!testing::v2_offers("memory")) return std::string(kSkip) + "cgroup v2 has no memory controller here";
    const Location where = NEED(place_for_test(root, "passes-on"));
    {
      Draft draft = NEED(create(where, {}));
      REQUIRE(put(where.unified()->directory() + "/cgroup.subtree_control", "+memory"));
      Result<sys::Cloned> cloned = sys::clone3(0, draft.clone_target());
      if (cloned.ok() && cloned.value().pid == 0) _exit(0);
      REQUIRE(!cloned.ok() && cloned.error().code() == EBUSY);
      const std::string told = draft.explain_clone(std::move(cloned).error()).to_string();
      REQUIRE(contains(told, "gives controllers (memory) to cgroups below it"), told);
      draft.keep();
    }
    // Left over like that, it is refused before anything else is made.
    const Result<Draft> second = create(where, {});
    REQUIRE(!second.ok() && second.error().kind() == Error::Kind::kState);
    REQUIRE(contains(second.error().to_string(), "gives controllers (memory) to cgroups below it"));
    return "";
  });
}

TEST(ObstaclesV2, AFullCgroupAboveIsNamed) {
  in_world(unified_world(), [](const std::string& root) -> std::string {
    if (!testing::v2_offers("pids")) return std::string(kSkip) + "cgroup v2 has no pids controller here";
    const Location where = NEED(place_for_test(root, "full/leaf"));
    const Location above = NEED(place_for_test(root, "full"));
    const Draft draft = NEED(create(where, {}));
    REQUIRE(put(above.unified()->directory() + "/pids.max", "0"));
    Result<sys::Cloned> cloned = sys::clone3(0, draft.clone_target());
    if (cloned.ok() && cloned.value().pid == 0) _exit(0);
    REQUIRE(!cloned.ok() && cloned.error().code() == EAGAIN);
    const std::string told = draft.explain_clone(std::move(cloned).error()).to_string();
    REQUIRE(contains(told, "pids.max of " + above.unified()->directory() + " is reached"), told);
    return "";
  });
}

TEST(ObstaclesV2, ALimitOfCgroupsIsNamed) {
  in_world(unified_world(), [](const std::string& root) -> std::string {
    const Location above = NEED(place_for_test(root, "few"));
    const Draft parent = NEED(create(above, {}));
    const std::string directory = above.unified()->directory();
    const auto refusal = [&](const std::string& path) -> Result<std::string> {
      const Location where = TRY(place_for_test(root, path));
      const Result<Draft> made = create(where, {});
      return made.ok() ? std::string("it was made") : made.error().to_string();
    };
    REQUIRE(put(directory + "/cgroup.max.descendants", "0"));
    std::string told = NEED(refusal("few/leaf"));
    REQUIRE(contains(told, "cgroup.max.descendants of " + directory + " is reached"), told);
    REQUIRE(put(directory + "/cgroup.max.descendants", "max"));
    REQUIRE(put(directory + "/cgroup.max.depth", "1"));
    told = NEED(refusal("few/a/leaf"));
    REQUIRE(contains(told, "cgroup.max.depth of " + directory + " is reached"), told);
    REQUIRE(access((directory + "/a").c_str(), F_OK) == -1);
    REQUIRE(NEED(refusal("few/leaf")) == "it was made");
    return "";
  });
}

// All that is offered, whatever was asked for: `update` and engines' statistics come later.
TEST(ObstaclesV2, ALeafHasAllControllersThatThereAre) {
  in_world(unified_world(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "all/of/them"));
    const Draft draft = NEED(create(where, {}));
    std::ifstream offered(where.unified()->mount + "/cgroup.controllers");
    const std::string has = " " + read_of(where.unified(), "cgroup.controllers") + " ";
    int count = 0;
    for (std::string word; offered >> word; ++count) REQUIRE(contains(has, " " + word + " "), word);
    return count == 0 ? std::string(kSkip) + "cgroup v2 has no controllers here" : "";
  });
}

// runc's rule: a user without privilege goes without a cgroup that nobody asked for.
TEST_P(Obstacles, AUserGoesWithoutACgroupUnlessOneIsAskedFor) {
  in_world(GetParam(), [](const std::string&) -> std::string {
    const std::string id = testing::test_root() + "-none";
    const AsUser user;
    REQUIRE(user.done());
    const Location where = NEED(locate(Manager::kCgroupfs, "", id));
    REQUIRE(where.by_default);
    REQUIRE(foreseen(where).empty(), foreseen(where));
    const Draft draft = NEED(create(where, {}));
    REQUIRE(draft.location().hierarchies.empty());
    REQUIRE(!draft.clone_target());
    NEED(draft.apply_devices({}));

    const Location asked = NEED(locate(Manager::kCgroupfs, "/" + id, id));
    const Result<Draft> by_name = create(asked, {});
    REQUIRE(!by_name.ok() && by_name.error().code() == EACCES);
    REQUIRE(contains(foreseen(asked), "can't make a cgroup in "), foreseen(asked));

    oci::Resources limited;
    limited.pids_limit = 10;
    const Result<Draft> by_limit = create(where, limited);
    REQUIRE(!by_limit.ok());
    if (where.v2_only() || where.with("pids") != nullptr)
      REQUIRE(contains(by_limit.error().to_string(), "a limit needs controller pids"), by_limit.error().to_string());
    REQUIRE(!foreseen(where, limited).empty());
    return "";
  });
}

// What an administrator does for a user: a directory of the user's, and the files that the kernel lists.
std::string delegate_to_user(const Location& where) {
  const Hierarchy& h = *where.unified();
  NEED(create(where, {})).keep();
  for (const char* file : {"", "/cgroup.procs", "/cgroup.threads", "/cgroup.subtree_control"})
    if (chown((h.directory() + file).c_str(), kUser, kUser) != 0) return std::string("chown ") + file;
  return "";
}

TEST(ObstaclesV2, ADelegatedPartOfTheTreeIsTheUsersToUse) {
  in_world(unified_world(), [](const std::string& root) -> std::string {
    const Location top = NEED(place_for_test(root, "delegated"));
    if (std::string wrong = delegate_to_user(top); !wrong.empty()) return wrong;
    const std::string directory = top.unified()->directory();
    REQUIRE(mkdir((directory + "/session").c_str(), 0755) == 0);
    REQUIRE(chown((directory + "/session").c_str(), kUser, kUser) == 0);
    REQUIRE(put(directory + "/session/cgroup.procs", "0"));
    const bool memory = testing::v2_offers("memory");
    {
      const AsUser user;
      REQUIRE(user.done());
      // Beside the session's cgroup, which has a process: us.
      const Location where = NEED(locate(Manager::kCgroupfs, "", "mine"));
      REQUIRE(where.unified()->directory() == directory + "/mine", where.unified()->directory());
      oci::Resources limited;
      if (memory) limited.memory.limit = 64 << 20;
      const Draft draft = NEED(create(where, limited));
      if (memory) REQUIRE(read_of(where.unified(), "memory.max") == std::to_string(64 << 20));
      Child child = NEED(spawn(draft, sleep_for_ever));
      REQUIRE(NEED(processes(where)) == std::vector<pid_t>{child.pid});
      NEED(draft.apply_devices({}));
      NEED(kill_all(where, SIGKILL));
      REQUIRE(WTERMSIG(child.wait()) == SIGKILL);
    }
    REQUIRE(put(top.unified()->mount + "/cgroup.procs", "0"));
    return "";
  });
}

TEST(ObstaclesV2, WithoutTheParentTheOwnCgroupIsUsed) {
  in_world(unified_world(), [](const std::string& root) -> std::string {
    const Location top = NEED(place_for_test(root, "own"));
    if (std::string wrong = delegate_to_user(top); !wrong.empty()) return wrong;
    const std::string directory = top.unified()->directory();
    REQUIRE(put(directory + "/cgroup.procs", "0"));
    std::string wrong;
    {
      const AsUser user;
      const auto check = [&]() -> std::string {
        const Location where = NEED(locate(Manager::kCgroupfs, "", "mine"));
        REQUIRE(where.unified()->directory() == directory + "/mine", where.unified()->directory());
        const Draft draft = NEED(create(where, {}));
        if (!testing::v2_offers("memory")) return "";
        oci::Resources limited;
        limited.memory.limit = 64 << 20;
        const Location second = NEED(locate(Manager::kCgroupfs, "", "second"));
        const Result<Draft> refused = create(second, limited);
        REQUIRE(!refused.ok() && refused.error().kind() == Error::Kind::kUnsupported);
        const std::string told = refused.error().to_string();
        REQUIRE(contains(told, "controller memory can't be enabled in " + directory), told);
        REQUIRE(contains(told, "processes of its own, " + std::to_string(getpid()) + " (kernel_cgroups)"), told);
        REQUIRE(contains(told, "move them to another cgroup first"), told);
        return "";
      };
      wrong = check();
    }
    REQUIRE(put(top.unified()->mount + "/cgroup.procs", "0"));
    return wrong;
  });
}

// The ancestor that does not pass a controller on is named, and the command that would make it.
TEST(ObstaclesV2, AMissingDelegationOfAControllerIsNamed) {
  in_world(unified_world(), [](const std::string& root) -> std::string {
    if (!testing::v2_offers("memory")) return std::string(kSkip) + "cgroup v2 has no memory controller here";
    const Location top = NEED(place_for_test(root, "without/delegated"));
    if (std::string wrong = delegate_to_user(top); !wrong.empty()) return wrong;
    const std::string above = NEED(place_for_test(root, "without")).unified()->directory();
    REQUIRE(put(above + "/cgroup.subtree_control", "-memory"));
    const Location where = NEED(place_for_test(root, "without/delegated/mine"));
    oci::Resources limited;
    limited.memory.limit = 64 << 20;
    const AsUser user;
    const Result<Draft> draft = create(where, limited);
    REQUIRE(!draft.ok() && draft.error().kind() == Error::Kind::kUnsupported);
    const std::string told = draft.error().to_string();
    REQUIRE(contains(told, "controller memory can't be enabled in " + above + ": permission denied"), told);
    REQUIRE(contains(told, "echo +memory >" + above + "/cgroup.subtree_control"), told);
    REQUIRE(contains(foreseen(where, limited), "echo +memory >" + above + "/cgroup.subtree_control"));
    return "";
  });
}

TEST(ObstaclesV1, AReadOnlyHierarchyIsAsGoodAsNone) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location before = NEED(place_for_test(root, "unused"));
    if (before.with("pids") == nullptr) return std::string(kSkip) + "no pids hierarchy of cgroup v1";
    const std::string mount = before.with("pids")->mount;
    REQUIRE(::mount(nullptr, mount.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0);
    const Location where = NEED(place_for_test(root, "without-pids"));
    REQUIRE(where.with("pids") == nullptr);
    REQUIRE(where.hierarchies.size() + 1 == before.hierarchies.size());
    { const Draft draft = NEED(create(where, {})); }
    oci::Resources limited;
    limited.pids_limit = 10;
    const Result<Draft> refused = create(where, limited);
    REQUIRE(!refused.ok() && refused.error().kind() == Error::Kind::kUnsupported);
    REQUIRE(contains(refused.error().to_string(), "controller pids is not mounted writable"));
    REQUIRE(::mount(nullptr, mount.c_str(), nullptr, MS_REMOUNT | MS_BIND, nullptr) == 0);
    return "";
  });
}

// As in a container that was given its own part of the tree: "/" is that part.
TEST(ObstaclesV1, ABoundPartOfAHierarchyIsWhatPathsAreBelow) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location part = NEED(place_for_test(root, "part"));
    if (part.with("pids") == nullptr) return std::string(kSkip) + "no pids hierarchy of cgroup v1";
    NEED(create(part, {})).keep();
    const Hierarchy pids = *part.with("pids");
    REQUIRE(::mount(pids.directory().c_str(), pids.mount.c_str(), nullptr, MS_BIND, nullptr) == 0);
    std::string found;
    {
      const Location where = NEED(locate(Manager::kCgroupfs, "/" + root + "/inner", "unused"));
      const Draft draft = NEED(create(where, {}));
      found = where.with("pids") == nullptr ? "none" : where.with("pids")->path;
      REQUIRE(umount2(pids.mount.c_str(), MNT_DETACH) == 0);
      if (access((pids.directory() + "/" + root + "/inner/pids.max").c_str(), F_OK) != 0) found += ", not in the part";
      REQUIRE(::mount(pids.directory().c_str(), pids.mount.c_str(), nullptr, MS_BIND, nullptr) == 0);
    }
    REQUIRE(umount2(pids.mount.c_str(), MNT_DETACH) == 0);
    REQUIRE(found == "/" + root + "/inner", found);
    return "";
  });
}

}  // namespace
}  // namespace brig::cgroups
