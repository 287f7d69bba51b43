// Runs in: both.
//
// Mounts that show other owners than the file system has: mount_setattr(2), MOUNT_ATTR_IDMAP, Linux 5.12. The runtime
// maps the clones of bind sources, as that takes CAP_SYS_ADMIN in the user namespace that the file system belongs to;
// init maps new file systems. Spec: config.md#posix-platform-mounts, "uidMappings"; #linux-mount-options, "idmap",
// "ridmap".
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "runtime/mounts/plan.h"

namespace brig::mounts {

// "idmap", "ridmap", or mappings, which mean "idmap".
bool wants_id_mapping(const oci::Mount& mount);

// Gives the mount the mapping of `user_namespace`, which may be closed afterwards. A bind's source is mapped here and
// now, while it is a detached clone that nobody else has; for a new file system it is kept for init. To be called in
// the runtime. kUnsupported without the privilege or the kernel for it; kSystem as the kernel says, with what it may
// mean.
//
// What the host locked on such a source (read-only, nosuid …) is set on the mount, but no longer locked: who has
// CAP_SYS_ADMIN in the container's user namespace can take it back. The kernel locks only what it copies into a
// namespace with less privilege, and init, which has such a copy, may not map it.
Result<void> give_id_mapping(PlannedMount& planned, FdRef user_namespace);

// Maps the ids of a detached mount, or of all its tree.
Result<void> map_ids(FdRef tree, FdRef user_namespace, bool recursive);

}  // namespace brig::mounts
