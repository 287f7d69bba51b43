#include "runtime/cli/environment.h"

#include <gtest/gtest.h>

namespace brig::cli {
namespace {

TEST(Environment, PrivilegesThatTheCallerDidNotHave) {
  struct Case {
    const char* what;
    Execution execution;
    bool gained;
  };
  const Case cases[] = {
      {"plain", {.secure = false, .uid = 1000, .euid = 1000, .gid = 1000, .egid = 1000}, false},
      {"root", {.secure = false, .has_capabilities = true}, false},
      {"set-user-ID", {.secure = true, .uid = 1000, .euid = 0, .gid = 1000, .egid = 1000}, true},
      {"set-group-ID", {.secure = true, .uid = 1000, .euid = 1000, .gid = 1000, .egid = 0}, true},
      {"file capabilities",
       {.secure = true, .uid = 1000, .euid = 1000, .gid = 1000, .egid = 1000, .has_capabilities = true},
       true},
      {"domain transition of root", {.secure = true, .has_capabilities = true}, false},
      {"domain transition of a user", {.secure = true, .uid = 1000, .euid = 1000, .gid = 1000, .egid = 1000}, false},
      {"root executes a set-user-ID file of a user", {.secure = true, .uid = 0, .euid = 1000}, true},
  };
  for (const Case& c : cases) EXPECT_EQ(gained_privileges(c.execution), c.gained) << c.what;
}

TEST(Environment, GivenRootBecomesAbsolute) {
  EXPECT_EQ(absolute_root("/run/x").value(), "/run/x");
  const Result<std::string> relative = absolute_root("state");
  ASSERT_TRUE(relative.ok());
  EXPECT_EQ(relative.value().front(), '/');
  EXPECT_TRUE(relative.value().ends_with("/state")) << relative.value();
}

TEST(Environment, TheMachinesRootIsNoPlaceForState) {
  for (const char* root : {"/", "//", "/.", "/x/.."}) EXPECT_FALSE(absolute_root(root).ok()) << root;
}

}  // namespace
}  // namespace brig::cli
