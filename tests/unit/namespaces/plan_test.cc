// Who creates, who joins, and which plans need a process between.
#include "runtime/namespaces/plan.h"

#include <gtest/gtest.h>
#include <sched.h>

#include "runtime/namespaces/id_maps.h"

namespace brig::namespaces {
namespace {

constexpr std::uint64_t kNone = 0;

oci::Namespace make(int type) { return {.type = type, .path = {}}; }
oci::Namespace join_to(int type) { return {.type = type, .path = "/proc/1/ns/x"}; }
const std::vector<oci::TimeOffset> kOffsets = {{.clock = "monotonic", .secs = -5, .nanosecs = 7},
                                               {.clock = "boottime", .secs = 9, .nanosecs = 0}};

TEST(NamespacesPlan, NothingIsAPlanToo) {
  const Plan plan = make_plan({}, {});
  EXPECT_EQ(plan.clone_flags, kNone);
  EXPECT_TRUE(plan.joins.empty());
  EXPECT_FALSE(plan.intermediate || plan.new_user || plan.joined_user || plan.new_cgroup);
}

TEST(NamespacesPlan, NewOnesAreMadeByOneClone) {
  const Plan plan = make_plan({make(CLONE_NEWPID), make(CLONE_NEWNET), make(CLONE_NEWIPC), make(CLONE_NEWUTS),
                               make(CLONE_NEWNS), make(CLONE_NEWUSER), make(CLONE_NEWTIME)},
                              {});
  EXPECT_EQ(plan.clone_flags, static_cast<std::uint64_t>(CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
                                                         CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWTIME));
  EXPECT_FALSE(plan.intermediate);
  EXPECT_TRUE(plan.new_user);
  EXPECT_FALSE(plan.intermediate_new_user);
}

TEST(NamespacesPlan, TheCgroupNamespaceIsInitsToMake) {
  const Plan plan = make_plan({make(CLONE_NEWCGROUP)}, {});
  EXPECT_EQ(plan.clone_flags, kNone);
  EXPECT_TRUE(plan.new_cgroup);
  EXPECT_FALSE(make_plan({join_to(CLONE_NEWCGROUP)}, {}).new_cgroup);
}

TEST(NamespacesPlan, TheUserNamespaceIsJoinedLast) {
  const Plan plan = make_plan({join_to(CLONE_NEWUSER), join_to(CLONE_NEWNET), join_to(CLONE_NEWIPC)}, {});
  ASSERT_EQ(plan.joins.size(), 3u);
  EXPECT_EQ(plan.joins[0].type, CLONE_NEWNET);
  EXPECT_EQ(plan.joins[1].type, CLONE_NEWIPC);
  EXPECT_EQ(plan.joins[2].type, CLONE_NEWUSER);
  EXPECT_TRUE(plan.joined_user);
  EXPECT_FALSE(plan.new_user);
  EXPECT_EQ(plan.clone_flags, kNone);
}

struct Case {
  const char* name;
  std::vector<oci::Namespace> namespaces;
  bool offsets;
  bool intermediate, intermediate_new_user;
  std::uint64_t clone_flags;
};

class ProcessBetween : public ::testing::TestWithParam<Case> {};

TEST_P(ProcessBetween, OnlyWhereTheKernelMakesItNecessary) {
  const Case& c = GetParam();
  const Plan plan = make_plan(c.namespaces, c.offsets ? kOffsets : std::vector<oci::TimeOffset>());
  EXPECT_EQ(plan.intermediate, c.intermediate);
  EXPECT_EQ(plan.intermediate_new_user, c.intermediate_new_user);
  EXPECT_EQ(plan.clone_flags, c.clone_flags);
  EXPECT_EQ(plan.time_offsets.empty(), !c.offsets);
}

INSTANTIATE_TEST_SUITE_P(
    NamespacesPlan, ProcessBetween,
    ::testing::Values(
        Case{"joins_of_others",
             {join_to(CLONE_NEWNET), join_to(CLONE_NEWIPC), make(CLONE_NEWPID)},
             false,
             false,
             false,
             CLONE_NEWPID},
        Case{"joined_mount", {join_to(CLONE_NEWNS)}, false, false, false, kNone},
        Case{"joined_time", {join_to(CLONE_NEWTIME)}, false, false, false, kNone},
        Case{"joined_pid", {join_to(CLONE_NEWPID), make(CLONE_NEWNS)}, false, true, false, CLONE_NEWNS},
        Case{"joined_user", {join_to(CLONE_NEWUSER), make(CLONE_NEWNS)}, false, true, false, CLONE_NEWNS},
        Case{"new_user_beside_a_join", {make(CLONE_NEWUSER), join_to(CLONE_NEWNET)}, false, true, false, CLONE_NEWUSER},
        Case{"offsets", {make(CLONE_NEWTIME), make(CLONE_NEWPID)}, true, true, false, CLONE_NEWPID},
        Case{"offsets_and_new_user",
             {make(CLONE_NEWTIME), make(CLONE_NEWUSER), make(CLONE_NEWPID)},
             true,
             true,
             true,
             CLONE_NEWPID},
        Case{"offsets_and_joined_user", {make(CLONE_NEWTIME), join_to(CLONE_NEWUSER)}, true, true, false, kNone}),
    [](const ::testing::TestParamInfo<Case>& test) { return test.param.name; });

TEST(NamespacesPlan, OffsetsAreLinesForTimensOffsets) {
  EXPECT_EQ(make_plan({make(CLONE_NEWTIME)}, kOffsets).time_offsets, "monotonic -5 7\nboottime 9 0\n");
}

TEST(IdMaps, AreLinesForUidMap) {
  EXPECT_EQ(id_map_text({}), "");
  EXPECT_EQ(id_map_text({{.container_id = 0, .host_id = 100000, .size = 65536}}), "0 100000 65536\n");
  EXPECT_EQ(id_map_text({{.container_id = 0, .host_id = 1000, .size = 1},
                         {.container_id = 1, .host_id = 4294967294, .size = 4294967295}}),
            "0 1000 1\n1 4294967294 4294967295\n");
}

}  // namespace
}  // namespace brig::namespaces
