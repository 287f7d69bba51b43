#include "base/error.h"

#include <gtest/gtest.h>

namespace brig {
namespace {

// Engines look for these words in what a runtime prints.
TEST(ErrnoWords, AreTheCLibrarysInLowerCase) {
  EXPECT_EQ(errno_words(ENOENT), "no such file or directory");
  EXPECT_EQ(errno_words(ESRCH), "no such process");
  EXPECT_EQ(errno_words(EPERM), "operation not permitted");
  EXPECT_EQ(errno_words(EDOTDOT), "RFS specific error");  // an abbreviation stays
  EXPECT_EQ(errno_words(99999), "error 99999");
}

TEST(ErrnoName, IsTheConstant) {
  EXPECT_EQ(errno_name(ENOENT), "ENOENT");
  EXPECT_EQ(errno_name(99999), "E99999");
}

TEST(ErrorText, SystemNamesCallAndObject) {
  EXPECT_EQ(Error::system("mount", "/proc", EBUSY).to_string(), "mount `/proc`: device or resource busy");
  EXPECT_EQ(Error::system("setsid", "", EPERM).to_string(), "setsid: operation not permitted");
}

TEST(ErrorText, TakesErrnoBeforeItsArgumentsDisturbIt) {
  errno = EXDEV;
  const Error error = Error::system("rename", std::string(100, 'x'));
  EXPECT_EQ(error.code(), EXDEV);
}

TEST(ErrorText, ConfigNamesThePointer) {
  EXPECT_EQ(Error::config("/process/user/uid", "is negative").to_string(),
            "config.json: /process/user/uid: is negative");
  EXPECT_EQ(Error::config("", "is no object").to_string(), "config.json: /: is no object");
  EXPECT_EQ(Error::config("/root", "x").subject(), "/root");
}

TEST(ErrorText, FramesComeOutermostFirst) {
  Error error = Error::system("open", "/x", ENOENT);
  error.add_frame("read config", "/b/config.json");
  error.add_frame("create");
  EXPECT_EQ(error.to_string(), "create: read config `/b/config.json`: open `/x`: no such file or directory");
}

TEST(ErrorText, HintComesLastAndIsReplaced) {
  EXPECT_EQ(Error::system("exec", "/x", ENOENT).with_hint("first").with_hint("is the image empty?").to_string(),
            "exec `/x`: no such file or directory (is the image empty?)");
}

TEST(ErrorText, OtherWordsKeepTheCode) {
  Error error = Error::system("pidfd_send_signal", "", ESRCH).with_text("container not running");
  error.add_frame("kill", "c1");
  EXPECT_EQ(error.to_string(), "kill `c1`: container not running");
  EXPECT_EQ(error.code(), ESRCH);
  EXPECT_EQ(error.id(), "system.ESRCH");
}

// A path or a value of a config must not forge a second log record or drive a terminal.
TEST(ErrorText, IsOneLineWhateverTheObject) {
  EXPECT_EQ(Error::system("open", "a\nb\x1b[2J\x7f", EACCES).to_string(), "open `a?b?[2J?`: permission denied");
  Error error = Error::config("/a\r\n", "bad\t");
  error.add_frame("x", "\n");
  EXPECT_EQ(error.to_string(), "x `?`: config.json: /a??: bad?");
}

TEST(ErrorText, RemoteKeepsKindCodeAndText) {
  const Error error = Error::remote(Error::Kind::kUnsafe, ELOOP, "init said so");
  EXPECT_EQ(error.kind(), Error::Kind::kUnsafe);
  EXPECT_EQ(error.code(), ELOOP);
  EXPECT_EQ(error.to_string(), "init said so");
}

TEST(ErrorId, IsStable) {
  using Kind = Error::Kind;
  EXPECT_EQ(Error::system("open", "", ENOENT).id(), "system.ENOENT");
  EXPECT_EQ(Error::config("", "").id(), "config");
  EXPECT_EQ(Error::make(Kind::kUsage, "").id(), "usage");
  EXPECT_EQ(Error::make(Kind::kState, "").id(), "state");
  EXPECT_EQ(Error::make(Kind::kNotFound, "").id(), "not-found");
  EXPECT_EQ(Error::make(Kind::kUnsupported, "").id(), "unsupported");
  EXPECT_EQ(Error::make(Kind::kUnsafe, "").id(), "unsafe");
  EXPECT_EQ(Error::make(Kind::kInternal, "").id(), "internal");
}

TEST(Error, IsOnePointerWide) { EXPECT_EQ(sizeof(Error), sizeof(void*)); }

}  // namespace
}  // namespace brig
