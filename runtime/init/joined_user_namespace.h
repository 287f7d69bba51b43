// Runs in: runtime.
#pragma once

#include "base/proc_dir.h"
#include "base/result.h"
#include "oci/config.h"
#include "runtime/namespaces/plan.h"

namespace brig::init {

// Mappings beside the path of a user namespace describe the one that is joined (Kubernetes gives them for every
// container of a pod): kConfig if it has others, before anything is made of a wrong assumption. Its maps are those of a
// process in it, so a child joins it, does nothing, and is ended. Costs nothing without both a path and mappings.
// Spec: config-linux.md#user-namespace-mappings; user_namespaces(7).
Result<void> check_joined_mappings(const oci::Linux& config, const namespaces::Plan& plan, const ProcDir& proc);

}  // namespace brig::init
