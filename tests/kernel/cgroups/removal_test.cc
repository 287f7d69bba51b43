// The end of a cgroup, against payloads that make it hard.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "cgroups/kill.h"
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

class Removal : public ::testing::TestWithParam<World> {};
INSTANTIATE_TEST_SUITE_P(Worlds, Removal, ::testing::Values(World::kMachine, World::kV2View), testing::name_of);

// Waits until `file` reads `value`.
bool becomes(const Hierarchy& hierarchy, const char* file, const std::string& value) {
  for (int tries = 0; tries < 500; ++tries) {
    if (read_of(&hierarchy, file) == value) return true;
    usleep(10'000);
  }
  return false;
}

// A sub-cgroup as a payload makes it, with `child` in it, that freezes: the children of ours stay thawed.
std::string freeze_below(const Location& where, pid_t child) {
  const Hierarchy* v1 = where.with("freezer");
  Hierarchy below = v1 != nullptr ? *v1 : *where.unified();
  below.path += "/own";
  REQUIRE(mkdir(below.directory().c_str(), 0755) == 0);
  REQUIRE(put(below.directory() + "/cgroup.procs", std::to_string(child)));
  REQUIRE(
      put(below.directory() + (v1 != nullptr ? "/freezer.state" : "/cgroup.freeze"), v1 != nullptr ? "FROZEN" : "1"));
  if (v1 != nullptr) REQUIRE(becomes(below, "freezer.state", "FROZEN"));
  return "";
}

TEST_P(Removal, APayloadThatFrozeItselfIsKilled) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "froze"));
    const Draft draft = NEED(create(where, {}));
    Child child = NEED(spawn(draft, sleep_for_ever));
    if (std::string wrong = freeze_below(where, child.pid); !wrong.empty()) return wrong;
    REQUIRE(!NEED(frozen(where)));  // it is not paused: that is said of the whole
    NEED(kill_all(where, SIGKILL));
    REQUIRE(WTERMSIG(child.wait()) == SIGKILL);
    NEED(remove(where, 1000));
    for (const Hierarchy& h : where.hierarchies) REQUIRE(!exists(h), h.directory());
    return "";
  });
}

// As Linux before 5.14 takes it.
TEST_P(Removal, WithoutCgroupKillAPayloadThatFrozeItselfIsKilled) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "froze"));
    const Draft draft = NEED(create(where, {}));
    Child child = NEED(spawn(draft, sleep_for_ever));
    if (std::string wrong = freeze_below(where, child.pid); !wrong.empty()) return wrong;
    NEED(signal_still(where, SIGKILL));
    REQUIRE(WTERMSIG(child.wait()) == SIGKILL);
    REQUIRE(!NEED(frozen(where)));
    NEED(remove(where, 1000));
    return "";
  });
}

TEST_P(Removal, WithoutCgroupKillAForkBombIsOutrun) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const Location where = NEED(place_for_test(root, "bomb"));
    const Draft draft = NEED(create(where, {}));
    Child child = NEED(spawn(draft, testing::fork_bomb));
    child.let_go();
    usleep(20'000);
    NEED(signal_still(where, SIGKILL));
    while (waitpid(-1, nullptr, 0) > 0) {
    }
    REQUIRE(NEED(processes(where)).empty());
    REQUIRE(!NEED(frozen(where)));
    return "";
  });
}

TEST(RemovalV1, AFrozenCgroupAboveIsTold) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location above = NEED(place_for_test(root, "above"));
    const Location where = NEED(place_for_test(root, "above/leaf"));
    if (where.with("freezer") == nullptr) return std::string(kSkip) + "no freezer of cgroup v1";
    const Draft draft = NEED(create(where, {}));
    Child child = NEED(spawn(draft, sleep_for_ever));
    const std::string file = above.with("freezer")->directory() + "/freezer.state";
    REQUIRE(put(file, "FROZEN"));
    const Result<void> killed = kill_all(where, SIGKILL);
    REQUIRE(put(file, "THAWED"));
    REQUIRE(!killed.ok() && killed.error().kind() == Error::Kind::kState);
    REQUIRE(contains(killed.error().to_string(), "a cgroup above it is frozen"), killed.error().to_string());
    REQUIRE(WTERMSIG(child.wait()) == SIGKILL);
    return "";
  });
}

TEST_P(Removal, ThousandsOfSubCgroups) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "many"));
    NEED(create(where, {})).keep();
    const Hierarchy& h = where.unified() != nullptr ? *where.unified() : where.hierarchies.front();
    for (int i = 0; i < 2000; ++i)
      REQUIRE(mkdir((h.directory() + "/" + std::to_string(i)).c_str(), 0755) == 0, std::to_string(i));
    NEED(remove(where, 0));
    for (const Hierarchy& gone : where.hierarchies) REQUIRE(!exists(gone), gone.directory());
    return "";
  });
}

TEST(RemovalV2, ThreadedSubCgroupsGoToo) {
  const World world = testing::is_v2("/sys/fs/cgroup") ? World::kMachine : World::kV2View;
  in_world(world, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "threads"));
    const Draft draft = NEED(create(where, {}));
    Child child = NEED(spawn(draft, sleep_for_ever));
    const std::string below = where.unified()->directory() + "/own";
    REQUIRE(mkdir(below.c_str(), 0755) == 0);
    REQUIRE(put(below + "/cgroup.type", "threaded"));
    REQUIRE(put(below + "/cgroup.threads", std::to_string(child.pid)));
    REQUIRE(NEED(processes(where)) == std::vector<pid_t>{child.pid});
    NEED(kill_all(where, SIGTERM));
    REQUIRE(WTERMSIG(child.wait()) == SIGTERM);
    NEED(remove(where, 1000));
    REQUIRE(!exists(*where.unified()));
    return "";
  });
}

TEST_P(Removal, WhatHoldsItIsNamedAndTheRestGoes) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "held"));
    const Draft draft = NEED(create(where, {}));
    Child child = NEED(spawn(draft, [] {
      prctl(PR_SET_NAME, "stays");
      return sleep_for_ever();
    }));
    child.let_go();
    // In one hierarchy it is in a sub-cgroup, in all others at the top of the tree.
    const Hierarchy& held = where.unified() != nullptr ? *where.unified() : where.hierarchies.front();
    const std::string below = held.directory() + "/a";
    REQUIRE(mkdir(below.c_str(), 0755) == 0 && mkdir((below + "/b").c_str(), 0755) == 0);
    REQUIRE(put(below + "/b/cgroup.procs", std::to_string(child.pid)));
    for (const Hierarchy& h : where.hierarchies)
      if (&h != &held) REQUIRE(put(h.mount + "/cgroup.procs", std::to_string(child.pid)), h.directory());
    usleep(50'000);
    const Result<void> removed = remove(where, 30);
    REQUIRE(!removed.ok() && removed.error().code() == EBUSY);
    const std::string told = removed.error().to_string();
    REQUIRE(contains(told, held.directory()), told);
    REQUIRE(contains(told, "processes in " + below + "/b: " + std::to_string(child.pid) + " (stays)"), told);
    for (const Hierarchy& h : where.hierarchies) REQUIRE(exists(h) == (&h == &held), h.directory());
    kill(child.pid, SIGKILL);
    NEED(remove(where, 5000));
    REQUIRE(!exists(held));
    child.wait();
    return "";
  });
}

// Its poll ends with the last process, not with a pause.
TEST(RemovalV2, TheEndOfTheLastProcessIsWaitedForWithoutPauses) {
  const World world = testing::is_v2("/sys/fs/cgroup") ? World::kMachine : World::kV2View;
  in_world(world, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "ends"));
    const Draft draft = NEED(create(where, {}));
    Child child = NEED(spawn(draft, [] {
      usleep(300'000);
      return 0;
    }));
    child.let_go();
    timespec before = {}, after = {};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    NEED(remove(where, 10'000));
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    const auto used = (after.tv_sec - before.tv_sec) * 1'000'000'000L + after.tv_nsec - before.tv_nsec;
    REQUIRE(used < 100'000'000, std::to_string(used));
    REQUIRE(!exists(*where.unified()));
    REQUIRE(child.wait() == 0);
    return "";
  });
}

}  // namespace
}  // namespace brig::cgroups
