// Runs in: runtime.
#include "runtime/container/announce.h"

#include <fcntl.h>

#include <span>

#include "base/sys.h"
#include "base/text.h"
#include "runtime/process/connect.h"

namespace brig::container {

PidFile& PidFile::operator=(PidFile&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

PidFile::~PidFile() {
  if (!path_.empty()) (void)sys::unlinkat(FdRef::cwd(), path_, 0);  // Ignored: the error on its way says more.
}

Result<PidFile> PidFile::write(const std::string& path, pid_t pid) {
  PidFile file;
  const std::string staged = text::cat(path, ".", sys::getpid(), ".new");
  const UniqueFd opened = TRY(sys::openat(FdRef::cwd(), staged, O_WRONLY | O_CREAT | O_TRUNC, 0644));
  file.path_ = staged;
  TRY(sys::write(opened, std::to_string(pid)));
  TRY(sys::renameat(FdRef::cwd(), staged, FdRef::cwd(), path));
  file.path_ = path;
  return file;
}

Result<void> send_pidfd(const std::string& path, pid_t pid, FdRef pidfd) {
  const UniqueFd socket = TRY(process::connect_to(path));
  const std::string payload = std::to_string(pid);
  return sys::send_message(socket, std::as_bytes(std::span(payload)), pidfd);
}

}  // namespace brig::container
