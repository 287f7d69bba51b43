// Runs in: init.
#include "runtime/mounts/long_options.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>

#include "base/sys.h"
#include "base/text.h"

namespace brig::mounts {

namespace {

unsigned long superblock_flag(std::string_view name) {
  struct Flag {
    std::string_view name;
    unsigned long flag;
  };
  // Their opposites are what a file system starts with.
  constexpr std::array<Flag, 5> kFlags = {{{"dirsync", MS_DIRSYNC},
                                           {"lazytime", MS_LAZYTIME},
                                           {"mand", MS_MANDLOCK},
                                           {"ro", MS_RDONLY},
                                           {"sync", MS_SYNCHRONOUS}}};
  for (const Flag& flag : kFlags)
    if (flag.name == name) return flag.flag;
  return 0;
}

Result<std::string> data_of(const FileSystem& wanted) {
  for (const std::string& option : wanted.data)
    if (option.find(',') != std::string::npos)
      return Error::make(Error::Kind::kUnsupported,
                         text::cat("mount option ", option.substr(0, option.find('=')),
                                   ": has a comma, and with it or another option longer than fsconfig(2) takes"));
  std::string data = text::join(wanted.data, ",");
  constexpr std::size_t kPage = 4096;
  if (data.size() < kPage) return data;
  return Error::make(Error::Kind::kUnsupported, text::cat("mount options of more than ", kPage - 1, " bytes"));
}

// The mount that is made at `name` of the directory that `stage` is.
Result<UniqueFd> mount_at(const FileSystem& wanted, const std::string& data, FdRef stage, const std::string& name,
                          const ProcDir& proc) {
  TRY(sys::mkdirat(stage, name, 0700));
  unsigned long flags = remount_flags(
      ST_RELATIME, {.set = wanted.attributes,
                    .clear = wanted.attributes & MOUNT_ATTR__ATIME ? std::uint64_t{MOUNT_ATTR__ATIME} : 0});
  for (const std::string& flag : wanted.superblock_flags) flags |= superblock_flag(flag);
  const UniqueFd point = TRY(sys::openat(stage, name, O_PATH | O_DIRECTORY | O_NOFOLLOW));
  TRY(sys::fchdir(proc.fd()));
  const Result<void> done =
      sys::mount(wanted.source, sys::self_fd_path(point), wanted.type.c_str(), flags, data.c_str());
  if (!done.ok()) return Error::system("mount", wanted.type, done.error().code());
  const UniqueFd mounted = TRY(sys::openat(stage, name, O_PATH | O_DIRECTORY | O_NOFOLLOW));
  return clone_tree(mounted, Submounts::kWithout);
}

}  // namespace

bool has_long_option(const FileSystem& wanted) {
  const auto too_long = [](const std::string& option) {
    const std::size_t at = option.find('=');
    return at != std::string::npos && option.size() - at - 1 > kLongestValue;
  };
  return wanted.source.size() > kLongestValue || std::any_of(wanted.data.begin(), wanted.data.end(), too_long);
}

Result<UniqueFd> make_by_mount(const FileSystem& wanted, FdRef place) {
  const std::string data = TRY(data_of(wanted));
  const ProcDir proc = TRY(any_proc());
  const UniqueFd stage = TRY(make_file_system({.type = "tmpfs", .source = "tmpfs", .data = {"mode=700"}}));
  TRY(attach(stage, place, {}));
  Result<UniqueFd> made = mount_at(wanted, data, stage, "mount", proc);
  TRY(sys::fchdir(proc.fd()));
  TRY(sys::umount2(sys::self_fd_path(stage), MNT_DETACH));
  TRY(sys::chdir("/"));
  return made;
}

}  // namespace brig::mounts
