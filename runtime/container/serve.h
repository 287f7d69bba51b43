// Runs in: runtime.
//
// The runtime's side of the conversation with init (channel.h), and its own work beside it.
#pragma once

#include "base/proc_dir.h"
#include "base/result.h"
#include "runtime/container/launch.h"
#include "runtime/init/plan.h"

namespace brig::container {

// Serves init (and the process between, whose place init takes in `launched`) until it says kReady: id maps, cgroup,
// network devices (which `plan` gives up), device program, the staged state, runtime hooks. A failure of init's is
// returned as it was there; its silent end with how it ended.
Result<void> serve_until_ready(Launch& launched, init::Plan& plan, const oci::Config& config, process::Steps& steps,
                               const ProcDir& proc);

}  // namespace brig::container
