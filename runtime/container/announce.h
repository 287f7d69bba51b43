// Runs in: runtime.
//
// How others are told of a process: --pid-file and --pidfd-socket.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>

#include "base/fd.h"
#include "base/result.h"

namespace brig::container {

// A pid file, which the destructor removes again unless it is kept: an engine takes it for a process that is there.
class PidFile {
 public:
  PidFile() = default;  // none
  PidFile(PidFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  PidFile& operator=(PidFile&& other) noexcept;
  ~PidFile();

  // Whole or not at all: a reader may come at any time. No newline, as engines parse it.
  static Result<PidFile> write(const std::string& path, pid_t pid);
  void keep() { path_.clear(); }

 private:
  std::string path_;  // empty: nothing to undo
};
// Sends the pidfd to the listening socket at `path`, with the pid as text.
Result<void> send_pidfd(const std::string& path, pid_t pid, FdRef pidfd);

}  // namespace brig::container
