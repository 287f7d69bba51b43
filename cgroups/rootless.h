// Whether brig runs for a user whom nobody owes a cgroup. For cgroups/ itself.
#pragma once

#include "base/result.h"

namespace brig::cgroups {

// Whether this process is not root of the machine: another user, or root of a user namespace only, who has no rights
// over the machine's cgroups and can't attach device programs (user_namespaces(7)). false if it can't be told.
bool is_rootless();

// Whether the failure is one of rights: EACCES, EPERM, or EROFS, which is what a container sees of its /sys/fs/cgroup.
bool lacks_rights(const Error& error);

}  // namespace brig::cgroups
