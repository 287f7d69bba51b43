// Runs in: runtime.
//
// How others are told of a process: --pid-file and --pidfd-socket.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace brig::container {

// Whole or not at all: a reader may come at any time. No newline, as engines parse it.
Result<void> write_pid_file(const std::string& path, pid_t pid);
// Sends the pidfd to the listening socket at `path`, with the pid as text.
Result<void> send_pidfd(const std::string& path, pid_t pid, FdRef pidfd);

}  // namespace brig::container
