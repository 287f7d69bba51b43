#include "base/proc_dir.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <utility>

#include "base/proc_walk.h"
#include "base/sys.h"
#include "base/text.h"

namespace brig {
namespace {

constexpr ino_t kProcRootInode = 1;  // PROC_ROOT_INO of the kernel's linux/proc_fs.h; part of its interface to CRIU
constexpr std::size_t kMostToRead = std::size_t{16} << 20;

std::string full_name(CStr path) { return text::cat("/proc/", path.c_str()); }

Error covered(CStr path) {
  return Error::make(Error::Kind::kUnsafe,
                     text::cat("open `", full_name(path), "`: something else is mounted over it"));
}

// EXDEV: something is mounted over a part of `path`.
Result<UniqueFd> open_below(FdRef proc, CStr path, int flags) {
  open_how how = {};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS;
  Result<UniqueFd> found = sys::openat2(proc, path, how);
  if (!found.ok() && found.error().code() == ENOSYS) found = walk_proc(proc, path, flags);
  if (found.ok() || found.error().kind() != Error::Kind::kSystem) return found;
  return Error::system("open", full_name(path), found.error().code());
}

// EXDEV as above, also if the link itself is covered.
Result<UniqueFd> follow_below(FdRef proc, CStr path, int flags) {
  const std::string_view whole = path.c_str();
  const std::size_t slash = whole.rfind('/');
  if (slash == std::string_view::npos) return Error::system("follow", full_name(path), EINVAL);
  const UniqueFd dir = TRY(open_below(proc, std::string(whole.substr(0, slash)), O_PATH | O_DIRECTORY));
  const std::string name(whole.substr(slash + 1));
  const std::uint64_t dir_mount = TRY(mount_id(dir, "", AT_EMPTY_PATH));
  Result<std::uint64_t> link_mount = mount_id(dir, name, AT_SYMLINK_NOFOLLOW);
  if (!link_mount.ok()) {
    if (link_mount.error().kind() != Error::Kind::kSystem) return std::move(link_mount).error();
    return Error::system("open", full_name(path), link_mount.error().code());
  }
  if (dir_mount != link_mount.value()) return Error::system("open", full_name(path), EXDEV);
  Result<UniqueFd> found = sys::openat(dir, name, flags);
  if (!found.ok()) return Error::system("open", full_name(path), found.error().code());
  return found;
}

// The same file system mounted once more, for us alone and without what covers parts of it. The kernel refuses it to
// who could not unmount the covers (locked mounts: mount_namespaces(7)).
Result<ProcDir> clone_of(FdRef proc) {
  return ProcDir::adopt(TRY(sys::open_tree(proc, "", AT_EMPTY_PATH | OPEN_TREE_CLONE)));
}

// A procfs of our own, of our pid namespace.
Result<ProcDir> new_instance() {
  const UniqueFd fs = TRY(sys::fsopen("proc"));
  TRY(sys::fsconfig_create(fs));
  return ProcDir::adopt(TRY(sys::fsmount(fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)));
}

using Lookup = Result<UniqueFd> (*)(FdRef proc, CStr path, int flags);

// The lookup; if something covers the path, again where nothing does. The clone comes first as it shows the same pid
// namespace; a new instance may show another one, so a path that names a process by number is not looked up there.
Result<UniqueFd> look_up(FdRef proc, CStr path, int flags, Lookup lookup) {
  Result<UniqueFd> found = lookup(proc, path, flags);
  if (found.ok() || found.error().code() != EXDEV) return found;
  Result<ProcDir> bare = clone_of(proc);
  const bool names_process = *path.c_str() >= '0' && *path.c_str() <= '9';
  if (!bare.ok() && !names_process) bare = new_instance();
  if (!bare.ok()) return covered(path);
  found = lookup(bare.value().fd(), path, flags);
  if (!found.ok() && found.error().code() == EXDEV) return covered(path);
  return found;
}

}  // namespace

Result<ProcDir> ProcDir::open() {
  return adopt(TRY(sys::openat(FdRef::cwd(), "/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW)));
}

Result<ProcDir> ProcDir::adopt(UniqueFd dir) {
  const struct statfs fs = TRY(sys::fstatfs(dir));
  if (fs.f_type != PROC_SUPER_MAGIC) return Error::make(Error::Kind::kUnsafe, "/proc is not procfs");
  const struct stat root = TRY(sys::fstat(dir));
  if (root.st_ino != kProcRootInode) return Error::make(Error::Kind::kUnsafe, "/proc is not the root of a procfs");
  return ProcDir(std::move(dir));
}

Result<UniqueFd> ProcDir::open_at(CStr path, int flags) const { return look_up(dir_, path, flags, open_below); }

Result<UniqueFd> ProcDir::open_magic_link(CStr path, int flags) const {
  return look_up(dir_, path, flags, follow_below);
}

Result<std::string> ProcDir::read(CStr path) const {
  const UniqueFd file = TRY(open_at(path, O_RDONLY));
  Result<std::string> content = sys::read_all(file, kMostToRead);
  if (!content.ok()) return Error::system("read", full_name(path), content.error().code());
  return content;
}

Result<void> ProcDir::write(CStr path, std::string_view data) const {
  const UniqueFd file = TRY(open_at(path, O_WRONLY));
  Result<void> written = sys::write_once(file, data);
  if (!written.ok()) return Error::system("write", full_name(path), written.error().code());
  return {};
}

}  // namespace brig
