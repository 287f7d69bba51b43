#include "runtime/cli/environment.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <string>

#include "tests/support/in_namespaces.h"

namespace brig::cli {
namespace {

// "" if descriptor `number` is /dev/null and stays open over execve.
std::string check_null(int number) {
  struct stat status = {};
  const std::string name = "descriptor " + std::to_string(number);
  if (fstat(number, &status) != 0) return name + " is closed";
  if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3)) return name + " is not /dev/null";
  if ((fcntl(number, F_GETFD) & FD_CLOEXEC) != 0) return name + " is close-on-exec";
  return {};
}

// `closed` are closed in a child, then filled; "" if these and only these are /dev/null.
std::string fill(const std::string& closed) {
  return testing::in_namespaces(0, [&]() -> std::string {
    // The answer's pipe took the lowest free numbers; it must not sit at 0, 1 or 2.
    const int spare = open("/dev/zero", O_RDWR | O_CLOEXEC);
    for (int number = 0; number <= 2; ++number) dup2(spare, number);
    close(spare);
    const int next_free = dup(0);
    close(next_free);
    for (const char digit : closed) close(digit - '0');
    if (!fill_standard_descriptors().ok()) return "failed";
    for (int number = 0; number <= 2; ++number) {
      const bool was_closed = closed.find(static_cast<char>('0' + number)) != std::string::npos;
      const std::string wrong = check_null(number);
      if (was_closed && !wrong.empty()) return wrong;
      if (!was_closed && wrong.empty()) return "an open descriptor was replaced";
    }
    const int after = dup(0);
    return after == next_free ? "" : "a descriptor leaked";
  });
}

TEST(StandardDescriptors, ThoseThatAreClosedBecomeDevNull) {
  for (const char* closed : {"", "0", "1", "2", "01", "02", "12", "012"}) EXPECT_EQ(fill(closed), "") << closed;
}

// default_root() in a child with this XDG_RUNTIME_DIR (nullptr: unset), and "error: " and its text if it fails.
std::string default_root_with(int namespaces, const char* runtime_dir) {
  return testing::in_namespaces(namespaces, [&]() -> std::string {
    unsetenv("XDG_RUNTIME_DIR");
    if (runtime_dir != nullptr) setenv("XDG_RUNTIME_DIR", runtime_dir, 1);
    setenv("USER", "root", 1);
    const Result<std::string> root = default_root();
    return root.ok() ? root.value() : "error: " + root.error().to_string();
  });
}

TEST(DefaultRoot, OfRootIsFixed) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  EXPECT_EQ(default_root_with(0, nullptr), "/run/brig");
  EXPECT_EQ(default_root_with(0, "/tmp"), "/run/brig");
}

TEST(DefaultRoot, InAUserNamespaceIsBelowTheRuntimeDirectory) {
  EXPECT_EQ(default_root_with(CLONE_NEWUSER, "/tmp"), "/tmp/brig");
}

TEST(DefaultRoot, InAUserNamespaceNeedsTheRuntimeDirectory) {
  const std::string hint = " (set it, or say with --root where the state of containers is kept)";
  EXPECT_EQ(default_root_with(CLONE_NEWUSER, nullptr), "error: XDG_RUNTIME_DIR is not set to an absolute path" + hint);
  EXPECT_EQ(default_root_with(CLONE_NEWUSER, "relative"),
            "error: XDG_RUNTIME_DIR is not set to an absolute path" + hint);
  EXPECT_EQ(default_root_with(CLONE_NEWUSER, "/proc/nonexistent"),
            "error: find default root: XDG_RUNTIME_DIR: open `/proc/nonexistent`: no such file or directory");
}

// Root of a user namespace is not the machine's root, though its effective user ID is 0 there.
TEST(DefaultRoot, OfRootInAUserNamespaceIsBelowTheRuntimeDirectory) {
  const std::string root = testing::in_namespaces(0, []() -> std::string {
    const std::string outer = std::to_string(geteuid());
    if (unshare(CLONE_NEWUSER) != 0) return "unshare failed";
    const int map = open("/proc/self/uid_map", O_WRONLY);
    const std::string line = "0 " + outer + " 1";
    if (write(map, line.data(), line.size()) != static_cast<ssize_t>(line.size())) return "mapping failed";
    if (geteuid() != 0) return "not root there";
    setenv("XDG_RUNTIME_DIR", "/tmp", 1);
    const Result<std::string> found = default_root();
    return found.ok() ? found.value() : "error: " + found.error().to_string();
  });
  EXPECT_EQ(root, "/tmp/brig");
}

TEST(Privileges, OfATestAreItsCallers) { EXPECT_TRUE(refuse_gained_privileges().ok()); }

}  // namespace
}  // namespace brig::cli
