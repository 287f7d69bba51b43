// The system calls on mounts. See sys.h.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/sys.h"
#include "base/sys_retry.h"

namespace brig::sys {

Result<UniqueFd> fsopen(CStr type) {
  const long fd = ::syscall(SYS_fsopen, type.c_str(), FSOPEN_CLOEXEC);
  if (fd == -1) return Error::system("fsopen", type.c_str());
  return UniqueFd(static_cast<int>(fd));
}

Result<void> fsconfig_flag(FdRef fs, CStr key) {
  if (::syscall(SYS_fsconfig, fs.raw(), FSCONFIG_SET_FLAG, key.c_str(), nullptr, 0) == -1)
    return Error::system("fsconfig", key.c_str());
  return {};
}

Result<void> fsconfig_string(FdRef fs, CStr key, CStr value) {
  if (::syscall(SYS_fsconfig, fs.raw(), FSCONFIG_SET_STRING, key.c_str(), value.c_str(), 0) == -1)
    return Error::system("fsconfig", std::string(key.c_str()) + "=" + value.c_str());
  return {};
}

Result<void> fsconfig_create(FdRef fs) {
  if (::syscall(SYS_fsconfig, fs.raw(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == -1)
    return Error::system("fsconfig", "create");
  return {};
}

std::string fs_message(FdRef fs) {
  std::array<char, 1024> buffer;
  const ssize_t n = ::read(fs.raw(), buffer.data(), buffer.size());
  if (n <= 2) return {};
  // "e text": the first letter is the level (fsopen(2), draft manual; fs/fsopen.c).
  std::string message(buffer.data() + 2, static_cast<std::size_t>(n) - 2);
  while (!message.empty() && message.back() == '\n') message.pop_back();
  return message;
}

Result<UniqueFd> fsmount(FdRef fs, unsigned attributes) {
  const long fd = ::syscall(SYS_fsmount, fs.raw(), FSMOUNT_CLOEXEC, attributes);
  if (fd == -1) return Error::system("fsmount", "");
  return UniqueFd(static_cast<int>(fd));
}

Result<UniqueFd> open_tree(FdRef dir, CStr path, unsigned flags) {
  const long fd = retry([&] { return ::syscall(SYS_open_tree, dir.raw(), path.c_str(), flags | OPEN_TREE_CLOEXEC); });
  if (fd == -1) return Error::system("open_tree", path.c_str());
  return UniqueFd(static_cast<int>(fd));
}

Result<void> move_mount(FdRef from, FdRef to) {
  constexpr unsigned kByDescriptor = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
  if (::syscall(SYS_move_mount, from.raw(), "", to.raw(), "", kByDescriptor) == -1)
    return Error::system("move_mount", "");
  return {};
}

Result<void> mount_setattr(FdRef mount, CStr path, unsigned flags, const MountAttributes& attributes) {
  struct mount_attr attr = {};
  attr.attr_set = attributes.set;
  attr.attr_clr = attributes.clear;
  attr.propagation = attributes.propagation;
  if (attributes.user_namespace) attr.userns_fd = static_cast<std::uint64_t>(attributes.user_namespace->raw());
  if (::syscall(SYS_mount_setattr, mount.raw(), path.c_str(), flags, &attr, sizeof attr) == -1)
    return Error::system("mount_setattr", path.c_str());
  return {};
}

Result<void> mount(CStr source, CStr target, const char* type, unsigned long flags, const char* data) {
  if (::mount(source.c_str(), target.c_str(), type, flags, data) == -1) return Error::system("mount", target.c_str());
  return {};
}

Result<void> umount2(CStr target, int flags) {
  if (::umount2(target.c_str(), flags) == -1) return Error::system("umount2", target.c_str());
  return {};
}

Result<void> pivot_root(CStr new_root, CStr put_old) {
  if (::syscall(SYS_pivot_root, new_root.c_str(), put_old.c_str()) == -1)
    return Error::system("pivot_root", new_root.c_str());
  return {};
}

}  // namespace brig::sys
