// Several who make and remove cgroups in the same place at the same time.
#include <gtest/gtest.h>

#include "tests/kernel/cgroups/world.h"

namespace brig::cgroups {
namespace {

using testing::exists;
using testing::in_world;
using testing::place_for_test;
using testing::read_of;
using testing::sleep_for_ever;
using testing::spawn;
using testing::World;

class AtOnce : public ::testing::TestWithParam<World> {};
INSTANTIATE_TEST_SUITE_P(Worlds, AtOnce, ::testing::Values(World::kMachine, World::kV2View), testing::name_of);

// A child that dies with us and does this until it is killed.
pid_t beside_us(const std::function<void()>& body) {
  const pid_t child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) body();
}

void end(pid_t child) {
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

TEST_P(AtOnce, ParentsThatOthersRemoveAreMadeAgain) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "a/b/leaf"));
    const Location parent = NEED(place_for_test(root, "a/b"));
    const Location above = NEED(place_for_test(root, "a"));
    const pid_t other = beside_us([&] {
      for (std::size_t i = 0; i < parent.hierarchies.size(); ++i) {
        rmdir(parent.hierarchies[i].directory().c_str());
        rmdir(above.hierarchies[i].directory().c_str());
      }
      usleep(50);  // one that never pauses could win every time
    });
    std::string wrong;
    for (int round = 0; round < 60 && wrong.empty(); ++round)
      if (const Result<Draft> draft = create(where, {}); !draft.ok()) wrong = draft.error().to_string();
    end(other);
    return wrong;
  });
}

TEST_P(AtOnce, TwentyBelowOneParent) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    constexpr int kMany = 20;
    std::vector<pid_t> children;
    for (int i = 0; i < kMany; ++i) {
      const pid_t child = fork();
      if (child == 0) {
        const auto live = [&]() -> Result<void> {
          const Location where = TRY(place_for_test(root, "many/" + std::to_string(i)));
          for (int round = 0; round < 5; ++round) {
            Draft draft = TRY(create(where, {}));
            testing::Child init = TRY(spawn(draft, sleep_for_ever));
            draft.keep();
            TRY(kill_all(where, SIGKILL));
            init.wait();
            TRY(remove(where, 5000));
          }
          return {};
        };
        const Result<void> lived = live();
        if (!lived.ok()) fprintf(stderr, "%s\n", lived.error().to_string().c_str());
        _exit(lived.ok() ? 0 : 1);
      }
      children.push_back(child);
    }
    int failed = 0;
    for (const pid_t child : children) {
      int status = -1;
      waitpid(child, &status, 0);
      failed += status == 0 ? 0 : 1;
    }
    REQUIRE(failed == 0, std::to_string(failed));
    return "";
  });
}

// The one that was there first is not touched by a create that is refused.
TEST_P(AtOnce, WhatIsGivenBackStaysWithWhoIsInIt) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "first"));
    Draft first = NEED(create(where, {}));
    REQUIRE(!first.took_over());
    testing::Child init;
    {
      Draft second = NEED(create(where, {}));  // before there is anybody in it
      REQUIRE(second.took_over());
      init = NEED(spawn(first, sleep_for_ever));
      second.give_back();
    }
    for (const Hierarchy& h : where.hierarchies) REQUIRE(exists(h), h.directory());
    REQUIRE(NEED(processes(where)) == std::vector<pid_t>{init.pid});
    return "";
  });
}

}  // namespace
}  // namespace brig::cgroups
