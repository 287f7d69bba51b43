#include "runtime/container/exec_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/container/kept_filter.h"

namespace brig::container {
namespace {

using ::testing::ElementsAre;

TEST(ExecProcess, WhatIsNotGivenStays) {
  oci::Process process;
  process.cwd = "/srv";
  process.env = {"A=1"};
  process.user = {.uid = 1, .gid = 2, .umask = {}, .additional_gids = {3}};
  process.no_new_privileges = true;
  apply_changes({}, process);
  EXPECT_EQ(process.cwd, "/srv");
  EXPECT_THAT(process.env, ElementsAre("A=1"));
  EXPECT_EQ(process.user.uid, 1u);
  EXPECT_THAT(process.user.additional_gids, ElementsAre(3u));
  EXPECT_TRUE(process.no_new_privileges);
}

TEST(ExecProcess, AVariableTakesThePlaceOfItsNamesake) {
  oci::Process process;
  process.env = {"A=1", "AB=2", "C=3"};
  apply_changes({.env = {"AB=x=y", "D=4", "A="}}, process);
  EXPECT_THAT(process.env, ElementsAre("A=", "AB=x=y", "C=3", "D=4"));
}

// CVE-2022-29162.
TEST(ExecProcess, CapabilitiesAreNeverMadeInheritable) {
  oci::Process process;
  process.capabilities.inheritable = 0b01;
  apply_changes({.capabilities = 0b11}, process);
  EXPECT_EQ(process.capabilities.inheritable, 0b01u);
  EXPECT_EQ(process.capabilities.ambient, 0b01u);
  EXPECT_EQ(process.capabilities.permitted, 0b11u);
  EXPECT_EQ(process.capabilities.effective, 0b11u);
  EXPECT_EQ(process.capabilities.bounding, 0b11u);
}

TEST(KeptFilter, ComesBackAsItWasAndEveryOtherLengthIsRefused) {
  const seccomp::Filter before = {.program = {{6, 0, 0, 0x7FFF0000}, {6, 0, 0, 1}}, .flags = 5};
  const std::string bytes = encode_filter(before);
  Result<seccomp::Filter> after = decode_filter(bytes);
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(after.value().flags, 5u);
  ASSERT_EQ(after.value().program.size(), 2u);
  EXPECT_EQ(after.value().program[1].k, 1u);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_filter(bytes.substr(0, size)).ok()) << size;
  EXPECT_FALSE(decode_filter(bytes + "x").ok());
  EXPECT_FALSE(decode_filter(encode_filter({})).ok());
}

}  // namespace
}  // namespace brig::container
