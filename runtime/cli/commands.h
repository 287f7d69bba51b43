// Runs in: runtime.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "runtime/cli/tables.h"

namespace brig::cli {

// Parses the words after the command's name, checks their number, and does what the command says: one call to an
// operation of runtime/container, its result to standard output. Returns the exit status.
// Errors: kUsage with a hint to --help, and whatever the operation returns.
Result<int> run_command(const Command& command, std::span<const std::string_view> words, Arguments& arguments);

// The error for a name that no command has.
Error unknown_command(std::string_view name);

}  // namespace brig::cli
