// Hooks as real programs of the host.
#include "runtime/process/hooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "base/run_program.h"
#include "base/sys.h"
#include "base/text.h"
#include "tests/support/file_content.h"
#include "tests/support/temporary_directory.h"

namespace brig::process {
namespace {

using brig::testing::content_of;
using brig::testing::TemporaryDirectory;

oci::Hook shell(const std::string& script) {
  return {.path = "/bin/sh", .args = {"sh", "-c", script}, .env = {}, .timeout = std::nullopt};
}

std::string failure_of(const oci::Hook& hook, const std::string& state = "{}") {
  Result<void> ran = run_hooks("createRuntime", {hook}, {.state = state});
  return ran.ok() ? "" : ran.error().to_string();
}

TEST(HooksKernel, TheStateIsOnStdinAndTheEnvironmentIsTheHooksOwn) {
  const TemporaryDirectory dir;
  ::setenv("BRIG_TEST_OF_ENVIRONMENT", "leaked", 1);
  oci::Hook hook = shell("cat >" + dir / "state" + "; /usr/bin/env >" + dir / "env");
  EXPECT_EQ(failure_of(hook, R"({"id":"x"})"), "");
  ::unsetenv("BRIG_TEST_OF_ENVIRONMENT");
  EXPECT_EQ(content_of(dir / "state"), R"({"id":"x"})");
  // The shell makes PWD and a few of its own; nothing else is there.
  EXPECT_EQ(content_of(dir / "env").find("BRIG_TEST"), std::string::npos);
  EXPECT_EQ(content_of(dir / "env").find("HOME="), std::string::npos);
  hook.env = std::vector<std::string>{"A=b"};
  EXPECT_EQ(failure_of(hook), "");
  EXPECT_NE(content_of(dir / "env").find("A=b\n"), std::string::npos);
}

TEST(RunProgramKernel, DescriptorsZeroToTwoAndNoOther) {
  const int inherited = ::dup(0);  // not close-on-exec
  Result<ProgramEnd> end = run_program(
      {.path = "/bin/ls", .args = {"ls", "/proc/self/fd"}, .env = {}, .input = {}, .timeout_ms = std::nullopt});
  ::close(inherited);
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(end.value().output, "0\n1\n2\n3\n");  // 3 is the directory that ls reads
}

// A state that a pipe does not hold at once: the write that follows the hook's end must not end us by SIGPIPE.
TEST(HooksKernel, AHookThatDoesNotReadItsStdinIsFine) {
  EXPECT_EQ(
      failure_of({.path = "/bin/true", .args = {}, .env = {}, .timeout = std::nullopt}, std::string(1 << 20, 'x')), "");
  EXPECT_EQ(failure_of(shell("exec <&-; sleep 0.1"), std::string(1 << 20, 'x')), "");
}

TEST(HooksKernel, AStateLongerThanAPipeArrivesWhole) {
  const TemporaryDirectory dir;
  EXPECT_EQ(failure_of(shell("wc -c >" + dir / "size"), std::string(300'000, 'x')), "");
  EXPECT_EQ(content_of(dir / "size"), "300000\n");
}

TEST(HooksKernel, AFailureTellsWhichHookHowAndWhatItSaid) {
  EXPECT_THAT(
      failure_of(shell("echo out; echo; echo no disk >&2; exit 3")),
      ::testing::MatchesRegex("createRuntime hook #0 `/bin/sh`: exit status 3 after [0-9]+ ms: out [|] no disk"));
  EXPECT_THAT(failure_of(shell("kill -TERM $$")),
              ::testing::MatchesRegex("createRuntime hook #0 `/bin/sh`: signal 15 after [0-9]+ ms"));
}

// By this kind `start` knows that the container has to end.
TEST(HooksKernel, EveryFailureIsOfTheHooksKind) {
  for (const oci::Hook& hook :
       {shell("exit 1"), oci::Hook{.path = "/nonexistent", .args = {}, .env = {}, .timeout = {}}}) {
    const Result<void> ran = run_hooks("prestart", {hook}, {.state = "{}"});
    ASSERT_FALSE(ran.ok());
    EXPECT_EQ(ran.error().kind(), Error::Kind::kHook);
    EXPECT_EQ(ran.error().id(), "hook");
  }
}

TEST(HooksKernel, TheFirstThatFailsIsTheLastThatRuns) {
  const TemporaryDirectory dir;
  const Result<void> ran = run_hooks(
      "prestart",
      {shell("echo 0 >>" + dir / "log"), shell("echo 1 >>" + dir / "log; exit 1"), shell("echo 2 >>" + dir / "log")},
      {.state = "{}"});
  ASSERT_FALSE(ran.ok());
  EXPECT_NE(ran.error().to_string().find("prestart hook #1"), std::string::npos);
  EXPECT_EQ(content_of(dir / "log"), "0\n1\n");
}

TEST(HooksKernel, OneThatOnlyWarnsDoesNotStopTheOthers) {
  const TemporaryDirectory dir;
  run_hooks_warning("poststop", {shell("exit 1"), shell("echo 1 >>" + dir / "log")}, {.state = "{}"});
  EXPECT_EQ(content_of(dir / "log"), "1\n");
}

TEST(HooksKernel, StartsInItsDirectoryAndElsewhereIfItCanNotGoThere) {
  const TemporaryDirectory dir;
  const oci::Hook hook = shell("pwd -P >" + dir / "pwd");
  ASSERT_TRUE(run_hooks("createRuntime", {hook}, {.state = "{}", .directory = dir.path()}).ok());
  EXPECT_EQ(content_of(dir / "pwd"), dir.path() + "\n");
  ASSERT_TRUE(run_hooks("poststop", {hook}, {.state = "{}", .directory = dir / "gone"}).ok());
  EXPECT_EQ(content_of(dir / "pwd"), std::filesystem::current_path().string() + "\n");
}

TEST(HooksKernel, AHookThatIsNotThereIsToldInTheSystemsWords) {
  const std::string told = failure_of({.path = "/nonexistent/hook", .args = {}, .env = {}, .timeout = std::nullopt});
  EXPECT_NE(told.find("exit status 127"), std::string::npos) << told;
  EXPECT_NE(told.find("no such file or directory"), std::string::npos) << told;
}

TEST(HooksKernel, TheTimeoutEndsTheWholeGroup) {
  const TemporaryDirectory dir;
  oci::Hook hook = shell("sleep 1000 & echo $! >" + dir / "pid" + "; wait");
  hook.timeout = 1;
  const std::string told = failure_of(hook);
  EXPECT_NE(told.find("no end after 1"), std::string::npos) << told;
  const pid_t left = std::stoi(content_of(dir / "pid"));
  // Somebody else's child by now: dead at once, reaped when its new parent comes to it.
  bool gone = false;
  for (int tries = 0; tries < 100 && !gone; ++tries, ::usleep(10'000)) {
    const std::string stat = content_of("/proc/" + std::to_string(left) + "/stat");
    gone = stat.empty() || stat.find(") Z ") != std::string::npos;
  }
  EXPECT_TRUE(gone);
}

TEST(HooksKernel, ATimeoutOfManyYearsIsNoneThatHasPassed) {
  oci::Hook hook = shell("sleep 0.05");
  hook.timeout = std::numeric_limits<int>::max();
  EXPECT_EQ(failure_of(hook), "");
}

TEST(RunProgramKernel, OnlyTheEndOfTheOutputIsKept) {
  Result<ProgramEnd> end = run_program({.path = "/bin/sh",
                                        .args = {"sh", "-c", "head -c 200000 /dev/zero | tr '\\0' x; echo last"},
                                        .env = {"PATH=/bin:/usr/bin"},
                                        .input = {},
                                        .timeout_ms = std::nullopt});
  ASSERT_TRUE(end.ok());
  EXPECT_TRUE(end.value().ok());
  EXPECT_EQ(end.value().output.size(), 1024u);
  EXPECT_TRUE(end.value().output.ends_with("xlast\n"));
}

ProgramEnd end_of(const char* script) {
  Result<ProgramEnd> end = run_program({.path = "/bin/sh",
                                        .args = {"sh", "-c", script},
                                        .env = {"PATH=/bin:/usr/bin"},
                                        .input = {},
                                        .timeout_ms = 20'000});
  EXPECT_TRUE(end.ok());
  return std::move(end).value();
}

// What it leaves running holds the output open, and may write for ever.
TEST(RunProgramKernel, WhatIsLeftRunningIsNotWaitedFor) {
  const std::uint64_t before = sys::monotonic_ns();
  const ProgramEnd silent = end_of("sleep 5 & echo $!");
  EXPECT_TRUE(silent.ok());
  EXPECT_TRUE(end_of("yes &").ok());  // ends by SIGPIPE
  EXPECT_LT(sys::monotonic_ns() - before, 4'000'000'000u);

  const auto sleeper = text::parse_int<pid_t>(text::trim(silent.output));
  ASSERT_TRUE(sleeper.has_value());
  EXPECT_EQ(::kill(*sleeper, SIGKILL), 0);
}

TEST(RunProgramKernel, TheCallersSigpipeIsAsItWas) {
  struct sigaction before = {}, after = {};
  ::sigaction(SIGPIPE, nullptr, &before);
  ASSERT_TRUE(run_program({.path = "/bin/true", .args = {}, .env = {}, .input = "x", .timeout_ms = {}}).ok());
  ::sigaction(SIGPIPE, nullptr, &after);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
}

}  // namespace
}  // namespace brig::process
