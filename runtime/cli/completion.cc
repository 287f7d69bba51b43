// Runs in: runtime.
#include "runtime/cli/completion.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/cli/tables.h"

namespace brig::cli {
namespace {

constexpr std::string_view kSignals = "TERM KILL HUP INT QUIT USR1 USR2 STOP CONT WINCH";

// `text` as one word of any of the three shells. (fish alone takes a backslash inside single quotes for more than
// itself; the tables have none.)
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string with_blanks(std::string_view bars) {
  std::string words(bars);
  std::replace(words.begin(), words.end(), '|', ' ');
  return words;
}

enum class ValueKind { kNone, kChoice, kDirectory, kFile, kOther };

ValueKind value_kind(const Option& option) {
  if (option.value.empty()) return ValueKind::kNone;
  if (option.value.find('|') != std::string_view::npos) return ValueKind::kChoice;
  if (option.value == "DIR") return ValueKind::kDirectory;
  if (option.value == "FILE" || option.value == "SOCKET") return ValueKind::kFile;
  return ValueKind::kOther;
}

std::string shown_commands() {
  std::string names;
  for (const Command& command : commands())
    if (is_shown(command)) names += text::cat(names.empty() ? "" : " ", command.name);
  return names;
}

// create and run are given a new ID.
bool wants_existing_id(const Command& command) {
  return command.arguments.starts_with("ID") && command.verb != Verb::kCreate && command.verb != Verb::kRun;
}

// ---- bash

std::string bash_spellings(std::span<const Option> options) {
  std::string words;
  for (const Option& option : options) {
    if (option.letter != 0) words += text::cat('-', option.letter, ' ');
    words += text::cat("--", option.name, ' ');
  }
  words.pop_back();
  return words;
}

std::string bash_value(const Option& option) {
  switch (value_kind(option)) {
    case ValueKind::kNone: return {};
    case ValueKind::kChoice: return text::cat("words=", quoted(with_blanks(option.value)));
    case ValueKind::kDirectory: return "files=-d";
    case ValueKind::kFile: return "files=-f";
    case ValueKind::kOther: return "words=";
  }
  __builtin_unreachable();
}

// One case of the shell's "case": the command's (or no command's) options, and how the value of each is completed.
std::string bash_case(std::string_view pattern, std::span<const Option> options) {
  std::string out = text::cat("    ", pattern, ")\n      options=", quoted(bash_spellings(options)), "\n");
  std::string values;
  for (const Option& option : options) {
    if (option.value.empty()) continue;
    const std::string letter = option.letter != 0 ? text::cat('|', '-', option.letter) : "";
    values += text::cat("        --", option.name, letter, ") value=1 ", bash_value(option), " ;;\n");
  }
  if (!values.empty()) out += text::cat("      case $1 in\n", values, "      esac\n");
  return out + "      ;;\n";
}

constexpr std::string_view kBashHead = R"sh(# Completion of brig for bash. Made by: brig completion bash

# Sets options, and if $1 is an option with a value: value, and words or files. By $command.
_brig_option() {
  options= value= words= files=
  case $command in
)sh";

constexpr std::string_view kBashMiddle = R"sh(  esac
}

_brig() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local command= count=0 at options value words files
  # bash makes three words of --name=value.
  [[ $previous == = ]] && previous=${COMP_WORDS[COMP_CWORD-2]}
  [[ $current == = ]] && current=
  for ((at = 1; at < COMP_CWORD; at++)); do
    if [[ ${COMP_WORDS[at]} == -* ]]; then
      _brig_option "${COMP_WORDS[at]}"
      if [[ ${COMP_WORDS[at+1]} == = ]]; then ((at += 2)); elif [[ -n $value ]]; then ((at++)); fi
    elif [[ -z $command ]]; then
      command=${COMP_WORDS[at]}
    else
      ((count++))
    fi
  done
  _brig_option "$previous"
  if [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$files" -- "$current")
    return
  fi
  if [[ -n $value ]]; then
    :
  elif [[ $current == -* ]]; then
    words=$options
  else
    case $command,$count in
)sh";

constexpr std::string_view kBashTail = R"sh(    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _brig brig
)sh";

std::string bash_script() {
  std::string script(kBashHead);
  script += bash_case("''", global_options());
  std::string positionals = text::cat("      ,*) words=", quoted(shown_commands()), " ;;\n");
  for (const Command& command : commands()) {
    if (!is_shown(command)) continue;
    script += bash_case(command.name, command.options);
    if (wants_existing_id(command))
      positionals += text::cat("      ", command.name, ",0) words=$(brig list --quiet 2>/dev/null) ;;\n");
  }
  positionals += text::cat("      kill,1) words=", quoted(kSignals), " ;;\n");
  positionals += text::cat("      help,0) words=", quoted(shown_commands()), " ;;\n");
  return text::cat(script, kBashMiddle, positionals, kBashTail);
}

// ---- zsh

// In a specification of _arguments, "[", "]" and ":" have a meaning.
std::string zsh_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_value(const Option& option) {
  switch (value_kind(option)) {
    case ValueKind::kNone: return {};
    case ValueKind::kChoice: return text::cat(":value:(", with_blanks(option.value), ')');
    case ValueKind::kDirectory: return ":directory:_files -/";
    case ValueKind::kFile: return ":file:_files";
    case ValueKind::kOther: return text::cat(':', option.value, ": ");
  }
  __builtin_unreachable();
}

std::string zsh_options(std::span<const Option> options) {
  std::string out;
  for (const Option& option : options) {
    const std::string rest = text::cat('[', zsh_escaped(option.help), ']', zsh_value(option));
    if (option.letter != 0) out += text::cat(" \\\n        ", quoted(text::cat('-', option.letter, rest)));
    const std::string_view equals = option.value.empty() ? "" : "=";
    out += text::cat(" \\\n        ", quoted(text::cat("--", option.name, equals, rest)));
  }
  return out;
}

std::string zsh_positionals(const Command& command) {
  std::string out;
  if (wants_existing_id(command)) out += " \\\n        '1:ID:($(brig list --quiet 2>/dev/null))'";
  if (command.verb == Verb::kKill) out += text::cat(" \\\n        ", quoted(text::cat("2:signal:(", kSignals, ")")));
  if (command.verb == Verb::kHelp)
    out += text::cat(" \\\n        ", quoted(text::cat("1:command:(", shown_commands(), ")")));
  return out;
}

std::string zsh_script() {
  std::string names, cases;
  for (const Command& command : commands()) {
    if (!is_shown(command)) continue;
    names += text::cat("        ", quoted(text::cat(command.name, ':', zsh_escaped(command.summary))), "\n");
    cases += text::cat("        ", command.name, ") _arguments -S", zsh_options(command.options),
                       zsh_positionals(command), " ;;\n");
  }
  return text::cat(
      "#compdef brig\n# Completion of brig for zsh. Made by: brig completion zsh\n\n"
      "_brig() {\n  local context state state_descr line\n  typeset -A opt_args\n  _arguments -C -S",
      zsh_options(global_options()),
      " \\\n        '1:command:->command' '*::argument:->argument'\n"
      "  case $state in\n    command)\n      local -a names=(\n",
      names, "      )\n      _describe command names ;;\n    argument)\n      case $words[1] in\n", cases,
      "      esac ;;\n  esac\n}\n\n_brig \"$@\"\n");
}

// ---- fish

std::string fish_value(const Option& option) {
  switch (value_kind(option)) {
    case ValueKind::kNone: return {};
    case ValueKind::kChoice: return text::cat(" -x -a ", quoted(with_blanks(option.value)));
    case ValueKind::kDirectory: return " -x -a '(__fish_complete_directories)'";
    case ValueKind::kFile: return " -r -F";
    case ValueKind::kOther: return " -x";
  }
  __builtin_unreachable();
}

std::string fish_options(std::string_view condition, std::span<const Option> options) {
  std::string out;
  for (const Option& option : options) {
    const std::string letter = option.letter != 0 ? text::cat(" -s ", option.letter) : "";
    out += text::cat("complete -c brig -n ", quoted(condition), letter, " -l ", option.name, fish_value(option), " -d ",
                     quoted(option.help), '\n');
  }
  return out;
}

std::string fish_script() {
  std::string out =
      "# Completion of brig for fish. Made by: brig completion fish\n\n"
      "complete -c brig -f\n";
  out += fish_options("__fish_use_subcommand", global_options());
  for (const Command& command : commands()) {
    if (!is_shown(command)) continue;
    out +=
        text::cat("complete -c brig -n __fish_use_subcommand -a ", command.name, " -d ", quoted(command.summary), '\n');
    const std::string condition = text::cat("__fish_seen_subcommand_from ", command.name);
    out += fish_options(condition, command.options);
    const std::string argument = text::cat("complete -c brig -n ", quoted(condition), " -a ");
    if (wants_existing_id(command)) out += text::cat(argument, "'(brig list --quiet 2>/dev/null)'\n");
    if (command.verb == Verb::kKill) out += text::cat(argument, quoted(kSignals), '\n');
    if (command.verb == Verb::kHelp) out += text::cat(argument, quoted(shown_commands()), '\n');
  }
  return out;
}

}  // namespace

std::optional<std::string> completion_script(std::string_view shell) {
  if (shell == "bash") return bash_script();
  if (shell == "zsh") return zsh_script();
  if (shell == "fish") return fish_script();
  return std::nullopt;
}

}  // namespace brig::cli
