// Runs in: runtime.
#include "runtime/mounts/remount.h"

#include <sys/mount.h>

#include <algorithm>

#include "base/text.h"
#include "runtime/mounts/attributes.h"

namespace brig::mounts {

namespace {

// The options of a remount that are the file system's. "ro" and "rw" are done by the flag of the mount; with "bind" all
// of it is about the mount.
std::vector<std::string> take_file_system_flags(oci::MountOptions& options) {
  std::vector<std::string> flags = std::move(options.superblock_flags);
  options.superblock_flags.clear();
  std::erase(flags, "ro");
  if (options.bind) flags.clear();
  return flags;
}

PlannedMount* covered_by(std::vector<PlannedMount>& mounts) {
  const std::string& destination = mounts.back().mount.destination;
  for (std::size_t i = mounts.size() - 1; i-- > 0;) {
    PlannedMount& earlier = mounts[i];
    if (earlier.mount.destination == destination && earlier.kind != Kind::kRemount) return &earlier;
  }
  return nullptr;
}

void take_back_readonly(oci::MountOptions& options) {
  options.set &= ~std::uint64_t{MOUNT_ATTR_RDONLY};
  options.recursive_set &= ~std::uint64_t{MOUNT_ATTR_RDONLY};
  std::erase(options.superblock_flags, "ro");
}

}  // namespace

Result<void> settle_remount(std::vector<PlannedMount>& mounts) {
  PlannedMount& remount = mounts.back();
  const std::vector<std::string> flags = take_file_system_flags(remount.mount.options);
  const std::vector<std::string> data = std::move(remount.mount.options.data);
  remount.mount.options.data.clear();
  PlannedMount* earlier = covered_by(mounts);
  const bool makes_it = earlier != nullptr && earlier->kind == Kind::kFileSystem;
  if (makes_it && (merged(remount.mount.options).clear & MOUNT_ATTR_RDONLY) != 0)
    take_back_readonly(earlier->mount.options);
  if (flags.empty() && data.empty()) return {};
  if (!makes_it)
    return Error::config(remount.pointer + "/options",
                         text::cat("no earlier mount makes the file system there, whose option ",
                                   text::json_quote(data.empty() ? flags.front() : data.front()), " is"));
  oci::MountOptions& options = earlier->mount.options;
  options.superblock_flags.insert(options.superblock_flags.end(), flags.begin(), flags.end());
  options.data.insert(options.data.end(), data.begin(), data.end());
  return {};
}

}  // namespace brig::mounts
