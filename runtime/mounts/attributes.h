// Runs in: both.
//
// What mount options mean for mount_setattr(2) and, where that is missing, for mount(2). Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "oci/config.h"

namespace brig::mounts {

// One call of mount_setattr(2).
struct Change {
  std::uint64_t set = 0, clear = 0;  // MOUNT_ATTR_*
  unsigned long propagation = 0;     // one of MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE, or 0
  bool recursive = false;
  bool operator==(const Change&) const = default;
};

// What turns the clone of a bind's source into what `options` ask for, in order. Flags that nobody mentioned stay as
// they are on the source. The clone gets private propagation unless the options want a tie with the host ("slave",
// "shared"): then `rootfs_propagation` decides how far it may go (config-linux.md#rootfs-mount-propagation): both ways
// only if it is shared, none if it is private, otherwise from the host to the container.
std::vector<Change> bind_changes(const oci::MountOptions& options, unsigned long rootfs_propagation);

// The propagation of a new mount: options.propagation in its order; private, as it was born, if there are none.
std::vector<Change> propagation_changes(const oci::MountOptions& options);

// Flags of the options, and over them those that hold for the whole tree: what a single mount gets.
Change merged(const oci::MountOptions& options);

// The flags that mount(2) takes with MS_REMOUNT|MS_BIND to change a mount with statfs(2)'s `f_flags` as `change` says:
// it replaces all flags, so those that stay are named too.
unsigned long remount_flags(unsigned long f_flags, const Change& change);

}  // namespace brig::mounts
