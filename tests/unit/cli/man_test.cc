// The manual page and the option tables must tell the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "base/text.h"
#include "runtime/cli/tables.h"
#include "tests/support/file_content.h"

namespace brig::cli {
namespace {

// docs/man/brig.1 of the tree that this test was compiled in.
std::string read_page() { return testing::content_beside(__FILE__, "../../../docs/man/brig.1"); }

// The words of a tag line as the reader sees them: `.BR \-b ", " \-\-bundle " \fIDIR\fR"` is "-b, --bundle DIR".
std::string shown(const std::string& line) {
  std::string out;
  for (std::size_t i = line.find(' ') + 1; i < line.size(); ++i) {
    const bool quoted = line[i] == '"';
    const std::size_t end = quoted ? line.find('"', i + 1) : line.find(' ', i);
    std::string word = line.substr(i + (quoted ? 1 : 0), end - i - (quoted ? 1 : 0));
    for (const char* escape : {"\\fI", "\\fR"})
      for (std::size_t at = word.find(escape); at != std::string::npos; at = word.find(escape)) word.erase(at, 3);
    for (std::size_t at = word.find("\\-"); at != std::string::npos; at = word.find("\\-")) word.erase(at, 1);
    out += word;
    if (end == std::string::npos) break;
    i = quoted ? end + 1 : end;
  }
  return out;
}

// Section ("create ID", "GLOBAL OPTIONS") -> its option tags.
std::map<std::string, std::set<std::string>> read_tags() {
  std::map<std::string, std::set<std::string>> tags;
  std::string section;
  bool tag_follows = false;
  for (const std::string& line : text::split(read_page(), '\n')) {
    if (line.starts_with(".SS \"") || line.starts_with(".SH ")) {
      section = line.substr(4);
      if (section.front() == '"') section = section.substr(1, section.size() - 2);
      tags[section];
    } else if (tag_follows && line.starts_with(".B") && line.find("\\-") != std::string::npos) {
      tags[section].insert(shown(line));
    }
    tag_follows = line == ".TP" || line == ".TQ";
  }
  return tags;
}

// --help is described once, for all commands.
std::set<std::string> expected(std::span<const Option> options, bool with_help) {
  std::set<std::string> all;
  for (const Option& option : options) {
    if (option.name == "help" && !with_help) continue;
    const std::string letter = option.letter != 0 ? text::cat('-', option.letter, ", ") : "";
    const std::string value = option.value.empty() ? "" : text::cat(' ', option.value);
    all.insert(text::cat(letter, "--", option.name, value));
  }
  return all;
}

TEST(ManualPage, HasTheGlobalOptions) { EXPECT_EQ(read_tags()["GLOBAL OPTIONS"], expected(global_options(), true)); }

TEST(ManualPage, HasEveryCommandWithItsOptions) {
  const std::map<std::string, std::set<std::string>> tags = read_tags();
  for (const Command& command : commands()) {
    if (!is_shown(command)) continue;
    const std::string title = text::cat(command.name, command.arguments.empty() ? "" : " ", command.arguments);
    ASSERT_TRUE(tags.contains(title)) << title;
    EXPECT_EQ(tags.at(title), expected(command.options, false)) << title;
  }
}

TEST(ManualPage, HasNoCommandThatIsNotThere) {
  for (const auto& [title, options] : read_tags()) {
    if (title.front() >= 'A' && title.front() <= 'Z') continue;
    const Command* command = find_command(title.substr(0, title.find(' ')));
    ASSERT_NE(command, nullptr) << title;
    EXPECT_TRUE(is_shown(*command)) << title;
  }
}

TEST(ManualPage, NamesWhatIsNotImplementedYet) {
  const std::string page = read_page();
  for (const Command& command : commands()) {
    if (command.verb != Verb::kPlanned) continue;
    EXPECT_THAT(page, ::testing::HasSubstr(command.name));
  }
}

}  // namespace
}  // namespace brig::cli
