// What a container is, from facts about processes and sockets.
#include "runtime/container/status.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "base/sys.h"
#include "tests/support/temporary_directory.h"

namespace brig::container {
namespace {

using brig::testing::TemporaryDirectory;

class StatusKernel : public ::testing::Test {
 protected:
  void SetUp() override {
    child_ = ::fork();
    if (child_ == 0)
      for (;;) ::pause();
    record_.id = "c1";
    record_.ready = true;
    record_.init = identify(child_, proc_).value();
  }
  void TearDown() override { end_child(); }
  void end_child() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }
  oci::Status status() const { return status_of(directory_, record_, proc_).value(); }
  UniqueFd listen(int backlog) const {
    UniqueFd socket = sys::unix_socket(SOCK_SEQPACKET).value();
    EXPECT_TRUE(sys::bind_unix(socket, directory_.fd(), kStartSocket).ok());
    EXPECT_TRUE(sys::listen(socket, backlog).ok());
    return socket;
  }

  TemporaryDirectory dir_;
  ProcDir proc_ = ProcDir::open().value();
  Directory directory_ = Directory::claim({.root = dir_.path(), .root_given = true, .manager = {}}, "c1").value();
  Record record_;
  pid_t child_ = -1;
};

TEST_F(StatusKernel, AnUnfinishedCreateIsCreating) {
  record_.ready = false;
  EXPECT_EQ(status(), oci::Status::kCreating);
}

TEST_F(StatusKernel, AnInitThatRunsIsRunning) { EXPECT_EQ(status(), oci::Status::kRunning); }

TEST_F(StatusKernel, OneThatListensIsCreated) {
  {
    const UniqueFd socket = listen(8);
    EXPECT_EQ(status(), oci::Status::kCreated);
  }
  EXPECT_EQ(status(), oci::Status::kRunning);  // the name is left, nobody answers
}

// An init that is stopped accepts nobody: the question must not wait for it, however often it is asked.
TEST_F(StatusKernel, OneThatListensAndDoesNotAnswerIsCreated) {
  const UniqueFd socket = listen(1);
  ::alarm(10);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status(), oci::Status::kCreated);
  ::alarm(0);
}

TEST_F(StatusKernel, ADeadInitIsStopped) {
  ::kill(child_, SIGKILL);
  siginfo_t info = {};
  ::waitid(P_PID, static_cast<id_t>(child_), &info, WEXITED | WNOWAIT);
  EXPECT_EQ(status(), oci::Status::kStopped);  // a zombie
  end_child();
  EXPECT_EQ(status(), oci::Status::kStopped);
  Result<UniqueFd> process = open_process(record_.init, proc_);
  ASSERT_FALSE(process.ok());
  EXPECT_EQ(process.error().code(), ESRCH);
  EXPECT_EQ(process.error().to_string(), "container not running: no such process");
}

TEST_F(StatusKernel, AnotherProcessWithThatPidIsNotTheInit) {
  ASSERT_TRUE(open_process(record_.init, proc_).ok());
  ++record_.init.start_time;
  EXPECT_EQ(status(), oci::Status::kStopped);
  EXPECT_FALSE(open_process(record_.init, proc_).ok());
}

TEST_F(StatusKernel, ThatPidBeforeTheLastBootIsNotTheInit) {
  record_.init.boot_id = "00000000-0000-0000-0000-000000000000";
  EXPECT_EQ(status(), oci::Status::kStopped);
}

TEST_F(StatusKernel, NoPidIsNoProcess) {
  for (const pid_t pid : {0, -1}) {
    record_.init.pid = pid;
    EXPECT_EQ(status(), oci::Status::kStopped);
    EXPECT_FALSE(open_process(record_.init, proc_).ok());
  }
}

// proc(5) shows a process whose main thread has ended as a zombie, as long as another of its threads runs.
TEST_F(StatusKernel, AnInitWithoutItsMainThreadIsRunning) {
  end_child();
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  child_ = ::fork();
  if (child_ == 0) {
    std::thread([&] {
      ::usleep(50'000);
      (void)!::write(ready[1], "x", 1);
      for (;;) ::pause();
    }).detach();
    ::pthread_exit(nullptr);
  }
  char answer;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  record_.init = identify(child_, proc_).value();
  EXPECT_EQ(status(), oci::Status::kRunning);
  EXPECT_TRUE(open_process(record_.init, proc_).ok());
  for (const int fd : ready) ::close(fd);
}

// The name of a program may look like the fields that follow it in /proc/PID/stat.
TEST_F(StatusKernel, AHostileNameOfAProcessChangesNothing) {
  const std::uint64_t before = record_.init.start_time;
  end_child();
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  child_ = ::fork();
  if (child_ == 0) {
    (void)sys::prctl(PR_SET_NAME, reinterpret_cast<unsigned long>(") Z 1 1 1 1 1"));
    (void)!::write(ready[1], "x", 1);
    for (;;) ::pause();
  }
  char answer;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  record_.init = identify(child_, proc_).value();
  EXPECT_GE(record_.init.start_time, before);
  EXPECT_EQ(status(), oci::Status::kRunning);
  for (const int fd : ready) ::close(fd);
}

TEST(StateDocument, TellsNoPidOfAStoppedContainer) {
  Record record;
  record.init.pid = 5;
  EXPECT_EQ(state_document(record, oci::Status::kRunning).pid, 5);
  EXPECT_EQ(state_document(record, oci::Status::kStopped).pid, 0);
}

}  // namespace
}  // namespace brig::container
