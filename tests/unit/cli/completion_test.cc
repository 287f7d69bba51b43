#include "runtime/cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "base/text.h"
#include "runtime/cli/tables.h"

namespace brig::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// The script in a file, for as long as the test needs it.
class ScriptFile {
 public:
  explicit ScriptFile(std::string_view shell) {
    const int fd = mkstemp(path_);
    if (fd != -1) close(fd);
    std::ofstream(path_) << completion_script(shell).value();
  }
  ~ScriptFile() { unlink(path_); }
  const char* path() const { return path_; }

 private:
  char path_[32] = "/tmp/brig-completion-XXXXXX";
};

// What a shell command writes, and "failed" if it ends with another status than 0.
std::string output_of(const std::string& command) {
  std::FILE* pipe = popen(text::cat(command, " 2>&1").c_str(), "r");
  std::string out;
  char buffer[4096];
  while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) out += buffer;
  return out + (pclose(pipe) == 0 ? "" : "failed");
}

TEST(Completion, KnowsThreeShells) {
  for (const char* shell : {"bash", "zsh", "fish"}) EXPECT_TRUE(completion_script(shell)) << shell;
  EXPECT_FALSE(completion_script("csh"));
  EXPECT_FALSE(completion_script(""));
}

TEST(Completion, NamesEveryOptionAndCommand) {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    SCOPED_TRACE(shell);
    const std::string script = completion_script(shell).value();
    const std::string dashes = shell == "fish" ? "-l " : "--";
    for (const Option& option : global_options()) EXPECT_THAT(script, HasSubstr(text::cat(dashes, option.name)));
    for (const Command& command : commands()) {
      if (!is_shown(command)) continue;
      EXPECT_THAT(script, HasSubstr(command.name));
      for (const Option& option : command.options) EXPECT_THAT(script, HasSubstr(text::cat(dashes, option.name)));
    }
    EXPECT_THAT(script, Not(HasSubstr("checkpoint")));
    EXPECT_THAT(script, Not(HasSubstr("\\\\")));
  }
}

TEST(Completion, EachShellCanReadItsOwn) {
  std::string missing;
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    if (output_of(text::cat("command -v ", shell)).ends_with("failed")) {
      missing += " " + shell;
      continue;
    }
    EXPECT_EQ(output_of(text::cat(shell, " -n ", ScriptFile(shell).path())), "") << shell;
  }
  if (!missing.empty()) GTEST_SKIP() << "not installed:" << missing;
}

TEST(Completion, BashOffersWhatFits) {
  struct Case {
    const char* words;  // of the line; the last one is being typed
    const char* offered;
  };
  const Case cases[] = {
      {"brig st", "start state "},
      {"brig --root /x st", "start state "},
      {"brig --log-f", "--log-format "},
      {"brig --log-format = j", "json "},
      {"brig --log-format j", "json "},
      {"brig create --no", "--no-pivot --no-new-keyring "},
      {"brig kill --a", "--all "},
      {"brig kill id K", "KILL "},
      {"brig kill", "kill "},
      {"brig state one", "one "},
      {"brig delete -f o", "one "},
      {"brig create o", ""},
      {"brig create --preserve-fds 3", ""},
      {"brig list -f t", "table "},
      {"brig create -b /us", "/usr "},
  };
  const ScriptFile script("bash");
  for (const Case& c : cases) {
    const std::string program = text::cat(
        "brig() { echo one; echo two; }; . ", script.path(), "; COMP_WORDS=(", c.words,
        "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _brig; for w in \"${COMPREPLY[@]}\"; do printf \"%s \" $w; done");
    EXPECT_EQ(output_of(text::cat("bash -c '", program, "'")), c.offered) << c.words;
  }
}

TEST(Completion, FishOffersWhatFits) {
  if (output_of("command -v fish").ends_with("failed")) GTEST_SKIP() << "fish is not installed";
  const ScriptFile script("fish");
  // fish makes directories in its home.
  char home[] = "/tmp/brig-fish-XXXXXX";
  ASSERT_NE(mkdtemp(home), nullptr);
  const auto offered = [&](const std::string& line) {
    return output_of(text::cat("env -i PATH=\"$PATH\" HOME=", home, " fish --no-config -c '. ", script.path(),
                               "; complete -C \"", line, "\"'"));
  };
  EXPECT_THAT(offered("brig sta"), HasSubstr("start\texecute the program"));
  EXPECT_THAT(offered("brig create --no-p"), HasSubstr("--no-pivot\t"));
  EXPECT_THAT(offered("brig list --format j"), StartsWith("json"));
  EXPECT_EQ(output_of(text::cat("rm -r ", home)), "");
}

}  // namespace
}  // namespace brig::cli
