// Runs in: runtime.
//
// Who gets the master of a container's terminal: a console socket of the engine's, or this process.
#pragma once

#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "runtime/process/terminal.h"

namespace brig::container {

// What a request and a process must agree on: a terminal and a console socket, or neither; in the foreground the
// terminal is ours (the texts are runc's, as engines and people know them).
enum class Foreground { kNo, kYes };
Result<void> check_terminal(bool terminal, bool console_socket, Foreground foreground);

struct Console {
  UniqueFd socket;  // for the process: the master goes there
  UniqueFd source;  // if it is for us: it comes from here
};
// Connects to the console socket, or makes a pair if the terminal is to be `own`.
Result<Console> connect_console(const std::string& console_socket, bool own);
// The terminal that came from there; nullopt if `source` is empty.
Result<std::optional<process::TerminalProxy>> receive_terminal(const UniqueFd& source);

}  // namespace brig::container
