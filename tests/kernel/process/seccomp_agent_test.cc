// The runtime's end of the seccomp agent's socket, and of init's.
#include "runtime/process/seccomp_agent.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "base/sys.h"
#include "tests/support/temporary_directory.h"

namespace brig::process {
namespace {

class SeccompAgentKernel : public ::testing::Test {
 protected:
  void SetUp() override {
    auto dir = sys::openat(FdRef::cwd(), directory_.path(), O_PATH | O_DIRECTORY);
    ASSERT_TRUE(dir.ok());
    auto socket = sys::unix_socket(SOCK_STREAM);
    ASSERT_TRUE(socket.ok());
    listening_ = std::move(socket).value();
    ASSERT_TRUE(sys::bind_unix(listening_, dir.value(), "agent").ok());
    ASSERT_TRUE(sys::listen(listening_, 1).ok());
    auto pair = sys::seqpacket_pair();
    ASSERT_TRUE(pair.ok());
    runtime_.move_to(std::move(pair.value().a));
    init_.move_to(std::move(pair.value().b));
  }
  std::string path() const { return directory_.path() + "/agent"; }
  // Something to be recognized by.
  static UniqueFd some_file() { return std::move(sys::memfd_create("listener", 0)).value(); }

  testing::TemporaryDirectory directory_;
  UniqueFd listening_;
  Channel runtime_{UniqueFd()}, init_{UniqueFd()};
};

// What the agent reads to the end of one connection, and the name of the file that came with the first part of it.
struct Heard {
  std::string text, file, later;
};
Heard hear(FdRef listening) {
  Heard heard;
  const UniqueFd connection = std::move(sys::accept(listening)).value();
  std::array<std::byte, 4096> buffer;
  for (bool first = true;; first = false) {
    auto part = sys::receive_message(connection, buffer);
    if (!part.ok() || part.value().size == 0) return heard;
    heard.text.append(reinterpret_cast<const char*>(buffer.data()), part.value().size);
    if (part.value().fd)
      (first ? heard.file : heard.later) =
          std::move(sys::readlinkat(FdRef::cwd(), "/proc/" + sys::self_fd_path(part.value().fd))).value();
  }
}

TEST_F(SeccompAgentKernel, HearsTheStateAndGetsTheListener) {
  ASSERT_TRUE(find_agent(path()).ok());
  auto agent = SeccompAgent::connect(path());
  ASSERT_TRUE(agent.ok());
  const pid_t init = fork();
  if (init == 0) _exit(init_.give_listener(some_file()).ok() ? 0 : 1);
  const auto passed = pass_listener_on(runtime_, std::move(agent).value(), "{}");
  ASSERT_TRUE(passed.ok()) << passed.error().to_string();
  int status = -1;
  waitpid(init, &status, 0);
  EXPECT_EQ(status, 0);
  const Heard heard = hear(listening_);
  EXPECT_EQ(heard.text, "{}");
  EXPECT_NE(heard.file.find("listener"), std::string::npos) << heard.file;
}

// "If more than one `sendmsg(2)` is used, the file descriptors MUST be sent only in the first call."
TEST_F(SeccompAgentKernel, HearsAStateThatNoSocketHoldsAtOnce) {
  auto agent = SeccompAgent::connect(path());
  ASSERT_TRUE(agent.ok());
  const std::string state(3 * 1024 * 1024, 's');
  const pid_t sender = fork();
  if (sender == 0) _exit(std::move(agent.value()).send(state, some_file()).ok() ? 0 : 1);
  agent = Error::make(Error::Kind::kInternal, "closed here");
  const Heard heard = hear(listening_);
  int status = -1;
  waitpid(sender, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(heard.text == state) << heard.text.size();
  EXPECT_NE(heard.file.find("listener"), std::string::npos) << heard.file;
  EXPECT_EQ(heard.later, "");
}

// Init is told, and the failure is returned when it has gone.
TEST_F(SeccompAgentKernel, IsMissedWhenItGoesAway) {
  auto agent = SeccompAgent::connect(path());
  ASSERT_TRUE(agent.ok());
  listening_.reset();
  auto shared = sys::mmap_shared(1);
  ASSERT_TRUE(shared.ok());
  auto* gone = static_cast<volatile char*>(shared.value());
  const pid_t init = fork();
  if (init == 0) {
    runtime_.move_to(UniqueFd());
    const auto given = init_.give_listener(some_file());
    usleep(50'000);
    *gone = 1;
    _exit(!given.ok() && given.error().to_string().find("send the listener") != std::string::npos ? 0 : 1);
  }
  init_.move_to(UniqueFd());
  const auto passed = pass_listener_on(runtime_, std::move(agent).value(), "{}");
  ASSERT_FALSE(passed.ok());
  EXPECT_EQ(passed.error().code(), EPIPE) << passed.error().to_string();
  EXPECT_EQ(*gone, 1);
  int status = -1;
  waitpid(init, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(SeccompAgentKernel, IsNotFoundWhereNoneIs) {
  EXPECT_EQ(find_agent(path() + "2").error().code(), ENOENT);
  const auto directory = find_agent(directory_.path());
  ASSERT_FALSE(directory.ok());
  EXPECT_EQ(directory.error().kind(), Error::Kind::kConfig);
  listening_.reset();
  const auto nobody = SeccompAgent::connect(path());
  ASSERT_FALSE(nobody.ok());
  EXPECT_EQ(nobody.error().code(), ECONNREFUSED);
  EXPECT_EQ(nobody.error().to_string().rfind("failed to connect with seccomp agent", 0), 0u);
}

TEST_F(SeccompAgentKernel, AListenerWithoutDescriptorIsRefused) {
  auto agent = SeccompAgent::connect(path());
  ASSERT_TRUE(agent.ok());
  ASSERT_TRUE(init_.send(Msg::kListener).ok());
  const auto passed = pass_listener_on(runtime_, std::move(agent).value(), "{}");
  ASSERT_FALSE(passed.ok());
  EXPECT_EQ(passed.error().kind(), Error::Kind::kUnsafe);
}

}  // namespace
}  // namespace brig::process
