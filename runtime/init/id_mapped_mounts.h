// Runs in: runtime.
#pragma once

#include "base/proc_dir.h"
#include "base/result.h"
#include "oci/validate.h"
#include "runtime/mounts/plan.h"
#include "runtime/namespaces/plan.h"

namespace brig::init {

// Gives each mount of the plan that asks for it its id mapping: that of its uidMappings and gidMappings, or the one of
// the container's user namespace. Before init is cloned, while the sources are clones that nobody has seen
// (mounts/id_mapping.h). A mapping is a user namespace, made for the moment by a child that does nothing; mounts with
// equal mappings share one, and a user namespace that is joined is taken itself. Costs nothing if no mount asks.
// kUnsupported without privilege or where the kernel can't; kSystem with the JSON pointer of the mount in a frame.
// Spec: config.md#posix-platform-mounts, #linux-mount-options.
Result<void> map_ids_of_mounts(mounts::Plan& plan, const namespaces::Plan& namespaces, const oci::ValidConfig& config,
                               const ProcDir& proc);

}  // namespace brig::init
