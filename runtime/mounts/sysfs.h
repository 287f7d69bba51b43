// Runs in: init.
#pragma once

#include "base/error.h"
#include "base/fd.h"
#include "base/result.h"
#include "oci/config.h"
#include "runtime/mounts/site.h"

namespace brig::mounts {

// In a user namespace a sysfs can be mounted only by who owns the network namespace (network_namespaces(7)), so not by
// a container that shares the host's. What to do after `refused`, the error of such a mount: where it was to be
// read-only, the host's /sys is shown instead, with all that is mounted below and all of it read-only (CVE-2023-25809).
// Never a writable one; then, and for any other mount or error, `refused` comes back.
Result<void> attach_host_sys(const Site& site, const oci::Mount& mount, FdRef target, Error refused);

}  // namespace brig::mounts
