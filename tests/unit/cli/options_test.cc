#include "runtime/cli/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>

#include "base/text.h"
#include "runtime/cli/tables.h"

namespace brig::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Parsed {
  Arguments arguments;
  std::string command;
  std::string error;
};

// Parses a whole command line, split at blanks, as main and run_command do.
Parsed parse_line(const std::string& line) {
  static std::vector<std::string> storage;  // the words' text must outlive the parsed arguments
  storage = text::split(line, ' ');
  const std::vector<std::string_view> words(storage.begin(), storage.end());
  Parsed parsed;
  Result<std::vector<std::string_view>> rest =
      parse(global_options(), Positionals::kEndOptions, words, parsed.arguments);
  if (!rest.ok()) {
    parsed.error = rest.error().to_string();
    return parsed;
  }
  const Command* command = find_command(rest.value().front());
  if (command == nullptr) {
    parsed.error = "no such command";
    return parsed;
  }
  parsed.command = command->name;
  Result<std::vector<std::string_view>> positionals =
      parse(command->options, command->order, std::span(rest.value()).subspan(1), parsed.arguments);
  if (positionals.ok()) {
    parsed.arguments.positionals = std::move(positionals).value();
  } else {
    parsed.error = positionals.error().to_string();
  }
  return parsed;
}

std::string positionals(const Arguments& arguments) {
  std::string all;
  for (const std::string_view word : arguments.positionals) all += text::cat(all.empty() ? "" : " ", word);
  return all;
}

struct Shape {
  std::string line;
  std::string command;
  std::string positionals;
  std::function<bool(const Arguments&)> holds;
};

// What engines and people write. The first lines are what containerd, conmon and buildah are known to pass.
const Shape kShapes[] = {
    {"--root /r --log /l --log-format json --systemd-cgroup create --bundle /b --pid-file /p --console-socket /s ID",
     "create", "ID",
     [](const Arguments& a) {
       return a.root == "/r" && a.log.path == "/l" && a.log.format == log::Format::kJson &&
              a.cgroup_manager == CgroupManager::kSystemd && a.run.create.bundle == "/b" &&
              a.run.create.pid_file == "/p" && a.run.create.console_socket == "/s";
     }},
    {"--root=/r --debug --rootless=true create --bundle /b --pidfd-socket /s --no-pivot --no-new-keyring --detach "
     "--preserve-fds 3 ID",
     "create", "ID",
     [](const Arguments& a) {
       return a.root == "/r" && a.debug && a.rootless == RootlessChoice::kTrue && a.run.create.pidfd_socket == "/s" &&
              a.run.create.no_pivot && a.run.create.no_new_keyring && a.run.create.preserve_fds == 3;
     }},
    {"--log-format=json --log /l --cgroup-manager disabled create ID", "create", "ID",
     [](const Arguments& a) {
       return a.cgroup_manager == CgroupManager::kDisabled && a.run.create.bundle == "." &&
              a.log.format == log::Format::kJson;
     }},
    {"create ID --bundle /b", "create", "ID", [](const Arguments& a) { return a.run.create.bundle == "/b"; }},
    {"create -b /b ID", "create", "ID", [](const Arguments& a) { return a.run.create.bundle == "/b"; }},
    {"create -b=/b ID", "create", "ID", [](const Arguments& a) { return a.run.create.bundle == "/b"; }},
    {"create -bundle /b ID", "create", "ID", [](const Arguments& a) { return a.run.create.bundle == "/b"; }},
    {"create --bundle --odd ID", "create", "ID", [](const Arguments& a) { return a.run.create.bundle == "--odd"; }},
    {"create --bundle /b=c ID", "create", "ID", [](const Arguments& a) { return a.run.create.bundle == "/b=c"; }},
    {"create --bundle=/b=c ID", "create", "ID", [](const Arguments& a) { return a.run.create.bundle == "/b=c"; }},
    {"create --bundle /a --no-pivot --no-pivot --bundle /b ID", "create", "ID",
     [](const Arguments& a) { return a.run.create.bundle == "/b" && a.run.create.no_pivot; }},
    {"create --no-pivot=false ID", "create", "ID", [](const Arguments& a) { return !a.run.create.no_pivot; }},
    {"create -- --bundle", "create", "--bundle", [](const Arguments& a) { return a.run.create.bundle == "."; }},
    {"run -no-subreaper -d --keep ID", "run", "ID",
     [](const Arguments& a) { return a.run.no_subreaper && a.run.detach && a.run.keep; }},
    {"run ID", "run", "ID", [](const Arguments& a) { return !a.run.no_subreaper && !a.run.detach && !a.run.keep; }},
    {"--systemd-cgroup start ID", "start", "ID",
     [](const Arguments& a) { return a.cgroup_manager == CgroupManager::kSystemd; }},
    {"--systemd-cgroup=false start ID", "start", "ID",
     [](const Arguments& a) { return a.cgroup_manager == CgroupManager::kCgroupfs; }},
    {"state ID", "state", "ID", [](const Arguments& a) { return a.root.empty() && a.log.path.empty(); }},
    {"kill --all ID 9", "kill", "ID 9", [](const Arguments& a) { return a.all; }},
    {"kill -a ID 15", "kill", "ID 15", [](const Arguments& a) { return a.all; }},
    {"kill ID", "kill", "ID", [](const Arguments& a) { return !a.all; }},
    {"kill ID SIGKILL", "kill", "ID SIGKILL", [](const Arguments& a) { return !a.all; }},
    {"kill ID -9", "kill", "ID -9", [](const Arguments& a) { return !a.all; }},
    {"kill ID --all", "kill", "ID --all", [](const Arguments& a) { return !a.all; }},
    {"delete --force ID", "delete", "ID", [](const Arguments& a) { return a.force; }},
    {"delete -f ID", "delete", "ID", [](const Arguments& a) { return a.force; }},
    {"delete ID -f", "delete", "ID", [](const Arguments& a) { return a.force; }},
    {"list --format=json", "list", "", [](const Arguments& a) { return a.list_format == ListFormat::kJson; }},
    {"list -f json -q", "list", "", [](const Arguments& a) { return a.list_format == ListFormat::kJson && a.quiet; }},
    {"list", "list", "", [](const Arguments& a) { return a.list_format == ListFormat::kTable && !a.quiet; }},
    {"spec --rootless --bundle /b", "spec", "",
     [](const Arguments& a) { return a.rootless_spec && a.run.create.bundle == "/b"; }},
    {"trace --json ID", "trace", "ID", [](const Arguments& a) { return a.json; }},
    {"--log-level warn --rootless auto list", "list", "",
     [](const Arguments& a) { return a.log.level == log::Level::kWarning && a.rootless == RootlessChoice::kAuto; }},
    {"create --help", "create", "", [](const Arguments& a) { return a.help; }},
    {"create -h", "create", "", [](const Arguments& a) { return a.help; }},
    {"state -", "state", "-", [](const Arguments&) { return true; }},
};

TEST(Options, ShapesOfEnginesAndPeople) {
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(shape.line);
    const Parsed parsed = parse_line(shape.line);
    EXPECT_EQ(parsed.error, "");
    EXPECT_EQ(parsed.command, shape.command);
    EXPECT_EQ(positionals(parsed.arguments), shape.positionals);
    EXPECT_TRUE(shape.holds(parsed.arguments));
  }
}

struct Wrong {
  std::string line;
  std::string error;
};

const Wrong kWrong[] = {
    {"--bogus state ID", "unknown option `--bogus`"},
    {"state --bogus=1 ID", "unknown option `--bogus`"},
    {"state -x ID", "unknown option `-x`"},
    {"state --=x ID", "unknown option `--`"},
    {"state -bundle ID", "unknown option `-bundle`"},
    {"kill -f ID", "unknown option `-f`"},
    {"create --bundle", "flag needs an argument: --bundle"},
    {"create ID -b", "flag needs an argument: -b"},
    {"--log", "flag needs an argument: --log"},
    {"restore --lsm-mount-context", "flag needs an argument: --lsm-mount-context"},
    {"--log-format xml list", "--log-format `xml`: must be one of text, json"},
    {"--log-level loud list", "--log-level `loud`: must be one of debug, info, warning, warn, error"},
    {"--cgroup-manager v2 list", "--cgroup-manager `v2`: must be one of cgroupfs, disabled, systemd"},
    {"--rootless=maybe list", "--rootless `maybe`: must be one of true, false, auto"},
    {"--root= list", "--root: must not be empty"},
    {"list -f xml", "-f `xml`: must be one of table, json"},
    {"create --preserve-fds -1 ID", "--preserve-fds `-1`: must be a whole number"},
    {"create --preserve-fds 4294967296 ID", "--preserve-fds `4294967296`: must be a whole number"},
    {"create --preserve-fds 1x ID", "--preserve-fds `1x`: must be a whole number"},
    {"create --no-pivot=maybe ID", "--no-pivot `maybe`: must be one of true, false, 1, 0"},
    {"delete --force= ID", "--force: must be true or false"},
    {"create --detach=perhaps ID", "--detach `perhaps`: must be one of true, false, 1, 0"},
};

TEST(Options, WrongOnesAreNamed) {
  for (const Wrong& wrong : kWrong) EXPECT_THAT(parse_line(wrong.line).error, HasSubstr(wrong.error)) << wrong.line;
}

TEST(Options, TheLogIsKnownAfterAnEarlierError) {
  const Parsed parsed = parse_line("--bogus --log-format xml --log /l list");
  EXPECT_EQ(parsed.error, "unknown option `--bogus`");
  EXPECT_EQ(parsed.arguments.log.path, "/l");
}

TEST(Options, DefaultsAreThoseOfRunc) {
  const Arguments arguments = parse_line("list").arguments;
  EXPECT_EQ(arguments.log.format, log::Format::kText);
  EXPECT_EQ(arguments.log.level, log::Level::kError);
  EXPECT_EQ(arguments.cgroup_manager, CgroupManager::kCgroupfs);
  EXPECT_EQ(arguments.run.create.bundle, ".");
  EXPECT_EQ(arguments.run.create.preserve_fds, 0U);
  EXPECT_FALSE(arguments.debug);
}

TEST(Tables, NamesAndLettersAreUniqueWithinACommand) {
  const auto check = [](std::string_view command, std::span<const Option> options) {
    for (const Option& option : options) {
      EXPECT_EQ(find_option(options, option.name), &option) << command << " --" << option.name;
      if (option.letter == 0) continue;
      EXPECT_EQ(find_option(options, std::string(1, option.letter)), &option) << command << " -" << option.letter;
    }
  };
  check("brig", global_options());
  for (const Command& command : commands()) {
    check(command.name, command.options);
    EXPECT_EQ(find_command(command.name), &command);
    EXPECT_NE(find_option(command.options, "help"), nullptr) << command.name;
    EXPECT_LE(command.fewest, command.most) << command.name;
  }
  EXPECT_EQ(find_option(global_options(), ""), nullptr);
  EXPECT_EQ(find_command(""), nullptr);
}

TEST(Tables, EveryCommandOfRuncHasAPlace) {
  for (const char* name : {"create", "start", "state", "kill", "delete", "run", "list", "spec", "exec", "ps", "events",
                           "update", "pause", "resume", "checkpoint", "restore", "features", "help"})
    EXPECT_NE(find_command(name), nullptr) << name;
}

}  // namespace
}  // namespace brig::cli
