// Runs in: runtime.
#include "runtime/process/sealed_self.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "base/sys.h"

namespace brig::process {
namespace {

constexpr int kAllSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
constexpr unsigned kMfdExec = 0x10;  // MFD_EXEC, Linux 6.3

// Decided by the object itself, never by an environment variable: anybody could set that.
Result<bool> is_private_copy(FdRef self) {
  auto seals = sys::fcntl_get_seals(self);
  if (seals.ok() && (seals.value() & kAllSeals) == kAllSeals) return true;
  // EINVAL: on a file system without seals. Any file of a tmpfs answers, with F_SEAL_SEAL.
  if (!seals.ok() && seals.error().code() != EINVAL) return std::move(seals).error();
  // A file without a name that nobody may write, as run_from_unlinked_copy makes it. A memfd of somebody else's, which
  // has no name either, may be written, and executed again.
  const struct stat info = TRY(sys::fstat(self));
  return info.st_nlink == 0 && (info.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0;
}

Result<void> copy_all(FdRef from, FdRef to) {
  constexpr std::size_t kAtOnce = 64 * 1024 * 1024;
  while (TRY(sys::sendfile(to, from, kAtOnce)) != 0) {
  }
  return {};
}

Result<UniqueFd> sealed_memfd(FdRef self) {
  auto memfd = sys::memfd_create("brig", MFD_ALLOW_SEALING | kMfdExec);
  // Before Linux 6.3 the flag is unknown and every memfd is executable.
  if (!memfd.ok() && memfd.error().code() == EINVAL) memfd = sys::memfd_create("brig", MFD_ALLOW_SEALING);
  UniqueFd copy = TRY(std::move(memfd));
  TRY(copy_all(self, copy));
  TRY(sys::fcntl_add_seals(copy, kAllSeals));
  return copy;
}

Result<UniqueFd> own_program() {
  auto program = sys::openat(FdRef::cwd(), "/proc/self/exe", O_RDONLY);
  if (!program.ok() && program.error().code() == ENOENT)
    return std::move(program).error().with_hint("brig needs a procfs on /proc");
  return program;
}

Error execute_copy(FdRef copy, char** argv) {
  std::vector<char*> arguments, environment;
  for (char** a = argv; *a != nullptr; ++a) arguments.push_back(*a);
  for (char** e = sys::environment(); *e != nullptr; ++e) environment.push_back(*e);
  arguments.push_back(nullptr);
  environment.push_back(nullptr);
  return sys::fexecve(copy, arguments, environment);
}

}  // namespace

Result<void> run_from_sealed_copy(char** argv) {
  const UniqueFd self = TRY(own_program(), "open own program");
  if (TRY(is_private_copy(self), "look at own program")) return {};
  const UniqueFd copy = TRY(sealed_memfd(self));
  return execute_copy(copy, argv);
}

Result<void> run_from_unlinked_copy(char** argv, FdRef directory) {
  const UniqueFd self = TRY(own_program(), "open own program");
  UniqueFd writable = TRY(sys::openat(directory, ".", O_TMPFILE | O_RDWR | O_EXCL, 0500));
  TRY(copy_all(self, writable));
  // Reopened: a file that is open for writing can't be executed (ETXTBSY).
  const UniqueFd copy = TRY(sys::openat(FdRef::cwd(), "/proc/" + sys::self_fd_path(writable), O_RDONLY));
  writable.reset();
  return execute_copy(copy, argv);
}

}  // namespace brig::process
