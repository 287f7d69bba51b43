#include "cgroups/cgroup_path.h"

#include <gtest/gtest.h>

#include <string>

namespace brig::cgroups {
namespace {

std::string of(const std::string& path, const std::string& id = "id") {
  const Result<std::string> checked = checked_path(path, id);
  return checked.ok() ? checked.value() : checked.error().to_string();
}

TEST(CgroupPath, IsCleaned) {
  EXPECT_EQ(of("/a//b/./c/"), "/a/b/c");
  EXPECT_EQ(of("a/b"), "a/b");
  EXPECT_EQ(of(""), "id");
  EXPECT_EQ(of("/" + std::string(255, 'x')), "/" + std::string(255, 'x'));
}

TEST(CgroupPath, NamesThatAreAlmostTheKernels) {
  for (const char* path : {"/cgroups", "/memory", "/cgroup", "/memories.x", "/a/..b", "/x.memory", "/_cpu.x", "/.cpu",
                           "/task", "/docker/abc.scope", "/system.slice", "/k8s/cri:0:abc"})
    EXPECT_EQ(of(path), path);
}

TEST(CgroupPath, RefusedWithItsReason) {
  const std::string place = "/linux/cgroupsPath";
  const auto expect = [&](const std::string& path, const std::string& reason) {
    const Result<std::string> checked = checked_path(path, "id");
    ASSERT_FALSE(checked.ok()) << path;
    EXPECT_EQ(checked.error().kind(), Error::Kind::kConfig) << path;
    EXPECT_EQ(checked.error().subject(), place);
    EXPECT_NE(checked.error().to_string().find(reason), std::string::npos) << checked.error().to_string();
  };
  expect("/a/../b", "must not contain \"..\"");
  expect("..", "must not contain \"..\"");
  expect("/", "must name a cgroup, not the root");
  expect("./", "must name a cgroup, not the root");
  expect("/a\nb", "must not contain a newline");
  expect("/" + std::string(256, 'x'), "has a component of 256 bytes; 255 are the most");
  std::string deep;
  while (deep.size() < 4096) deep += "/x";
  expect(deep, "is longer than a path may be");
  for (const char* name :
       {"cgroup.procs", "cgroup.x", "memory.max", "cpu.slice", "tasks", "release_agent", "net_cls.classid"})
    expect(std::string("/a/") + name + "/b", std::string("has the component \"") + name + "\"");
}

// The id is no choice of who writes the configuration.
TEST(CgroupPath, AnIdIsKeptOutOfTheKernelsNames) {
  EXPECT_EQ(of("", "memory.x"), "_memory.x");
  EXPECT_EQ(of("", "tasks"), "_tasks");
  EXPECT_EQ(of("", "memory"), "memory");
}

TEST(CgroupPath, TheFormOfSystemdIsNoPath) {
  const Result<std::string> checked = checked_path("system.slice:docker:abc", "id");
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().kind(), Error::Kind::kUnsupported);
  EXPECT_NE(checked.error().to_string().find("slice:prefix:name"), std::string::npos);
}

}  // namespace
}  // namespace brig::cgroups
