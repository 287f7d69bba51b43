// Runs in: runtime.
#include "runtime/cli/options.h"

#include <optional>

#include "base/text.h"
#include "runtime/cli/tables.h"

namespace brig::cli {
namespace {

// One word that starts with a dash, taken apart.
struct Spelled {
  std::string_view dashed;  // "--name", as in messages
  std::string_view name;
  std::optional<std::string_view> value;  // after "="
};

// A lone "-" is a positional: commands take it for standard input.
bool is_option(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

Spelled take_apart(std::string_view word) {
  const std::size_t equals = word.find('=');
  Spelled spelled = {.dashed = word.substr(0, equals), .name = {}, .value = std::nullopt};
  spelled.name = spelled.dashed.substr(spelled.dashed.starts_with("--") ? 2 : 1);
  if (equals != std::string_view::npos) spelled.value = word.substr(equals + 1);
  return spelled;
}

// An option that stands on the wrong side of the command is told so.
Error unknown_option(std::span<const Option> options, const Spelled& spelled) {
  const bool before_command = options.data() == global_options().data();
  std::string_view where;
  if (!before_command && find_option(global_options(), spelled.name) != nullptr)
    where = ": it stands before the command";
  for (const Command& command : before_command ? commands() : std::span<const Command>())
    if (is_shown(command) && find_option(command.options, spelled.name) != nullptr)
      where = ": it stands after the command";
  return Error::make(Error::Kind::kUsage, text::cat("unknown option `", spelled.dashed, '`', where));
}

// Handles the option at words[at] and moves `at` past it and its value.
Result<void> parse_one(std::span<const Option> options, std::span<const std::string_view> words, std::size_t& at,
                       Arguments& arguments) {
  const Spelled spelled = take_apart(words[at]);
  ++at;
  const Option* option = find_option(options, spelled.name);
  if (option == nullptr) return unknown_option(options, spelled);
  std::string_view value = spelled.value.value_or("");
  if (!option->value.empty() && !spelled.value) {
    if (at == words.size()) return missing_value(spelled.dashed);
    value = words[at];
    ++at;
  } else if (option->value.empty() && spelled.value && value.empty()) {
    // "--force=" must not pass for "--force": a script with an empty variable asks for anything but that.
    return Error::make(Error::Kind::kUsage, text::cat(spelled.dashed, ": must be true or false"));
  }
  TRY(option->set(arguments, value), spelled.dashed, value);
  return {};
}

}  // namespace

const Option* find_option(std::span<const Option> options, std::string_view name) {
  for (const Option& option : options)
    if (option.name == name || (name.size() == 1 && option.letter == name.front())) return &option;
  return nullptr;
}

Result<std::vector<std::string_view>> parse(std::span<const Option> options, Positionals order,
                                            std::span<const std::string_view> words, Arguments& arguments) {
  std::vector<std::string_view> positionals;
  std::optional<Error> first_error;
  std::size_t at = 0;
  while (at < words.size()) {
    if (words[at] == "--") {
      ++at;
      break;
    }
    if (is_option(words[at])) {
      Result<void> parsed = parse_one(options, words, at, arguments);
      if (!parsed.ok() && !first_error) first_error = std::move(parsed).error();
      continue;
    }
    if (order == Positionals::kEndOptions) break;
    positionals.push_back(words[at]);
    ++at;
  }
  if (first_error) return std::move(*first_error);
  positionals.insert(positionals.end(), words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
  return positionals;
}

Error missing_value(std::string_view option) {
  return Error::make(Error::Kind::kUsage, text::cat("flag needs an argument: ", option));
}

}  // namespace brig::cli
