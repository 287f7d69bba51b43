// Children by pidfd, and stamps of two processes.
#include "runtime/process/child.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/process/steps.h"

namespace brig::process {
namespace {

Child make_child(int status = -1) {
  Result<sys::Cloned> cloned = sys::clone3(0, std::nullopt);
  EXPECT_TRUE(cloned.ok());
  if (cloned.value().pid == 0) {
    while (status < 0) ::pause();
    ::_exit(status);
  }
  return Child(cloned.value().pid, std::move(cloned.value().pidfd));
}

bool exists(pid_t pid) { return ::kill(pid, 0) == 0; }

TEST(ChildKernel, TheDestructorKillsAndReaps) {
  pid_t pid = -1;
  {
    const Child child = make_child();
    pid = child.pid();
    EXPECT_TRUE(exists(pid));
  }
  EXPECT_FALSE(exists(pid));
  EXPECT_EQ(::waitpid(pid, nullptr, WNOHANG), -1);
}

TEST(ChildKernel, WaitTellsHowItEnded) {
  Child child = make_child(7);
  Result<sys::Exit> exit = child.wait();
  ASSERT_TRUE(exit.ok());
  EXPECT_EQ(describe(exit.value()), "exit status 7");
}

TEST(ChildKernel, WaitTellsTheSignal) {
  Child child = make_child();
  ASSERT_TRUE(sys::pidfd_send_signal(child.pidfd(), SIGTERM).ok());
  Result<sys::Exit> exit = child.wait();
  ASSERT_TRUE(exit.ok());
  EXPECT_EQ(describe(exit.value()), "signal 15");
}

TEST(ChildKernel, AReleasedChildLivesOn) {
  Child child = make_child();
  const pid_t pid = child.pid();
  child.release();
  child = Child();
  EXPECT_TRUE(exists(pid));
  ::kill(pid, SIGKILL);
  EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
}

TEST(ChildKernel, AssignmentEndsTheOneBefore) {
  Child child = make_child();
  const pid_t first = child.pid();
  child = make_child();
  EXPECT_FALSE(exists(first));
  EXPECT_TRUE(exists(child.pid()));
  const Child moved = std::move(child);
  EXPECT_TRUE(exists(moved.pid()));
}

TEST(StepsKernel, TwoProcessesStampAtOnce) {
  Result<Steps> made = Steps::make();
  ASSERT_TRUE(made.ok());
  Steps steps = std::move(made).value();
  constexpr int kEach = 40;
  const pid_t child = ::fork();
  if (child == 0) steps.set_process("init");
  for (int i = 0; i < kEach; ++i) steps.stamp("step " + std::to_string(i));
  if (child == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  int ours = 0, theirs = 0;
  for (const StepRecord& record : steps.records()) {
    int& next = std::string_view(record.process) == "init" ? theirs : ours;
    EXPECT_EQ(record.step, "step " + std::to_string(next));
    ++next;
  }
  EXPECT_EQ(ours, kEach);
  EXPECT_EQ(theirs, kEach);
}

}  // namespace
}  // namespace brig::process
