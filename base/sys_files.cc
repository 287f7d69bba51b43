// The system calls on files. See sys.h.
#include <dirent.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <linux/magic.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/sys.h"
#include "base/sys_retry.h"
#include "base/text.h"

namespace brig::sys {

Result<UniqueFd> openat(FdRef dir, CStr path, int flags, mode_t mode) {
  const int fd = retry([&] { return ::openat(dir.raw(), path.c_str(), flags | O_CLOEXEC, mode); });
  if (fd == -1) return Error::system("open", path.c_str());
  return UniqueFd(fd);
}

Result<UniqueFd> openat2(FdRef dir, CStr path, open_how how) {
  how.flags |= O_CLOEXEC;
  const long fd = retry([&] { return ::syscall(SYS_openat2, dir.raw(), path.c_str(), &how, sizeof how); });
  if (fd == -1) return Error::system("openat2", path.c_str());
  return UniqueFd(static_cast<int>(fd));
}

Result<std::size_t> read(FdRef fd, std::span<char> buffer) {
  const ssize_t n = retry([&] { return ::read(fd.raw(), buffer.data(), buffer.size()); });
  if (n == -1) return Error::system("read", "");
  return static_cast<std::size_t>(n);
}

Result<std::size_t> write_some(FdRef fd, std::string_view data) {
  const ssize_t n = retry([&] { return ::write(fd.raw(), data.data(), data.size()); });
  if (n == -1) return Error::system("write", "");
  return static_cast<std::size_t>(n);
}

Result<void> write(FdRef fd, std::string_view data) {
  while (!data.empty()) data.remove_prefix(TRY(write_some(fd, data)));
  return {};
}

Result<void> write_once(FdRef fd, std::string_view data) {
  if (TRY(write_some(fd, data)) != data.size()) return Error::system("write", "", EIO);
  return {};
}

Result<std::string> read_all(FdRef fd, std::size_t most) {
  // Into the result itself: a large buffer on the stack would cost its page faults on every small file.
  constexpr std::size_t kFirst = 1024;
  std::string out(kFirst, '\0');
  std::size_t used = 0;
  for (;;) {
    if (used == out.size()) out.resize(out.size() * 4);
    const std::size_t n = TRY(read(fd, std::span(out).subspan(used)));
    if (n == 0) break;
    used += n;
    if (used > most) return Error::system("read", "", EFBIG);
  }
  out.resize(used);
  return out;
}

Result<void> mkdirat(FdRef dir, CStr path, mode_t mode) {
  if (::mkdirat(dir.raw(), path.c_str(), mode) == -1) return Error::system("mkdir", path.c_str());
  return {};
}

Result<void> mknodat(FdRef dir, CStr path, mode_t mode, dev_t device) {
  if (::mknodat(dir.raw(), path.c_str(), mode, device) == -1) return Error::system("mknod", path.c_str());
  return {};
}

Result<void> symlinkat(CStr target, FdRef dir, CStr path) {
  if (::symlinkat(target.c_str(), dir.raw(), path.c_str()) == -1) return Error::system("symlink", path.c_str());
  return {};
}

Result<void> unlinkat(FdRef dir, CStr path, int flags) {
  if (::unlinkat(dir.raw(), path.c_str(), flags) == -1)
    return Error::system((flags & AT_REMOVEDIR) != 0 ? "rmdir" : "unlink", path.c_str());
  return {};
}

Result<void> renameat(FdRef from_dir, CStr from, FdRef to_dir, CStr to) {
  if (::renameat(from_dir.raw(), from.c_str(), to_dir.raw(), to.c_str()) == -1)
    return Error::system("rename", from.c_str());
  return {};
}

Result<std::string> readlinkat(FdRef dir, CStr path) {
  std::array<char, 4096> buffer;
  const ssize_t n = ::readlinkat(dir.raw(), path.c_str(), buffer.data(), buffer.size());
  if (n == -1) return Error::system("readlink", path.c_str());
  return std::string(buffer.data(), static_cast<std::size_t>(n));
}

Result<struct stat> fstat(FdRef fd) {
  struct stat out;
  if (::fstat(fd.raw(), &out) == -1) return Error::system("fstat", "");
  return out;
}

Result<struct stat> fstatat(FdRef dir, CStr path, int flags) {
  struct stat out;
  if (::fstatat(dir.raw(), path.c_str(), &out, flags) == -1) return Error::system("stat", path.c_str());
  return out;
}

Result<struct statx> statx(FdRef dir, CStr path, int flags, unsigned mask) {
  struct statx out;
  if (::statx(dir.raw(), path.c_str(), flags, mask, &out) == -1) return Error::system("statx", path.c_str());
  return out;
}

Result<struct statfs> fstatfs(FdRef fd) {
  struct statfs out;
  if (retry([&] { return ::fstatfs(fd.raw(), &out); }) == -1) return Error::system("fstatfs", "");
  return out;
}

Result<void> fchmod(FdRef fd, mode_t mode) {
  if (::fchmod(fd.raw(), mode) == -1) return Error::system("fchmod", "");
  return {};
}

Result<void> fchmodat(FdRef dir, CStr path, mode_t mode) {
  if (::fchmodat(dir.raw(), path.c_str(), mode, 0) == -1) return Error::system("chmod", path.c_str());
  return {};
}

Result<void> fchown(FdRef fd, uid_t uid, gid_t gid) {
  if (::fchown(fd.raw(), uid, gid) == -1) return Error::system("fchown", "");
  return {};
}

Result<void> fchownat(FdRef dir, CStr path, uid_t uid, gid_t gid, int flags) {
  if (::fchownat(dir.raw(), path.c_str(), uid, gid, flags) == -1) return Error::system("chown", path.c_str());
  return {};
}

Result<std::vector<std::string>> flistxattr(FdRef fd) {
  std::string names(XATTR_LIST_MAX, '\0');
  const ssize_t n = ::flistxattr(fd.raw(), names.data(), names.size());
  if (n == -1) return Error::system("flistxattr", "");
  names.resize(static_cast<std::size_t>(n));
  std::vector<std::string> list = text::split(names, '\0');  // each name ends with one
  list.pop_back();
  return list;
}

Result<std::string> fgetxattr(FdRef fd, CStr name) {
  std::string value(XATTR_SIZE_MAX, '\0');
  const ssize_t n = ::fgetxattr(fd.raw(), name.c_str(), value.data(), value.size());
  if (n == -1) return Error::system("fgetxattr", name.c_str());
  value.resize(static_cast<std::size_t>(n));
  return value;
}

Result<void> fsetxattr(FdRef fd, CStr name, std::string_view value) {
  if (::fsetxattr(fd.raw(), name.c_str(), value.data(), value.size(), 0) == -1)
    return Error::system("fsetxattr", name.c_str());
  return {};
}

Result<void> faccessat(FdRef dir, CStr path, int mode, int flags) {
  // The raw calls: glibc's emulation of flags reads uids, the kernel's (faccessat2, Linux 5.8) checks.
  const long denied = flags == 0 ? ::syscall(SYS_faccessat, dir.raw(), path.c_str(), mode)
                                 : ::syscall(SYS_faccessat2, dir.raw(), path.c_str(), mode, flags);
  if (denied == -1) return Error::system("access", path.c_str());
  return {};
}

Result<void> flock(FdRef fd, int operation) {
  if (retry([&] { return ::flock(fd.raw(), operation); }) == -1) return Error::system("flock", "");
  return {};
}

Result<void> fchdir(FdRef fd) {
  if (::fchdir(fd.raw()) == -1) return Error::system("fchdir", "");
  return {};
}

Result<void> chdir(CStr path) {
  if (::chdir(path.c_str()) == -1) return Error::system("chdir", path.c_str());
  return {};
}

Result<void> chroot(CStr path) {
  if (::chroot(path.c_str()) == -1) return Error::system("chroot", path.c_str());
  return {};
}

Result<std::string> getcwd() {
  std::array<char, 4096> buffer;
  const long n = ::syscall(SYS_getcwd, buffer.data(), buffer.size());
  if (n == -1) return Error::system("getcwd", "");
  return std::string(buffer.data());
}

mode_t umask(mode_t mask) { return ::umask(mask); }

Result<std::vector<DirEntry>> getdents(FdRef dir) {
  // linux_dirent64, getdents64(2): inode 8 bytes, offset 8, record length 2, type 1, then the terminated name.
  constexpr std::size_t kLength = 16, kType = 18, kName = 19;
  std::vector<DirEntry> entries;
  std::array<char, 16384> buffer;
  for (;;) {
    const long n = retry([&] { return ::syscall(SYS_getdents64, dir.raw(), buffer.data(), buffer.size()); });
    if (n == -1) return Error::system("getdents64", "");
    if (n == 0) return entries;
    for (std::size_t at = 0; at < static_cast<std::size_t>(n);) {
      const char* record = buffer.data() + at;
      std::uint16_t length;
      std::memcpy(&length, record + kLength, sizeof length);
      const std::string_view name = record + kName;
      if (name != "." && name != "..")
        entries.push_back({std::string(name), static_cast<unsigned char>(record[kType])});
      at += length;
    }
  }
}

Result<UniqueFd> memfd_create(CStr name, unsigned flags) {
  const int fd = ::memfd_create(name.c_str(), flags | MFD_CLOEXEC);
  if (fd == -1) return Error::system("memfd_create", name.c_str());
  return UniqueFd(fd);
}

Result<std::size_t> sendfile(FdRef to, FdRef from, std::size_t count) {
  const ssize_t n = retry([&] { return ::sendfile(to.raw(), from.raw(), nullptr, count); });
  if (n == -1) return Error::system("sendfile", "");
  return static_cast<std::size_t>(n);
}

Result<int> fcntl_get_seals(FdRef fd) {
  const int seals = ::fcntl(fd.raw(), F_GET_SEALS);
  if (seals == -1) return Error::system("fcntl", "F_GET_SEALS");
  return seals;
}

Result<void> fcntl_add_seals(FdRef fd, int seals) {
  if (::fcntl(fd.raw(), F_ADD_SEALS, seals) == -1) return Error::system("fcntl", "F_ADD_SEALS");
  return {};
}

Result<int> fcntl_get_fd_flags(FdRef fd) {
  const int flags = ::fcntl(fd.raw(), F_GETFD);
  if (flags == -1) return Error::system("fcntl", "F_GETFD");
  return flags;
}

Result<void> fcntl_set_status_flags(FdRef fd, int flags) {
  if (::fcntl(fd.raw(), F_SETFL, flags) == -1) return Error::system("fcntl", "F_SETFL");
  return {};
}

Result<void> keep_on_exec(FdRef fd) {
  const int flags = TRY(fcntl_get_fd_flags(fd));
  if (::fcntl(fd.raw(), F_SETFD, flags & ~FD_CLOEXEC) == -1) return Error::system("fcntl", "F_SETFD");
  return {};
}

Result<UniqueFd> dup_above(FdRef fd, int least) {
  const int copy = ::fcntl(fd.raw(), F_DUPFD_CLOEXEC, least);
  if (copy == -1) return Error::system("fcntl", "F_DUPFD_CLOEXEC");
  return UniqueFd(copy);
}

Result<UniqueFd> eventfd() {
  const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd == -1) return Error::system("eventfd", "");
  return UniqueFd(fd);
}

std::string fd_number(FdRef fd) { return std::to_string(fd.raw()); }

std::string self_fd_path(FdRef fd) { return "self/fd/" + std::to_string(fd.raw()); }

Result<void> dup_onto(FdRef fd, int number) {
  if (fd.raw() == number) return keep_on_exec(fd);
  if (retry([&] { return ::dup3(fd.raw(), number, 0); }) == -1) return Error::system("dup3", "");
  return {};
}

Result<void> close_range(unsigned first, unsigned last, unsigned flags) {
  if (::syscall(SYS_close_range, first, last, flags) == -1) return Error::system("close_range", "");
  return {};
}

Result<void> close_all_but(unsigned first, std::vector<FdRef> keep) {
  std::sort(keep.begin(), keep.end(), [](FdRef a, FdRef b) { return a.raw() < b.raw(); });
  for (const FdRef fd : keep) {
    if (fd.raw() < 0) continue;  // an empty owner
    const auto number = static_cast<unsigned>(fd.raw());
    if (number < first) continue;
    if (number > first) TRY(close_range(first, number - 1, 0));
    first = number + 1;
  }
  return close_range(first, ~0U, 0);
}

Result<void> mark_close_on_exec_one_by_one(unsigned first) {
  const UniqueFd dir = TRY(openat(FdRef::cwd(), "/proc/self/fd", O_RDONLY | O_DIRECTORY));
  if (TRY(fstatfs(dir)).f_type != PROC_SUPER_MAGIC)
    return Error::make(Error::Kind::kUnsafe, "/proc is not procfs: can't tell which descriptors are open");
  for (const DirEntry& entry : TRY(getdents(dir))) {
    const auto fd = text::parse_int<unsigned>(entry.name);
    if (!fd || *fd < first) continue;
    if (::fcntl(static_cast<int>(*fd), F_SETFD, FD_CLOEXEC) == -1) return Error::system("fcntl", "F_SETFD");
  }
  return {};
}

Result<void*> mmap_shared(std::size_t size) {
  void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return Error::system("mmap", "");
  return memory;
}

}  // namespace brig::sys
