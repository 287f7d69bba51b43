// Runs in: runtime.
//
// Help as text, made of the tables. Pure.
#pragma once

#include <string>
#include <string_view>

#include "runtime/cli/tables.h"

namespace brig::cli {

// `brig --help`: what brig is, its global options and its commands.
std::string program_help();
// `brig COMMAND --help`: usage, what it does, options, an example, exit status.
std::string command_help(const Command& command);
// `text` in lines of at most 80 columns, each indented by `indent` blanks and ended by a newline; a '\n' in it starts a
// new line.
std::string wrap(std::string_view text, std::size_t indent);

}  // namespace brig::cli
