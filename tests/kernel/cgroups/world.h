// The cgroup worlds a kernel test runs in, and what it needs there. Everything happens below a cgroup of the test's
// own, which is gone at the end.
#pragma once

#include <gtest/gtest.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/sys.h"
#include "cgroups/manager.h"
#include "cgroups/tree.h"
#include "tests/support/in_namespaces.h"

// In a body: leaves it with what is wrong, and where; `more` is a string that says more.
#define REQUIRE(condition, ...)                                                                                  \
  do {                                                                                                           \
    if (!(condition))                                                                                            \
      return brig::cgroups::testing::wrong_at(__FILE__, __LINE__, #condition) __VA_OPT__(+": " + (__VA_ARGS__)); \
  } while (false)
// In a body: the value of a Result, or leaves it with the error. Not twice in one expression, as TRY.
#define NEED(expression)                                                                                   \
  __extension__({                                                                                          \
    auto need = (expression);                                                                              \
    if (!need.ok()) return brig::cgroups::testing::wrong_at(__FILE__, __LINE__, need.error().to_string()); \
    std::move(need).value();                                                                               \
  })

namespace brig::cgroups::testing {

inline std::string wrong_at(const char* file, int line, const std::string& what) {
  return std::string(file) + ":" + std::to_string(line) + ": " + what;
}

enum class World { kMachine, kV2View };
// For the names of tests that run in each.
inline std::string name_of(const ::testing::TestParamInfo<World>& world) {
  return world.param == World::kMachine ? "Machine" : "V2View";
}
inline const char* const kSkip = "skip: ";

inline bool is_v2(const char* path) {
  struct statfs found = {};
  return statfs(path, &found) == 0 && found.f_type == CGROUP2_SUPER_MAGIC;
}

// In a private mount namespace: cgroup2 alone at the usual place, as on a pure v2 machine.
inline std::string show_v2_only() {
  if (is_v2("/sys/fs/cgroup")) return "";
  if (umount2("/sys/fs/cgroup", MNT_DETACH) == -1) return "umount /sys/fs/cgroup failed";
  if (mount("none", "/sys/fs/cgroup", "cgroup2", 0, nullptr) == -1) return "mount cgroup2 failed";
  return "";
}

inline std::string test_root() { return "brig-test-" + std::to_string(getpid()); }

// Where a cgroup of this name is, below the test's own.
inline Result<Location> place_for_test(const std::string& root, const std::string& name) {
  return locate(Manager::kCgroupfs, root + "/" + name, "unused");
}

// Runs `body`, given the name of a cgroup to work below, in a forked child of its own namespaces (mount namespace only)
// in this world, and removes that cgroup in all hierarchies afterwards. It must be possible to remove it.
inline void in_world(World world, const std::function<std::string(const std::string& root)>& body) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  if (world == World::kV2View && is_v2("/sys/fs/cgroup")) GTEST_SKIP() << "this machine is all cgroup v2 already";
  const std::string root = test_root();
  const std::string wrong = brig::testing::in_namespaces(CLONE_NEWNS, [&]() -> std::string {
    alarm(120);  // a test that hangs ends, and with it the children it has
    if (world == World::kV2View)
      if (std::string failed = show_v2_only(); !failed.empty()) return failed;
    std::string found = body(root);
    Result<Location> all = locate(Manager::kCgroupfs, root, "unused");
    if (!all.ok()) return found + all.error().to_string();
    const bool leaves_processes = !processes(all.value()).value().empty();
    (void)kill_all(all.value(), SIGKILL).ok();
    Result<void> removed = remove(all.value(), 5000);
    if (!removed.ok()) found += removed.error().to_string();
    if (found.empty() && leaves_processes) found = "left processes";
    return found;
  });
  if (wrong.starts_with(kSkip)) GTEST_SKIP() << wrong;
  EXPECT_EQ(wrong, "");
}

// A child in the draft's cgroup, by CLONE_INTO_CGROUP and Draft::add, that runs `body` once it is there, and dies with
// us.
struct Child {
  pid_t pid = -1;
  UniqueFd pidfd;
  UniqueFd go;  // written by let_go()

  void let_go() { go.reset(); }
  // Its status as wait(2) gives it; SIGKILL after ten seconds.
  int wait() {
    pollfd entry = sys::poll_entry(pidfd, POLLIN);
    if (poll(&entry, 1, 10'000) == 0) (void)sys::pidfd_send_signal(pidfd, SIGKILL).ok();
    int status = -1;
    waitpid(pid, &status, 0);
    return status;
  }
};

inline Result<Child> spawn(const Draft& draft, const std::function<int()>& body) {
  sys::SocketPair gate = TRY(sys::pipe());
  const std::optional<FdRef> target = draft.clone_target();
  sys::Cloned cloned = TRY(sys::clone3(0, target));
  if (cloned.pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    gate.b.reset();
    char byte;
    (void)!read(gate.a.raw(), &byte, 1);
    _exit(body());
  }
  Child child = {.pid = cloned.pid, .pidfd = std::move(cloned.pidfd), .go = std::move(gate.b)};
  Result<void> added = draft.add(child.pid, target.has_value());
  if (added.ok()) return child;
  kill(child.pid, SIGKILL);
  child.wait();
  return std::move(added).error();
}

inline int sleep_for_ever() {
  for (;;) pause();
}

// Two lines of processes, each of which makes its successor and ends.
inline int fork_bomb() {
  if (fork() == 0) fork();
  prctl(PR_SET_PDEATHSIG, 0);
  for (int generation = 0; generation < 20'000; ++generation)
    if (fork() != 0) _exit(0);
  return 0;
}

// A file of the container's cgroup; what went wrong, if it can't be read.
inline std::string read_of(const Hierarchy* hierarchy, const char* file) {
  if (hierarchy == nullptr) return "no such hierarchy";
  const Result<UniqueFd> directory = open_cgroup(*hierarchy);
  if (!directory.ok() || !directory.value()) return "no such cgroup";
  Result<std::string> content = read_file(directory.value(), file);
  return content.ok() ? content.value() : content.error().to_string();
}

inline bool contains(const std::string& whole, const std::string& part) {
  return whole.find(part) != std::string::npos;
}

// Writes a file of the kernel's.
inline bool put(const std::string& file, const std::string& value) {
  std::ofstream stream(file);
  stream << value << std::flush;
  return stream.good();
}

inline bool exists(const Hierarchy& hierarchy) { return access(hierarchy.directory().c_str(), F_OK) == 0; }

// Controllers of a pure v2 view.
inline bool v2_offers(const std::string& controller) {
  std::ifstream file("/sys/fs/cgroup/cgroup.controllers");
  for (std::string word; file >> word;)
    if (word == controller) return true;
  return false;
}

}  // namespace brig::cgroups::testing
