// Runs in: runtime.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "runtime/process/child.h"
#include "runtime/process/terminal.h"

namespace brig::container {

// Blocks every signal that `run` passes on, and gives a descriptor to read them from. Before the clone, so that none is
// lost; init empties its mask.
Result<UniqueFd> take_signals();

// Waits for init's end in the foreground: passes signals on (SIGWINCH sizes the terminal; SIGCHLD reaps what was
// reparented to us), copies the terminal.
Result<sys::Exit> attend(process::Child& init, FdRef signals, process::TerminalProxy* terminal);

// What a foreground command ends with: the process's status, or 128 and the number of the signal that ended it.
int status_of_exit(const sys::Exit& exit);

}  // namespace brig::container
