// Runs in: init.
#pragma once

#include "base/proc_dir.h"
#include "base/result.h"
#include "runtime/mounts/site.h"

namespace brig::mounts {

// The plan's device nodes, with exactly their modes and owners (requires umask 0). In a user namespace, or where
// mknod(2) is not allowed, the host's node of that path is bound, if it is the same device. A node that exists already
// and is the device stays; anything else in its place is kUnsafe (CVE-2025-31133).
// Spec: config-linux.md#devices, #default-devices.
Result<void> make_devices(const Site& site);

// /dev/fd, stdin, stdout, stderr, core, ptmx. Spec: runtime-linux.md#dev-symbolic-links.
// What is there under these names stays, but for ptmx, which must be that of the container's own devpts.
Result<void> make_dev_links(const Site& site, const ProcDir& proc);

}  // namespace brig::mounts
