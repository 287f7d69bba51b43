// Runs in: init.
#include "runtime/mounts/copy_up.h"

#include <fcntl.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"

namespace brig::mounts {

namespace {

// Bounds the recursion, and the descriptors it holds open: an image may nest directories without end.
constexpr int kDeepest = 128;
constexpr mode_t kPermissions = 07777;

Result<void> copy_directory(FdRef from, FdRef to, int depth);

// After owner and mode: chown(2) takes file capabilities away, chmod(2) changes an access list.
Result<void> copy_attributes(FdRef from, FdRef to, std::string_view name) {
  Result<std::vector<std::string>> attributes = sys::flistxattr(from);
  if (!attributes.ok() && attributes.error().code() == EOPNOTSUPP) return {};
  for (const std::string& attribute : TRY(std::move(attributes))) {
    if (attribute == "security.selinux") continue;
    const std::string value = TRY(sys::fgetxattr(from, attribute));
    Result<void> set = sys::fsetxattr(to, attribute, value);
    if (set.ok()) continue;
    const int code = set.error().code();
    // Not of this file system ("user." on a tmpfs before Linux 6.6), or not for this user.
    if (code != EOPNOTSUPP && code != EPERM && code != EINVAL) return set;
    log::warn(text::cat("tmpcopyup: `", name, "` goes without the attribute ", attribute, ": ", errno_words(code)));
  }
  return {};
}

Result<void> finish(FdRef from, FdRef to, const std::string& name, const struct stat& stat) {
  // The owner before the mode: chown(2) takes the set-user-ID bit away.
  TRY(sys::fchown(to, stat.st_uid, stat.st_gid));
  TRY(sys::fchmod(to, stat.st_mode & kPermissions));
  return copy_attributes(from, to, name);
}

Result<void> copy_file(FdRef from, FdRef to_dir, const std::string& name, const struct stat& stat) {
  const UniqueFd to = TRY(sys::openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
  constexpr std::size_t kChunk = std::size_t{1} << 30;
  while (TRY(sys::sendfile(to, from, kChunk)) != 0) continue;
  return finish(from, to, name, stat);
}

Result<void> copy_subdirectory(FdRef from, FdRef to_dir, const std::string& name, const struct stat& stat, int depth) {
  if (depth == kDeepest) return Error::system("copy", name, ELOOP);
  TRY(sys::mkdirat(to_dir, name, 0700));
  const UniqueFd to = TRY(sys::openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  TRY(copy_directory(from, to, depth + 1));
  return finish(from, to, name, stat);
}

Result<void> copy_link_or_node(FdRef from_dir, FdRef to_dir, const std::string& name, const struct stat& stat) {
  if (S_ISSOCK(stat.st_mode)) return {};
  if (S_ISLNK(stat.st_mode)) {
    const std::string target = TRY(sys::readlinkat(from_dir, name));
    TRY(sys::symlinkat(target, to_dir, name));
  } else {
    TRY(sys::mknodat(to_dir, name, stat.st_mode, stat.st_rdev));
  }
  return sys::fchownat(to_dir, name, stat.st_uid, stat.st_gid, AT_SYMLINK_NOFOLLOW);
}

// What is opened for reading is what was looked at: a FIFO or a device in its place would be opened otherwise, which
// may block or have effects.
Result<void> copy_entry(FdRef from_dir, FdRef to_dir, const std::string& name, int depth) {
  const struct stat stat = TRY(sys::fstatat(from_dir, name, AT_SYMLINK_NOFOLLOW));
  if (!S_ISDIR(stat.st_mode) && !S_ISREG(stat.st_mode)) return copy_link_or_node(from_dir, to_dir, name, stat);
  const int type = S_ISDIR(stat.st_mode) ? O_DIRECTORY : O_NONBLOCK;
  const UniqueFd from = TRY(sys::openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NOCTTY | type));
  const struct stat opened = TRY(sys::fstat(from));
  if ((opened.st_mode & S_IFMT) != (stat.st_mode & S_IFMT)) return Error::system("copy", name, ESTALE);
  if (S_ISDIR(opened.st_mode)) return copy_subdirectory(from, to_dir, name, opened, depth);
  return copy_file(from, to_dir, name, opened);
}

Result<void> copy_directory(FdRef from, FdRef to, int depth) {
  const std::vector<sys::DirEntry> entries = TRY(sys::getdents(from));
  for (const sys::DirEntry& entry : entries) TRY(copy_entry(from, to, entry.name, depth), "copy", entry.name);
  return {};
}

}  // namespace

Result<void> copy_up(FdRef from, FdRef to) {
  const UniqueFd source = TRY(sys::openat(from, ".", O_RDONLY | O_DIRECTORY));
  const struct stat stat = TRY(sys::fstat(source));
  TRY(copy_directory(source, to, 0));
  // The mode is an option of the new file system.
  const UniqueFd root = TRY(sys::openat(to, ".", O_RDONLY | O_DIRECTORY));
  TRY(sys::fchown(root, stat.st_uid, stat.st_gid));
  return copy_attributes(source, root, "/");
}

}  // namespace brig::mounts
