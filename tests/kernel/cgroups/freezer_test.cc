// Freezing and thawing, as the kernel does it: on this machine as it is, and on cgroup v2 alone.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <atomic>

#include "tests/kernel/cgroups/world.h"

namespace brig::cgroups {
namespace {

using testing::Child;
using testing::contains;
using testing::in_world;
using testing::kSkip;
using testing::place_for_test;
using testing::read_of;
using testing::sleep_for_ever;
using testing::spawn;
using testing::World;

class Freezer : public ::testing::TestWithParam<World> {};
INSTANTIATE_TEST_SUITE_P(Worlds, Freezer, ::testing::Values(World::kMachine, World::kV2View), testing::name_of);

// "FROZEN" or the line "frozen 1", which the kernel shows only when all stand still.
bool stands_still(const Location& where) {
  if (const Hierarchy* v1 = where.with("freezer")) return read_of(v1, "freezer.state") == "FROZEN";
  return contains(read_of(where.unified(), "cgroup.events"), "frozen 1");
}

// A number in memory that a parent and its children share.
std::atomic<unsigned>* shared_counter() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return new (page) std::atomic<unsigned>(0);
}

TEST_P(Freezer, AllStandStillUntilThawed) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "still"));
    const Draft draft = NEED(create(where, {}));
    std::atomic<unsigned>* const count = shared_counter();
    Child child = NEED(spawn(draft, [count] {
      if (fork() == 0) prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (;;) count->fetch_add(1);
      return 0;
    }));
    child.let_go();
    while (count->load() == 0) usleep(1000);
    NEED(freeze(where, 5000));
    REQUIRE(stands_still(where));
    REQUIRE(NEED(frozen(where)));
    const unsigned before = count->load();
    usleep(50'000);
    REQUIRE(count->load() == before);
    NEED(thaw(where));
    REQUIRE(!NEED(frozen(where)));
    for (int tries = 0; tries < 500 && count->load() == before; ++tries) usleep(10'000);
    REQUIRE(count->load() != before);
    NEED(thaw(where));  // once more, on what is not frozen
    NEED(kill_all(where, SIGKILL));
    child.wait();
    return "";
  });
}

// A process that waits in the kernel for a page that nobody gives it: no freezer reaches it there (userfaultfd(2)).
// `ready` is set just before.
int hang_in_kernel(std::atomic<unsigned>* ready) {
  const int faults = static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC));
  uffdio_api api = {.api = UFFD_API, .features = 0, .ioctls = 0};
  void* const page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  uffdio_register range = {.range = {.start = reinterpret_cast<std::uintptr_t>(page), .len = 4096},
                           .mode = UFFDIO_REGISTER_MODE_MISSING,
                           .ioctls = 0};
  int ends[2];
  if (faults == -1 || ioctl(faults, UFFDIO_API, &api) == -1 || ioctl(faults, UFFDIO_REGISTER, &range) == -1 ||
      pipe(ends) == -1) {
    ready->store(2);
    return 1;
  }
  ready->store(1);
  return static_cast<int>(write(ends[1], page, 1));
}

TEST_P(Freezer, WhoDoesNotFreezeIsNamedAndAllGoOn) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "stuck"));
    const Draft draft = NEED(create(where, {}));
    std::atomic<unsigned>* const ready = shared_counter();
    Child sleeper = NEED(spawn(draft, sleep_for_ever));
    Child stuck = NEED(spawn(draft, [ready] { return hang_in_kernel(ready); }));
    stuck.let_go();
    while (ready->load() == 0) usleep(1000);
    if (ready->load() == 2) {
      NEED(kill_all(where, SIGKILL));
      sleeper.wait();
      stuck.wait();
      return std::string(kSkip) + "userfaultfd(2) is not to be had here";
    }
    usleep(50'000);
    const Result<void> done = freeze(where, 300);
    REQUIRE(!done.ok());
    const std::string text = done.error().to_string();
    REQUIRE(done.error().kind() == Error::Kind::kState, text);
    REQUIRE(contains(text, "did not freeze within 300 ms, and is thawed again: process " + std::to_string(stuck.pid)),
            text);
    REQUIRE(!contains(text, "process " + std::to_string(sleeper.pid)), text);
    REQUIRE(!NEED(frozen(where)));
    NEED(kill_all(where, SIGKILL));
    sleeper.wait();
    stuck.wait();
    return "";
  });
}

TEST_P(Freezer, ProcessesThatForkAllTheTimeFreezeToo) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const Location where = NEED(place_for_test(root, "forks"));
    const Draft draft = NEED(create(where, {}));
    // Three lines of processes, each of which makes its successor and ends.
    Child child = NEED(spawn(draft, [] {
      fork();
      fork();
      prctl(PR_SET_PDEATHSIG, 0);
      for (int generation = 0; generation < 100'000; ++generation)
        if (fork() != 0) _exit(0);
      return 0;
    }));
    child.let_go();
    usleep(20'000);
    NEED(freeze(where, 10'000));
    REQUIRE(stands_still(where));
    const std::vector<pid_t> before = NEED(processes(where));
    usleep(50'000);
    REQUIRE(NEED(processes(where)) == before);
    REQUIRE(!before.empty());
    NEED(kill_all(where, SIGKILL));
    while (waitpid(-1, nullptr, 0) > 0) {
    }
    REQUIRE(NEED(processes(where)).empty());
    return "";
  });
}

TEST_P(Freezer, NotOneself) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "own"));
    const Draft draft = NEED(create(where, {}));
    // Where a freeze that is not refused would keep the child for ever: it is killed after ten seconds.
    Child child = NEED(spawn(draft, [&where] {
      const Result<void> done = freeze(where, 1000);
      return !done.ok() && done.error().kind() == Error::Kind::kUnsafe ? 42 : 1;
    }));
    child.let_go();
    const int status = child.wait();
    REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 42, std::to_string(status));
    REQUIRE(!NEED(frozen(where)));
    // Signals to all do without it, too.
    Child killer = NEED(spawn(draft, [&where] {
      signal(SIGWINCH, SIG_IGN);
      return kill_all(where, SIGWINCH).ok() ? 43 : 1;
    }));
    killer.let_go();
    const int killed = killer.wait();
    REQUIRE(WIFEXITED(killed) && WEXITSTATUS(killed) == 43, std::to_string(killed));
    return "";
  });
}

TEST_P(Freezer, SignalsToUsWait) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "signals"));
    const Draft draft = NEED(create(where, {}));
    std::atomic<unsigned>* const ready = shared_counter();
    Child stuck = NEED(spawn(draft, [ready] { return hang_in_kernel(ready); }));
    stuck.let_go();
    while (ready->load() == 0) usleep(1000);
    const bool hangs = ready->load() == 1;
    const pid_t freezing = fork();
    if (freezing == 0) _exit(freeze(where, 1000).ok() ? 1 : 0);
    usleep(300'000);
    kill(freezing, SIGTERM);
    int status = 0;
    waitpid(freezing, &status, 0);
    const bool left_frozen = NEED(frozen(where));
    NEED(kill_all(where, SIGKILL));
    stuck.wait();
    if (!hangs) return std::string(kSkip) + "userfaultfd(2) is not to be had here";
    REQUIRE(!left_frozen);
    REQUIRE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, std::to_string(status));
    return "";
  });
}

TEST(FreezerV1, ACgroupAboveKeepsItFrozen) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location above = NEED(place_for_test(root, "above"));
    const Location where = NEED(place_for_test(root, "above/inner"));
    if (where.with("freezer") == nullptr) return std::string(kSkip) + "no freezer hierarchy here";
    const Draft outer = NEED(create(above, {}));
    const Draft draft = NEED(create(where, {}));
    Child child = NEED(spawn(draft, sleep_for_ever));
    NEED(freeze(above, 5000));
    REQUIRE(NEED(frozen(where)));
    const Result<void> thawed = thaw(where);
    REQUIRE(!thawed.ok());
    REQUIRE(contains(thawed.error().to_string(), "above"), thawed.error().to_string());
    NEED(thaw(above));
    REQUIRE(!NEED(frozen(where)));
    NEED(kill_all(where, SIGKILL));
    child.wait();
    return "";
  });
}

TEST(FreezerV1, TheKilledDie) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "killed"));
    const Draft draft = NEED(create(where, {}));
    Child child = NEED(spawn(draft, sleep_for_ever));
    NEED(freeze(where, 5000));
    REQUIRE(kill(child.pid, SIGKILL) == 0);
    NEED(let_killed_die(where));
    REQUIRE(WTERMSIG(child.wait()) == SIGKILL);
    return "";
  });
}

}  // namespace
}  // namespace brig::cgroups
