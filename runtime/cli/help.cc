// Runs in: runtime.
#include "runtime/cli/help.h"

#include "base/text.h"

namespace brig::cli {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kHelpIndent = 6;
constexpr std::size_t kNameColumn = 10;  // of commands: the longest one shown, and two blanks

// "-b, --bundle DIR", on a line of its own, with the meaning below.
std::string option_help(const Option& option) {
  const std::string letter = option.letter != 0 ? text::cat('-', option.letter, ", ") : "";
  const std::string value = option.value.empty() ? "" : text::cat(' ', option.value);
  return text::cat("  ", letter, "--", option.name, value, '\n', wrap(option.help, kHelpIndent));
}

std::string options_help(std::string_view title, std::span<const Option> options) {
  std::string help = text::cat('\n', title, ":\n");
  for (const Option& option : options) help += option_help(option);
  return help;
}

std::string indent_lines(std::string_view lines) {
  std::string out;
  for (const std::string& line : text::split(lines, '\n')) out += text::cat("  ", line, '\n');
  return out;
}

std::string commands_help() {
  std::string help = "\nCommands:\n";
  std::string planned;
  for (const Command& command : commands()) {
    if (is_shown(command)) {
      const std::string gap(command.name.size() < kNameColumn ? kNameColumn - command.name.size() : 1, ' ');
      help += text::cat("  ", command.name, gap, command.summary, '\n');
    } else if (command.verb == Verb::kPlanned) {
      planned += text::cat(planned.empty() ? "" : ", ", command.name);
    }
  }
  return text::cat(help, "\nNot implemented yet:\n", wrap(planned, 2));
}

}  // namespace

std::string wrap(std::string_view text, std::size_t indent) {
  std::string out;
  for (const std::string& paragraph : text::split(text, '\n')) {
    std::size_t column = 0;
    for (const std::string& word : text::split(paragraph, ' ')) {
      if (column != 0 && column + 1 + word.size() > kColumns) {
        out += '\n';
        column = 0;
      }
      out.append(column == 0 ? indent : 1, ' ');
      out += word;
      column += (column == 0 ? indent : 1) + word.size();
    }
    out += '\n';
  }
  return out;
}

std::string program_help() {
  return text::cat(
      "brig runs containers as the Open Container Initiative specifies them.\n"
      "\nUsage: brig [OPTION]... COMMAND [ARGUMENT]...\n",
      options_help("Options", global_options()), commands_help(),
      "\nExample:\n  brig spec --bundle /srv/web\n  brig run --bundle /srv/web web\n"
      "\n`brig COMMAND --help` tells about one command, brig(1) about all.\n");
}

std::string command_help(const Command& command) {
  const std::string arguments = command.arguments.empty() ? "" : text::cat(' ', command.arguments);
  return text::cat("Usage: brig [OPTION]... ", command.name, " [OPTION]...", arguments, "\n\n",
                   wrap(command.description, 0), options_help("Options", command.options), "\nExample:\n",
                   indent_lines(command.example), "\nExit status:\n", wrap(command.exit_status, 2),
                   "\n`brig --help` shows the options that stand before the command.\n");
}

}  // namespace brig::cli
