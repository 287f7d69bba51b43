// Runs in: init.
#pragma once

#include "base/result.h"
#include "runtime/mounts/rootfs.h"

namespace brig::mounts {

// Masked paths, read-only paths, then the read-only root; after everything that mounts, before the payload. A target
// that doesn't exist is fine; a mask's source is verified or made by us, never taken from the container
// (CVE-2025-31133). Spec: config-linux.md#masked-paths, #readonly-paths; config.md#root.
Result<void> restrict_paths(const Plan& plan, const PivotedRoot& root);

}  // namespace brig::mounts
