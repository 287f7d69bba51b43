// Runs in: both.
#include "runtime/mounts/attributes.h"

#include <sys/mount.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>

namespace brig::mounts {

namespace {

constexpr unsigned long kTypes = MS_SHARED | MS_SLAVE | MS_PRIVATE | MS_UNBINDABLE;

// How access times are kept is one value in several bits: who sets it has to clear all of them (mount_setattr(2)).
std::uint64_t with_whole_atime(std::uint64_t set, std::uint64_t clear) {
  return ((set | clear) & MOUNT_ATTR__ATIME) != 0 ? clear | MOUNT_ATTR__ATIME : clear;
}

bool empty(const Change& change) { return change.set == 0 && change.clear == 0 && change.propagation == 0; }

bool tied_to_host(const oci::MountOptions& options) {
  return std::any_of(options.propagation.begin(), options.propagation.end(),
                     [](unsigned long flags) { return (flags & (MS_SHARED | MS_SLAVE)) != 0; });
}

// A clone is a peer of its source; this cuts it loose as far as it must be.
unsigned long first_propagation(const oci::MountOptions& options, unsigned long rootfs_propagation) {
  if (!tied_to_host(options)) return MS_PRIVATE;
  if ((rootfs_propagation & MS_SHARED) != 0) return 0;
  return (rootfs_propagation & (MS_PRIVATE | MS_UNBINDABLE)) != 0 ? MS_PRIVATE : MS_SLAVE;
}

}  // namespace

Change merged(const oci::MountOptions& options) {
  const std::uint64_t tree_clear = with_whole_atime(options.recursive_set, options.recursive_clear);
  const std::uint64_t set = (options.set & ~(tree_clear | options.recursive_set)) | options.recursive_set;
  const std::uint64_t clear = with_whole_atime(set, (options.clear & ~options.recursive_set) | tree_clear);
  return {.set = set, .clear = clear};
}

std::vector<Change> propagation_changes(const oci::MountOptions& options) {
  std::vector<Change> changes;
  for (const unsigned long flags : options.propagation)
    changes.push_back({.propagation = flags & kTypes, .recursive = (flags & MS_REC) != 0});
  return changes;
}

std::vector<Change> bind_changes(const oci::MountOptions& options, unsigned long rootfs_propagation) {
  std::vector<Change> changes;
  const unsigned long first = first_propagation(options, rootfs_propagation);
  if (options.recursive) {
    const std::uint64_t tree_clear = with_whole_atime(options.recursive_set, options.recursive_clear);
    const std::uint64_t taken = options.recursive_set | tree_clear;
    const std::uint64_t set = options.set & ~taken;
    changes.push_back({options.recursive_set, tree_clear, first, true});
    changes.push_back({set, with_whole_atime(set, options.clear & ~taken), 0, false});
  } else {
    changes.push_back(merged(options));
    changes.back().propagation = first;
  }
  for (const Change& change : propagation_changes(options))
    if (change.propagation != MS_PRIVATE || tied_to_host(options)) changes.push_back(change);
  std::erase_if(changes, empty);
  return changes;
}

unsigned long remount_flags(unsigned long f_flags, const Change& change) {
  struct Bit {
    unsigned long statfs, mount;
    std::uint64_t attribute;
  };
  constexpr unsigned long kStNoSymFollow = 0x2000;  // linux/statfs.h
  constexpr std::array<Bit, 6> kBits = {{{ST_RDONLY, MS_RDONLY, MOUNT_ATTR_RDONLY},
                                         {ST_NOSUID, MS_NOSUID, MOUNT_ATTR_NOSUID},
                                         {ST_NODEV, MS_NODEV, MOUNT_ATTR_NODEV},
                                         {ST_NOEXEC, MS_NOEXEC, MOUNT_ATTR_NOEXEC},
                                         {ST_NODIRATIME, MS_NODIRATIME, MOUNT_ATTR_NODIRATIME},
                                         {kStNoSymFollow, MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW}}};
  unsigned long flags = 0;
  for (const Bit& bit : kBits) {
    const bool was = (f_flags & bit.statfs) != 0;
    if ((change.set & bit.attribute) != 0 || (was && (change.clear & bit.attribute) == 0)) flags |= bit.mount;
  }
  if ((change.clear & MOUNT_ATTR__ATIME) != 0) {
    const std::uint64_t atime = change.set & MOUNT_ATTR__ATIME;
    return flags | (atime == MOUNT_ATTR_NOATIME       ? MS_NOATIME
                    : atime == MOUNT_ATTR_STRICTATIME ? MS_STRICTATIME
                                                      : MS_RELATIME);
  }
  // Strict is what statfs(2) shows as neither of the two.
  return flags | ((f_flags & ST_NOATIME) != 0    ? MS_NOATIME
                  : (f_flags & ST_RELATIME) != 0 ? MS_RELATIME
                                                 : MS_STRICTATIME);
}

}  // namespace brig::mounts
