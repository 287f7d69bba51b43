// The life of a cgroup, as the kernel sees it: on this machine as it is, and on cgroup v2 alone.
#include "cgroups/manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "tests/kernel/cgroups/world.h"

namespace brig::cgroups {
namespace {

using testing::Child;
using testing::contains;
using testing::exists;
using testing::in_world;
using testing::place_for_test;
using testing::read_of;
using testing::sleep_for_ever;
using testing::spawn;
using testing::World;

class Cgroups : public ::testing::TestWithParam<World> {};
INSTANTIATE_TEST_SUITE_P(Worlds, Cgroups, ::testing::Values(World::kMachine, World::kV2View), testing::name_of);

TEST_P(Cgroups, InitIsInEveryDirectoryAndTheyGo) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "life"));
    {
      Draft draft = NEED(create(where, {}));
      for (const Hierarchy& h : where.hierarchies) REQUIRE(exists(h), h.directory());
      Child child = NEED(spawn(draft, sleep_for_ever));
      for (const Hierarchy& h : where.hierarchies)
        REQUIRE(read_of(&h, "cgroup.procs") == std::to_string(child.pid), h.directory());
      REQUIRE(NEED(processes(where)) == std::vector<pid_t>{child.pid});
      REQUIRE(!NEED(frozen(where)));
      NEED(kill_all(where, SIGKILL));
      REQUIRE(WTERMSIG(child.wait()) == SIGKILL);
      NEED(remove(where, 1000));
      draft.keep();
    }
    for (const Hierarchy& h : where.hierarchies) REQUIRE(!exists(h), h.directory());
    // All of it again, on what is no longer there.
    REQUIRE(NEED(processes(where)).empty());
    REQUIRE(!NEED(frozen(where)));
    NEED(kill_all(where, SIGKILL));
    NEED(kill_all(where, SIGTERM));
    NEED(remove(where, 0));
    return "";
  });
}

TEST_P(Cgroups, ADraftThatIsNotKeptTakesEverythingWithIt) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "a/b/draft"));
    const Location parent = NEED(place_for_test(root, "a"));
    Child child;
    {
      const Draft draft = NEED(create(where, {}));
      child = NEED(spawn(draft, sleep_for_ever));
      // As a payload does it.
      for (const Hierarchy& h : where.hierarchies) mkdir((h.directory() + "/sub").c_str(), 0755);
      signal(SIGCHLD, SIG_DFL);
    }
    REQUIRE(WTERMSIG(child.wait()) == SIGKILL);
    for (const Hierarchy& h : where.hierarchies) REQUIRE(!exists(h), h.directory());
    for (const Hierarchy& h : parent.hierarchies) REQUIRE(!exists(h), h.directory());
    return "";
  });
}

TEST_P(Cgroups, AnOccupiedCgroupIsRefusedAndLeftAlone) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "occupied"));
    const Draft draft = NEED(create(where, {}));
    Child child = NEED(spawn(draft, sleep_for_ever));
    {
      const Result<Draft> second = create(where, {});
      REQUIRE(!second.ok());
      REQUIRE(second.error().kind() == Error::Kind::kState);
      REQUIRE(contains(second.error().to_string(), "container's cgroup is not empty: 1 process(es)"),
              second.error().to_string());
    }
    REQUIRE(NEED(processes(where)) == std::vector<pid_t>{child.pid});
    kill(child.pid, SIGKILL);
    child.wait();
    return "";
  });
}

TEST_P(Cgroups, AnEmptyDirectoryIsTakenOver) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "left-over"));
    NEED(create(where, {})).keep();
    for (const Hierarchy& h : where.hierarchies) REQUIRE(exists(h));
    { const Draft draft = NEED(create(where, {})); }
    for (const Hierarchy& h : where.hierarchies) REQUIRE(!exists(h));
    return "";
  });
}

// v1: freezer.state; v2: cgroup.freeze.
std::string set_frozen(const Location& where, bool freeze) {
  const Hierarchy* v1 = where.with("freezer");
  const Hierarchy* h = v1 != nullptr ? v1 : where.unified();
  std::ofstream file(h->directory() + (v1 != nullptr ? "/freezer.state" : "/cgroup.freeze"));
  file << (v1 != nullptr ? (freeze ? "FROZEN" : "THAWED") : (freeze ? "1" : "0")) << std::flush;
  return file.good() ? "" : "can't write the freezer's state";
}

TEST_P(Cgroups, FrozenIsSeenAndKilledAllTheSame) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "frozen"));
    Draft draft = NEED(create(where, {}));
    Child child = NEED(spawn(draft, sleep_for_ever));
    REQUIRE(set_frozen(where, true).empty());
    REQUIRE(NEED(frozen(where)));
    // A signal that is no SIGKILL leaves it frozen.
    NEED(kill_all(where, SIGWINCH));
    REQUIRE(NEED(frozen(where)));
    NEED(kill_all(where, SIGKILL));
    REQUIRE(WTERMSIG(child.wait()) == SIGKILL);
    draft.keep();
    REQUIRE(set_frozen(where, true).empty());
    {
      const Result<Draft> second = create(where, {});
      REQUIRE(!second.ok() && second.error().kind() == Error::Kind::kState);
      REQUIRE(contains(second.error().to_string(), "unexpectedly frozen"), second.error().to_string());
    }
    REQUIRE(set_frozen(where, false).empty());
    return "";
  });
}

// Forks until `count` processes are there, that all wait for ever. Every second one of the forked ignores SIGTERM, and
// so does the first of all; they are born so, not to be caught before they have said it.
int fork_many(int count) {
  for (int i = 1; i < count; ++i) {
    signal(SIGTERM, i % 2 == 0 ? SIG_DFL : SIG_IGN);
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      setsid();
      sleep_for_ever();
    }
  }
  return sleep_for_ever();
}

// Waits until `count` processes are in the cgroup.
std::string wait_for(const Location& where, std::size_t count) {
  for (int i = 0; i < 500; ++i) {
    if (NEED(processes(where)).size() == count) return "";
    usleep(10'000);
  }
  return "there are " + std::to_string(NEED(processes(where)).size()) + " processes, not " + std::to_string(count);
}

// As a subreaper would: collects every child there is.
void reap_all() {
  while (waitpid(-1, nullptr, 0) > 0) {
  }
}

TEST_P(Cgroups, KillReachesAllOfMany) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const Location where = NEED(place_for_test(root, "many"));
    const Draft draft = NEED(create(where, {}));
    Child child = NEED(spawn(draft, [] { return fork_many(50); }));
    child.let_go();
    REQUIRE(wait_for(where, 50).empty());
    NEED(kill_all(where, SIGTERM));
    // The dead are not listed, though their parent does not reap them.
    if (std::string wrong = wait_for(where, 26); !wrong.empty()) return wrong;
    NEED(kill_all(where, SIGKILL));
    reap_all();
    REQUIRE(NEED(processes(where)).empty());
    NEED(remove(where, 1000));
    return "";
  });
}

TEST_P(Cgroups, KillOutrunsAForkBomb) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const Location where = NEED(place_for_test(root, "bomb"));
    const Draft draft = NEED(create(where, {}));
    Child child = NEED(spawn(draft, testing::fork_bomb));
    child.let_go();
    usleep(20'000);
    NEED(kill_all(where, SIGKILL));
    reap_all();
    REQUIRE(NEED(processes(where)).empty());
    NEED(remove(where, 1000));
    return "";
  });
}

TEST_P(Cgroups, WithoutCgroupKillTheFallbackKills) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const Location where = NEED(place_for_test(root, "fallback"));
    const Draft draft = NEED(create(where, {}));
    Child child = NEED(spawn(draft, [] { return fork_many(20); }));
    child.let_go();
    REQUIRE(wait_for(where, 20).empty());
    // The v1 part alone, with a freezer and without; on v2 a signal takes the same way.
    Location v1;
    for (const Hierarchy& h : where.hierarchies)
      if (!h.unified) v1.hierarchies.push_back(h);
    NEED(v1.hierarchies.empty() ? kill_all(where, SIGUSR1) : kill_all(v1, SIGKILL));
    reap_all();
    REQUIRE(NEED(processes(where)).empty());
    REQUIRE(!NEED(frozen(where)));
    return "";
  });
}

TEST_P(Cgroups, NestedCgroupsAreRemovedHoweverDeep) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "nested"));
    NEED(create(where, {})).keep();
    for (const Hierarchy& h : where.hierarchies) {
      std::string path = h.directory();
      for (int depth = 0; depth < 60; ++depth) {
        path += "/d";
        REQUIRE(mkdir(path.c_str(), 0755) == 0);
        REQUIRE(mkdir((path + "/side").c_str(), 0755) == 0);
      }
    }
    NEED(remove(where, 0));
    for (const Hierarchy& h : where.hierarchies) REQUIRE(!exists(h), h.directory());
    return "";
  });
}

TEST_P(Cgroups, ProcessesInSubCgroupsAreFoundAndKilled) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "outer"));
    const Location inner = NEED(place_for_test(root, "outer/x/inner"));
    const Draft outer_draft = NEED(create(where, {}));
    const Draft draft = NEED(create(inner, {}));
    Child child = NEED(spawn(draft, sleep_for_ever));
    REQUIRE(NEED(processes(where)) == std::vector<pid_t>{child.pid});
    NEED(kill_all(where, SIGKILL));
    REQUIRE(WTERMSIG(child.wait()) == SIGKILL);
    NEED(remove(where, 1000));
    return "";
  });
}

TEST_P(Cgroups, RemoveWaitsForTheLastProcessAndNoLonger) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "busy"));
    const Draft draft = NEED(create(where, {}));
    Child child = NEED(spawn(draft, [] {
      usleep(100'000);
      return 0;
    }));
    const std::uint64_t start = sys::monotonic_ns();
    const Result<void> removed = remove(where, 30);
    REQUIRE(!removed.ok());
    REQUIRE(sys::monotonic_ns() - start >= 30'000'000);
    REQUIRE(removed.error().code() == EBUSY);
    const std::string holder =
        where.unified() != nullptr ? where.unified()->directory() : where.hierarchies[0].directory();
    REQUIRE(contains(removed.error().to_string(), "processes in " + holder + ": " + std::to_string(child.pid) + " ("),
            removed.error().to_string());
    child.let_go();
    // A zombie does not hold a cgroup: it is not reaped yet.
    NEED(remove(where, 5000));
    for (const Hierarchy& h : where.hierarchies) REQUIRE(!exists(h), h.directory());
    REQUIRE(child.wait() == 0);
    return "";
  });
}

TEST_P(Cgroups, ALimitWithoutItsControllerIsRefusedByName) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "limited"));
    if (where.v2_only() ? testing::v2_offers("memory") : where.with("memory") != nullptr)
      return std::string(testing::kSkip) + "the memory controller is here";
    oci::Resources resources;
    resources.memory.limit = 64 << 20;
    {
      const Result<Draft> draft = create(where, resources);
      REQUIRE(!draft.ok());
      REQUIRE(draft.error().kind() == Error::Kind::kUnsupported);
      REQUIRE(contains(draft.error().to_string(), "controller memory is not available in /sys/fs/cgroup"),
              draft.error().to_string());
    }
    for (const Hierarchy& h : where.hierarchies) REQUIRE(!exists(h), h.directory());
    // What limits nothing needs no controller.
    resources.memory.limit = -1;
    const Draft draft = NEED(create(where, resources));
    return "";
  });
}

TEST(CgroupsV1, ProcessesInV1OnlyAreKilledToo) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "stray"));
    if (where.v2_only() || where.unified() == nullptr) return std::string(testing::kSkip) + "not a hybrid machine";
    const Draft draft = NEED(create(where, {}));
    Child child = NEED(spawn(draft, sleep_for_ever));
    // Out of the unified tree, into its root.
    std::ofstream file(where.unified()->mount + "/cgroup.procs");
    file << child.pid << std::flush;
    REQUIRE(file.good());
    REQUIRE(read_of(where.unified(), "cgroup.procs").empty());
    NEED(kill_all(where, SIGKILL));
    REQUIRE(WTERMSIG(child.wait()) == SIGKILL);
    return "";
  });
}

}  // namespace
}  // namespace brig::cgroups
