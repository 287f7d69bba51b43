#include "cgroups/entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brig::cgroups {
namespace {

using ::testing::ElementsAre;

Location v1() {
  Location location;
  location.hierarchies = {{.controllers = {"cpu", "cpuacct"}, .mount = "/cpu", .path = "/c"},
                          {.controllers = {"memory"}, .mount = "/memory", .path = "/c"}};
  return location;
}

Location v2() {
  Location location;
  location.hierarchies = {{.controllers = {}, .unified = true, .mount = "/sys/fs/cgroup", .path = "/c"}};
  return location;
}

std::vector<std::string> paths(const Location& location, const std::vector<std::string>& wanted) {
  auto found = sub_cgroups(location, wanted);
  return found.ok() ? std::move(found).value() : std::vector<std::string>{found.error().id()};
}

TEST(SubCgroups, APathIsForEveryHierarchy) {
  EXPECT_THAT(paths(v1(), {}), ElementsAre("/", "/"));
  EXPECT_THAT(paths(v1(), {"a//b/."}), ElementsAre("/a/b", "/a/b"));
  EXPECT_THAT(paths(v2(), {"/"}), ElementsAre("/"));
  EXPECT_THAT(paths(v2(), {"/a"}), ElementsAre("/a"));
}

TEST(SubCgroups, ControllersHaveTheirOwn) {
  EXPECT_THAT(paths(v1(), {"memory:a"}), ElementsAre("/", "/a"));
  EXPECT_THAT(paths(v1(), {"memory:a", "cpuacct:b"}), ElementsAre("/b", "/a"));
  EXPECT_THAT(paths(v1(), {"cpu,memory:a"}), ElementsAre("/a", "/a"));
}

TEST(SubCgroups, WhatLeadsOutOrCanNotBeMeantIsRefused) {
  for (const std::vector<std::string>& wanted : std::vector<std::vector<std::string>>{
           {".."}, {"a/../b"}, {"/../x"}, {"memory:.."}, {"nosuch:a"}, {"memory,nosuch:a"}, {"a", "b"}, {":a"}})
    EXPECT_THAT(paths(v1(), wanted), ElementsAre("usage")) << wanted.front();
  EXPECT_THAT(paths(v2(), {"memory:a"}), ElementsAre("usage"));
}

}  // namespace
}  // namespace brig::cgroups
