// Runs in: runtime.
#include "runtime/container/announce.h"

#include <fcntl.h>

#include <span>

#include "base/sys.h"
#include "base/text.h"
#include "runtime/process/connect.h"

namespace brig::container {

Result<void> write_pid_file(const std::string& path, pid_t pid) {
  const std::string staged = text::cat(path, ".", sys::getpid(), ".new");
  const UniqueFd file = TRY(sys::openat(FdRef::cwd(), staged, O_WRONLY | O_CREAT | O_TRUNC, 0644));
  TRY(sys::write(file, std::to_string(pid)));
  return sys::renameat(FdRef::cwd(), staged, FdRef::cwd(), path);
}

Result<void> send_pidfd(const std::string& path, pid_t pid, FdRef pidfd) {
  const UniqueFd socket = TRY(process::connect_to(path));
  const std::string payload = std::to_string(pid);
  return sys::send_message(socket, std::as_bytes(std::span(payload)), pidfd);
}

}  // namespace brig::container
