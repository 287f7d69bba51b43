#include "seccomp/allows.h"

#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <sched.h>

#include <iterator>

#include "tests/unit/seccomp/profiles.h"

namespace brig::seccomp {
namespace {

using namespace brig::testing;

bool allows_with(const Filter& filter, const std::string& call, std::uint64_t argument = 0) {
  const std::uint64_t arguments[] = {argument};
  return allows(filter, call, arguments);
}

TEST(Allows, WhatDockersDefaultProfileDoes) {
  const Filter filter = std::move(compile(docker_default())).value();
  EXPECT_TRUE(allows_with(filter, "read"));
  EXPECT_TRUE(allows_with(filter, "clone", CLONE_PARENT));
  EXPECT_FALSE(allows_with(filter, "clone", CLONE_NEWNS));
  EXPECT_FALSE(allows_with(filter, "clone3"));
  EXPECT_FALSE(allows_with(filter, "kexec_load"));
  EXPECT_FALSE(allows_with(filter, "nosuch"));
}

TEST(Allows, NothingButTheActionAllow) {
  for (const char* action : {"SCMP_ACT_LOG", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP", "SCMP_ACT_KILL", "SCMP_ACT_ERRNO"})
    EXPECT_FALSE(allows_with(std::move(compile(oci::Seccomp{.default_action = action})).value(), "clone")) << action;
  EXPECT_TRUE(allows_with(std::move(compile(oci::Seccomp{.default_action = "SCMP_ACT_ALLOW"})).value(), "clone"));
}

TEST(Allows, NothingByWhatIsNoProgram) {
  const sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  EXPECT_TRUE(allows_with({.program = {allow}}, "clone"));
  EXPECT_FALSE(allows_with({}, "clone"));
  EXPECT_FALSE(allows_with({.program = {BPF_STMT(BPF_JMP | BPF_JA, 5), allow}}, "clone"));
  EXPECT_FALSE(allows_with({.program = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, sizeof(seccomp_data)), allow}}, "clone"));
  EXPECT_FALSE(allows_with({.program = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0xFFFFFFFC), allow}}, "clone"));
  EXPECT_FALSE(allows_with({.program = {BPF_STMT(BPF_MISC | BPF_TAX, 0), allow}}, "clone"));
}

}  // namespace
}  // namespace brig::seccomp
