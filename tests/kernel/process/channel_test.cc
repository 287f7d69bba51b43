// The conversation over a real socket: order, failures, ends.
#include "runtime/process/channel.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys.h"

namespace brig::process {
namespace {

struct Ends {
  Channel runtime, init;
};

Ends make_ends() {
  Result<sys::SocketPair> pair = sys::seqpacket_pair();
  EXPECT_TRUE(pair.ok());
  return {Channel(std::move(pair.value().a)), Channel(std::move(pair.value().b))};
}

void close_end(Channel& channel) { channel.move_to(UniqueFd()); }

TEST(ChannelKernel, AnExpectedMessageArrives) {
  Ends ends = make_ends();
  ASSERT_TRUE(ends.init.send(Msg::kReady).ok());
  Result<Message> message = ends.runtime.expect({Msg::kRunHooks, Msg::kReady});
  ASSERT_TRUE(message.ok()) << message.error().to_string();
  EXPECT_EQ(message.value().type, Msg::kReady);
  EXPECT_FALSE(message.value().fd);
}

TEST(ChannelKernel, AMessageOutOfOrderIsRefused) {
  Ends ends = make_ends();
  ASSERT_TRUE(ends.init.send(Msg::kReady).ok());
  Result<Message> message = ends.runtime.expect({Msg::kRunHooks});
  ASSERT_FALSE(message.ok());
  EXPECT_EQ(message.error().kind(), Error::Kind::kUnsafe);
  EXPECT_NE(message.error().to_string().find("out of order"), std::string::npos);
}

TEST(ChannelKernel, AnythingButTheEndIsOutOfOrderAtTheEnd) {
  Ends ends = make_ends();
  ASSERT_TRUE(ends.init.send(Msg::kReady).ok());
  Result<void> end = ends.runtime.expect_end();
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().kind(), Error::Kind::kUnsafe);
}

TEST(ChannelKernel, AFailureCrossesWithKindAndErrno) {
  Ends ends = make_ends();
  Error failure = Error::system("mount", "/dev/shm", ENOTDIR);
  failure.add_frame("mount rootfs");
  ASSERT_TRUE(ends.init.send_failure(failure).ok());
  Result<Message> message = ends.runtime.expect({Msg::kReady});
  ASSERT_FALSE(message.ok());
  EXPECT_EQ(message.error().kind(), Error::Kind::kSystem);
  EXPECT_EQ(message.error().code(), ENOTDIR);
  EXPECT_EQ(message.error().to_string(), failure.to_string());
}

TEST(ChannelKernel, TheEndIsSilence) {
  Ends ends = make_ends();
  close_end(ends.init);
  Result<Message> message = ends.runtime.expect({Msg::kReady});
  ASSERT_FALSE(message.ok());
  EXPECT_TRUE(is_silence(message.error()));
  EXPECT_TRUE(ends.runtime.expect_end().ok());
  Result<void> sent = ends.runtime.send(Msg::kCreated);
  ASSERT_FALSE(sent.ok());
  EXPECT_TRUE(is_silence(sent.error()));
}

// unix(7): the kernel answers ECONNRESET, not 0, if the other side left something unread.
TEST(ChannelKernel, AnEndWithSomethingUnreadIsSilenceToo) {
  Ends ends = make_ends();
  ASSERT_TRUE(ends.runtime.send(Msg::kInCgroup).ok());
  close_end(ends.init);
  Result<Message> message = ends.runtime.expect({Msg::kReady});
  ASSERT_FALSE(message.ok());
  EXPECT_TRUE(is_silence(message.error()));
}

TEST(ChannelKernel, AnEndWithSomethingUnreadIsAnEnd) {
  Ends ends = make_ends();
  ASSERT_TRUE(ends.runtime.send(Msg::kStart).ok());
  close_end(ends.init);
  EXPECT_TRUE(ends.runtime.expect_end().ok());
}

// What init tells is never taken for its end, which after kStart means that the program runs.
TEST(ChannelKernel, AFailureThatLooksLikeTheEndIsAFailure) {
  for (const Error::Kind kind : {Error::Kind::kInternal, Error::Kind::kSystem}) {
    Ends ends = make_ends();
    ASSERT_TRUE(ends.init.send_failure(Error::remote(kind, EPIPE, "send the terminal: broken pipe")).ok());
    close_end(ends.init);
    Result<void> end = ends.runtime.expect_end();
    ASSERT_FALSE(end.ok());
    EXPECT_FALSE(is_silence(end.error()));
    EXPECT_EQ(end.error().to_string(), "send the terminal: broken pipe");
  }
}

TEST(ChannelKernel, ADeadProcessIsAnEnd) {
  Ends ends = make_ends();
  const pid_t child = ::fork();
  if (child == 0) {
    close_end(ends.runtime);
    ::abort();
  }
  close_end(ends.init);
  Result<Message> message = ends.runtime.expect({Msg::kReady});
  ASSERT_FALSE(message.ok());
  EXPECT_TRUE(is_silence(message.error()));
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST(ChannelKernel, ADescriptorComesAlongWithInitOnly) {
  Ends ends = make_ends();
  Result<UniqueFd> self = sys::pidfd_open(::getpid());
  ASSERT_TRUE(self.ok());
  ASSERT_TRUE(ends.init.send_init(::getpid(), self.value()).ok());
  Result<Message> message = ends.runtime.expect({Msg::kInit});
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message.value().number, static_cast<std::uint32_t>(::getpid()));
  ASSERT_TRUE(message.value().fd);
  EXPECT_TRUE(sys::pidfd_send_signal(message.value().fd, 0).ok());
}

TEST(ChannelKernel, AMessageThatIsTooLongIsRefused) {
  Ends ends = make_ends();
  const std::string bytes = encode({.type = Msg::kReady, .text = {}, .fd = {}}) + std::string(kMostMessageBytes, 'x');
  ASSERT_TRUE(sys::send_message(ends.init.fd(), std::as_bytes(std::span(bytes))).ok());
  Result<Message> message = ends.runtime.expect({Msg::kReady});
  ASSERT_FALSE(message.ok());
  EXPECT_EQ(message.error().kind(), Error::Kind::kUnsafe);
}

TEST(ChannelKernel, APendingFailureIsFoundBehindOtherMessages) {
  Ends ends = make_ends();
  ASSERT_TRUE(ends.init.send(Msg::kRunHooks).ok());
  ASSERT_TRUE(ends.init.send_failure(Error::make(Error::Kind::kUnsafe, "a link")).ok());
  close_end(ends.init);
  std::optional<Error> failure = ends.runtime.expect_pending_failure();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->kind(), Error::Kind::kUnsafe);
  EXPECT_EQ(failure->to_string(), "a link");
  EXPECT_FALSE(ends.runtime.expect_pending_failure().has_value());
}

TEST(ChannelKernel, NoPendingFailureIsNotWaitedFor) {
  Ends ends = make_ends();
  EXPECT_FALSE(ends.runtime.expect_pending_failure().has_value());
  ASSERT_TRUE(sys::send_message(ends.init.fd(), std::as_bytes(std::span(std::string_view("rubbish")))).ok());
  EXPECT_FALSE(ends.runtime.expect_pending_failure().has_value());
}

}  // namespace
}  // namespace brig::process
