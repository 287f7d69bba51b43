#include "seccomp/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/seccomp.h>

#include <set>
#include <string>

#include "tests/unit/seccomp/profiles.h"

namespace brig::seccomp {
namespace {

using namespace brig::testing;

TEST(Names, OfActionsAndOperatorsAreLibseccomps) {
  const std::vector<std::string_view> actions = action_names();
  EXPECT_EQ(actions.size(), 9U);
  for (const std::string_view name : actions) {
    const auto word = action_from(name);
    ASSERT_TRUE(word) << name;
    if (name == "SCMP_ACT_NOTIFY")
      EXPECT_EQ(word->action, SCMP_ACT_NOTIFY);
    else
      EXPECT_EQ(word->action, reference_action(std::string(name), 0)) << name;
    EXPECT_EQ(word->has_data, name == "SCMP_ACT_ERRNO" || name == "SCMP_ACT_TRACE") << name;
  }
  EXPECT_THAT(operator_names(), ::testing::ElementsAre("SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ",
                                                       "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"));
  EXPECT_FALSE(action_from("SCMP_ACT") || operator_from("=="));
}

TEST(Names, OfArchitecturesAreEachThereOnce) {
  const std::vector<std::string_view> names = architecture_names();
  EXPECT_EQ(std::set<std::string_view>(names.begin(), names.end()).size(), 23U);
  for (const std::string_view name : names) EXPECT_TRUE(is_architecture_name(name)) << name;
  EXPECT_FALSE(is_architecture_name("X86") || is_architecture_name("SCMP_ARCH_NATIVE"));
}

TEST(Names, OfFlagsAreTheKernels) {
  EXPECT_EQ(flag_from("SECCOMP_FILTER_FLAG_TSYNC"), SECCOMP_FILTER_FLAG_TSYNC);
  EXPECT_EQ(flag_from("SECCOMP_FILTER_FLAG_LOG"), SECCOMP_FILTER_FLAG_LOG);
  EXPECT_EQ(flag_from("SECCOMP_FILTER_FLAG_SPEC_ALLOW"), SECCOMP_FILTER_FLAG_SPEC_ALLOW);
  EXPECT_EQ(flag_from("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"), 1U << 5);
  EXPECT_EQ(flag_names().size(), 4U);
  EXPECT_FALSE(flag_from("SECCOMP_FILTER_FLAG_NEW_LISTENER"));  // the runtime's to set
}

// Three of them are older than the oldest kernel that brig runs on.
TEST(Names, OfSupportedFlagsAreAmongThem) {
  EXPECT_THAT(flag_names(), ::testing::IsSupersetOf(supported_flag_names()));
  EXPECT_THAT(supported_flag_names(), ::testing::IsSupersetOf({"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
                                                               "SECCOMP_FILTER_FLAG_SPEC_ALLOW"}));
}

}  // namespace
}  // namespace brig::seccomp
