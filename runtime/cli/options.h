// Runs in: runtime.
//
// The interpreter of option tables. What may be said is data (tables.cc); this file knows only how it is spelled.
//
// Spelling follows runc, because engines do: "--name VALUE", "--name=VALUE", "-n VALUE", "-n=VALUE", one dash or two
// before a long name (go-runc passes "-no-subreaper"), "true" or "false" after "=" of an option without a value, "--"
// as the end of options. A repeated option is fine, its last value counts.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/cli/arguments.h"

namespace brig::cli {

struct Option {
  std::string_view name;   // without dashes
  char letter;             // 0: has no short form
  std::string_view value;  // how help calls the value ("DIR"; "a|b" lists all there are); "": takes none
  std::string_view help;   // what it means, as the end of a sentence; no full stop
  // Stores the value ("" for an option without one). The error says what is wrong with it, not which option it is.
  Result<void> (*set)(Arguments& arguments, std::string_view value);
};

enum class Positionals {
  kEndOptions,    // all that follows the first positional is positional: for globals, kill, exec and ps
  kAmongOptions,  // options may follow: "create ID --bundle DIR"
};

// The option of this name or, if it is one character long, of this letter; nullptr if there is none.
const Option* find_option(std::span<const Option> options, std::string_view name);

// Fills `arguments` from `words` by the table and returns the positionals in order; with kEndOptions they are the last
// words. After a failure it goes on and returns the first one at the end, so that --log is known when it is told,
// wherever it stood. Errors (kUsage): unknown option, missing, superfluous or bad value.
Result<std::vector<std::string_view>> parse(std::span<const Option> options, Positionals order,
                                            std::span<const std::string_view> words, Arguments& arguments);

// The error for an option at the end of the line that lacks its value. podman looks for these words.
Error missing_value(std::string_view option);

}  // namespace brig::cli
