// Namespace files: what is taken for one, and what is refused without a hang.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys.h"
#include "runtime/namespaces/plan.h"
#include "tests/support/in_namespaces.h"
#include "tests/support/temporary_directory.h"

namespace brig::namespaces {
namespace {

using brig::testing::in_namespaces;
using brig::testing::TemporaryDirectory;

// A new pid namespace stands before it, so that the index in the pointer shows that the right entry is meant.
oci::Linux joining(int type, const std::string& path) {
  oci::Linux config;
  config.namespaces = {{.type = CLONE_NEWNS, .path = {}}, {.type = type, .path = path}};
  return config;
}

struct Refusal {
  Error::Kind kind;
  std::string text;
};

Refusal refusal_of(int type, const std::string& path) {
  Result<Plan> plan = open_plan(joining(type, path));
  if (plan.ok()) return {Error::Kind::kInternal, "was accepted"};
  return {plan.error().kind(), plan.error().to_string()};
}

void expect_refused(int type, const std::string& path, Error::Kind kind, const std::string& why) {
  const Refusal refusal = refusal_of(type, path);
  EXPECT_EQ(refusal.kind, kind) << refusal.text;
  EXPECT_NE(refusal.text.find(why), std::string::npos) << refusal.text;
  EXPECT_NE(refusal.text.find("/linux/namespaces/1/path"), std::string::npos) << refusal.text;
}

TEST(OpenPlanKernel, EachTypeOfNamespaceIsOpened) {
  struct File {
    int type;
    const char* path;
  };
  for (const File& file : {File{CLONE_NEWPID, "/proc/self/ns/pid"}, File{CLONE_NEWNET, "/proc/self/ns/net"},
                           File{CLONE_NEWIPC, "/proc/self/ns/ipc"}, File{CLONE_NEWUTS, "/proc/self/ns/uts"},
                           File{CLONE_NEWUSER, "/proc/self/ns/user"}, File{CLONE_NEWCGROUP, "/proc/self/ns/cgroup"},
                           File{CLONE_NEWTIME, "/proc/self/ns/time"}}) {
    Result<Plan> plan = open_plan(joining(file.type, file.path));
    ASSERT_TRUE(plan.ok()) << plan.error().to_string();
    ASSERT_EQ(plan.value().joins.size(), 1u);
    Result<int> type = sys::namespace_type(plan.value().joins[0].fd);
    ASSERT_TRUE(type.ok());
    EXPECT_EQ(type.value(), file.type);
  }
}

TEST(OpenPlanKernel, AnotherTypeIsRefused) {
  expect_refused(CLONE_NEWNET, "/proc/self/ns/ipc", Error::Kind::kConfig, "is not a network namespace");
  expect_refused(CLONE_NEWUSER, "/proc/self/ns/pid", Error::Kind::kConfig, "is not a user namespace");
}

TEST(OpenPlanKernel, WhatIsNoNamespaceIsRefusedWithoutOpeningIt) {
  const TemporaryDirectory dir;
  const std::string file = dir / "file", fifo = dir / "fifo", link = dir / "link";
  ASSERT_EQ(::mknod(file.c_str(), S_IFREG | 0600, 0), 0);
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  ASSERT_EQ(::symlink(fifo.c_str(), link.c_str()), 0);
  ::alarm(10);  // an open that blocks ends the test
  for (const std::string& path :
       {file, fifo, link, dir.path(), std::string("/dev/null"), std::string("/proc/self/status")})
    expect_refused(CLONE_NEWNET, path, Error::Kind::kUnsafe, "is not a namespace");
  ::alarm(0);
}

TEST(OpenPlanKernel, WhatIsMissingIsToldByItsPath) {
  expect_refused(CLONE_NEWNET, "/nonexistent/ns", Error::Kind::kSystem, "no such file or directory");
  expect_refused(CLONE_NEWNET, "/proc/self/ns/nonexistent", Error::Kind::kSystem, "/proc/self/ns/nonexistent");
}

TEST(OpenPlanKernel, AMountPointWhoseNamespaceFileIsGoneIsRefused) {
  const TemporaryDirectory dir;
  EXPECT_EQ(in_namespaces(CLONE_NEWNS | CLONE_NEWNET,
                          [&]() -> std::string {
                            const std::string pinned = dir / "net";
                            ::close(::open(pinned.c_str(), O_CREAT | O_CLOEXEC, 0600));
                            if (::mount("/proc/self/ns/net", pinned.c_str(), "", MS_BIND, "") != 0) return "no mount";
                            if (!open_plan(joining(CLONE_NEWNET, pinned)).ok()) return "a pinned namespace is refused";
                            if (::umount2(pinned.c_str(), 0) != 0) return "no unmount";
                            return refusal_of(CLONE_NEWNET, pinned).kind == Error::Kind::kUnsafe
                                       ? ""
                                       : "the file that is left is taken for a namespace";
                          }),
            "");
}

}  // namespace
}  // namespace brig::namespaces
