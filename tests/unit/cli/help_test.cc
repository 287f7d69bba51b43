#include "runtime/cli/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "runtime/cli/version.h"

namespace brig::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

void expect_all_options(const std::string& help, std::span<const Option> options) {
  for (const Option& option : options) {
    const std::string letter = option.letter != 0 ? text::cat('-', option.letter, ", ") : "";
    const std::string value = option.value.empty() ? "" : text::cat(' ', option.value);
    EXPECT_THAT(help, HasSubstr(text::cat("\n  ", letter, "--", option.name, value, '\n')));
  }
}

void expect_narrow(const std::string& help) {
  for (const std::string& line : text::split(help, '\n')) {
    EXPECT_LE(line.size(), 80U) << line;
    EXPECT_THAT(line, Not(::testing::EndsWith(" ")));
  }
}

TEST(Help, OfTheProgramNamesEveryOptionAndCommand) {
  const std::string help = program_help();
  expect_all_options(help, global_options());
  expect_narrow(help);
  for (const Command& command : commands()) {
    if (command.visibility == Visibility::kHidden) continue;
    EXPECT_THAT(help, HasSubstr(command.name));
    if (command.verb == Verb::kPlanned) continue;
    EXPECT_THAT(help, HasSubstr(text::cat(command.summary, '\n')));
  }
}

TEST(Help, OfEachCommandIsEnoughToWorkFrom) {
  for (const Command& command : commands()) {
    if (command.verb == Verb::kPlanned) continue;
    SCOPED_TRACE(command.name);
    const std::string help = command_help(command);
    EXPECT_THAT(help, StartsWith(text::cat("Usage: brig [OPTION]... ", command.name, " ")));
    EXPECT_THAT(help, HasSubstr(command.arguments));
    expect_all_options(help, command.options);
    expect_narrow(help);
    EXPECT_FALSE(command.description.empty());
    EXPECT_THAT(help, HasSubstr(text::cat("\nExample:\n  brig ")));
    EXPECT_THAT(command.example, HasSubstr(command.name));
    EXPECT_THAT(help, HasSubstr("\nExit status:\n  "));
  }
}

TEST(Help, WrapsAt80Columns) {
  EXPECT_EQ(wrap("a b", 2), "  a b\n");
  EXPECT_EQ(wrap("a\nb", 0), "a\nb\n");
  const std::string word(39, 'x');
  EXPECT_EQ(wrap(text::cat(word, ' ', word), 1), text::cat(' ', word, ' ', word, '\n'));
  EXPECT_EQ(wrap(text::cat(word, ' ', word), 2), text::cat("  ", word, "\n  ", word, '\n'));
}

TEST(Version, HasThreeLinesAndTheWordOnce) {
  const std::vector<std::string> lines = text::split(version_text(), '\n');
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_THAT(lines[0], ::testing::MatchesRegex("brig version [0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_THAT(lines[1], ::testing::MatchesRegex("commit: [^ ]+"));
  EXPECT_EQ(lines[2], "spec: 1.3.0");
  EXPECT_EQ(lines[3], "");
  EXPECT_THAT(lines[1], Not(HasSubstr("version")));
}

}  // namespace
}  // namespace brig::cli
