// The program from its main function on, as far as it goes without making a container: each run is a forked child with
// its own descriptors, of which the test reads what it wrote.
#include "runtime/cli/main.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "tests/support/file_content.h"

namespace brig::cli {
namespace {

using brig::testing::content_of;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

struct Ran {
  int status = -1;
  std::string out, err;
};

bool exists(const std::string& path) {
  struct stat unused = {};
  return ::lstat(path.c_str(), &unused) == 0;
}

// A directory for one test, removed with the files in it.
class MainTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(::mkdtemp(dir_), nullptr); }
  void TearDown() override {
    for (const char* name : {"out", "err", "log", "config.json", "elsewhere"}) ::unlink(path(name).c_str());
    EXPECT_EQ(::rmdir(dir_), 0) << "something is left in " << dir_;
  }
  std::string path(const std::string& name) const { return text::cat(dir_, '/', name); }

  // Files and not pipes: nobody has to read while the child writes.
  Ran brig(std::vector<std::string> words) const {
    words.insert(words.begin(), "brig");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
      ::dup2(::open(path("out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
      ::dup2(::open(path("err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
      ::_exit(main(static_cast<int>(words.size()), argv.data()));
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return {.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
            .out = content_of(path("out")),
            .err = content_of(path("err"))};
  }

  char dir_[32] = "/tmp/brig-main-XXXXXX";
};

void expect_one_line(const std::string& text) {
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  EXPECT_TRUE(text.ends_with('\n')) << text;
}

TEST_F(MainTest, VersionAndHelpGoToStandardOutputAlone) {
  for (const char* option : {"--version", "-v", "--help", "-h", "help"}) {
    const Ran ran = brig({option});
    EXPECT_EQ(ran.status, 0) << option;
    EXPECT_THAT(ran.out, StartsWith("brig ")) << option;
    EXPECT_EQ(ran.err, "") << option;
  }
  EXPECT_EQ(brig({"help", "create"}).out, brig({"create", "--help"}).out);
  EXPECT_THAT(brig({"help", "create"}).out, HasSubstr("--pid-file FILE"));
}

TEST_F(MainTest, WrongUsageIsOneLineWithAHint) {
  const struct {
    std::vector<std::string> words;
    std::string error;
  } cases[] = {
      {{}, "brig: no command given (see brig --help)"},
      {{"bogus"}, "brig: unknown command `bogus` (see brig --help)"},
      {{"help", "bogus"}, "brig: help: unknown command `bogus` (see brig --help)"},
      {{"--bogus", "list"}, "brig: unknown option `--bogus` (see brig --help)"},
      {{"state", "--bogus", "x"}, "brig: state: unknown option `--bogus` (see brig state --help)"},
      {{"state"}, "brig: state: wrong number of arguments: takes `ID`, was given 0 (see brig state --help)"},
      {{"kill", "a", "b", "c"},
       "brig: kill: wrong number of arguments: takes `ID [SIGNAL]`, was given 3 (see brig kill "
       "--help)"},
      {{"list", "x"}, "brig: list: wrong number of arguments: takes none, was given 1 (see brig list --help)"},
      {{"--root", "/", "state", "x"}, "brig: state: --root: must not be `/`"},
      {{"--root", dir_, "kill", "x", "NOSUCH"},
       "brig: kill: unknown signal `NOSUCH` (a name such as TERM, or a number: signal(7))"},
      {{"--bundle", "/x", "run", "x"},
       "brig: unknown option `--bundle`: it stands after the command (see brig --help)"},
      {{"run", "--root", "/x", "x"},
       "brig: run: unknown option `--root`: it stands before the command (see brig run --help)"},
      {{"completion", "csh"}, "brig: completion: unknown shell `csh`: bash, zsh or fish"},
  };
  for (const auto& c : cases) {
    const Ran ran = brig(c.words);
    EXPECT_EQ(ran.status, 1) << c.error;
    EXPECT_EQ(ran.out, "") << c.error;
    EXPECT_EQ(ran.err, c.error + "\n");
  }
}

TEST_F(MainTest, BadIdsAreRefusedByEveryCommand) {
  for (const char* command : {"create", "run", "start", "state", "kill", "delete", "trace"}) {
    for (const char* id : {"../x", "a/b", ".", "", ".hidden", "a\nb"}) {
      const Ran ran = brig({"--root", dir_, command, id});
      EXPECT_EQ(ran.status, 1) << command << " " << id;
      EXPECT_THAT(ran.err, HasSubstr("invalid container ID format `")) << command;
      expect_one_line(ran.err);
    }
  }
}

TEST_F(MainTest, AnErrorIsOneRecordInTheLogToo) {
  const Ran ran = brig({"--bogus", "--log", path("log"), "--log-format", "json", "state", "x"});
  EXPECT_EQ(ran.status, 1);
  expect_one_line(ran.err);
  const std::string log = content_of(path("log"));
  expect_one_line(log);
  EXPECT_THAT(log,
              StartsWith("{\"level\":\"error\",\"msg\":\"unknown option `--bogus` (see brig --help)\",\"time\":\""));
}

TEST_F(MainTest, TheLogIsThereEvenIfNothingIsLogged) {
  EXPECT_EQ(brig({"--log", path("log"), "help"}).status, 0);
  EXPECT_TRUE(exists(path("log")));
  EXPECT_EQ(content_of(path("log")), "");
}

TEST_F(MainTest, ALogThatCannotBeOpenedIsAnError) {
  const Ran ran = brig({"--log", path("missing/log"), "help"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("missing/log`: no such file or directory"));
  EXPECT_EQ(ran.out, "");
}

TEST_F(MainTest, PlannedCommandsFailWhateverFollows) {
  for (const char* command : {"checkpoint", "restore"}) {
    for (const std::vector<std::string>& rest : std::vector<std::vector<std::string>>{
             {}, {"--help"}, {"id"}, {"--process", "/p", "--detach", "id"}, {"--resources=-", "id"}}) {
      std::vector<std::string> words = {command};
      words.insert(words.end(), rest.begin(), rest.end());
      const Ran ran = brig(words);
      EXPECT_EQ(ran.status, 1) << command;
      EXPECT_EQ(ran.out, "") << command;
      EXPECT_EQ(ran.err, text::cat("brig: ", command, ": not implemented yet\n"));
    }
  }
  EXPECT_THAT(brig({"help", "checkpoint"}).err, HasSubstr("not implemented yet"));
  EXPECT_THAT(brig({"restore", "--lsm-mount-context"}).err, HasSubstr("flag needs an argument: --lsm-mount-context"));
  EXPECT_EQ(brig({"restore", "--lsm-mount-context"}).status, 1);
}

TEST_F(MainTest, SpecWritesAConfigOnce) {
  const Ran first = brig({"spec", "--bundle", dir_});
  EXPECT_EQ(first.status, 0);
  EXPECT_EQ(first.out + first.err, "");
  const std::string config = content_of(path("config.json"));
  EXPECT_FALSE(config.empty());

  const Ran second = brig({"spec", "--bundle", dir_, "--rootless"});
  EXPECT_EQ(second.status, 1);
  EXPECT_EQ(second.err, "brig: spec: File config.json exists. Remove it first\n");
  EXPECT_EQ(content_of(path("config.json")), config);

  ASSERT_EQ(::unlink(path("config.json").c_str()), 0);
  EXPECT_EQ(brig({"spec", "-b", dir_, "--rootless"}).status, 0);
  EXPECT_NE(content_of(path("config.json")), config);
}

TEST_F(MainTest, SpecFollowsNoLink) {
  ASSERT_EQ(::symlink(path("elsewhere").c_str(), path("config.json").c_str()), 0);
  const Ran ran = brig({"spec", "--bundle", dir_});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("File config.json exists"));
  EXPECT_FALSE(exists(path("elsewhere")));
}

TEST_F(MainTest, SpecNeedsADirectory) {
  const Ran ran = brig({"spec", "--bundle", path("missing")});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, MatchesRegex("brig: spec: open bundle: open `.*/missing`: no such file or directory\n"));
}

TEST_F(MainTest, AFullDeviceIsAnErrorOfHelpToo) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::open("/dev/full", O_WRONLY), 1);
    ::dup2(::open(path("err").c_str(), O_WRONLY | O_CREAT, 0600), 2);
    std::string words[] = {"brig", "--version"};
    char* argv[] = {words[0].data(), words[1].data(), nullptr};
    ::_exit(main(2, argv));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_THAT(content_of(path("err")), HasSubstr("no space left on device"));
}

}  // namespace
}  // namespace brig::cli
