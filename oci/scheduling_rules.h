// Internal to oci/: validate's rules on where and how the process runs. What the kernel would refuse whatever the
// machine is told before there is a process; what depends on the machine is left to the kernel.
#pragma once

#include "base/result.h"
#include "oci/config.h"

namespace brig::oci {

// Each parameter belongs to some policies (sched(7), sched_setattr(2)): nice to SCHED_OTHER and SCHED_BATCH, priority
// (1 … 99) to SCHED_FIFO and SCHED_RR, runtime, deadline and period to SCHED_DEADLINE. config.md#linux-process.
Result<void> scheduler_fits_policy(const Config& config);

// set_mempolicy(2): modes that need nodes, modes that take none, flags that exclude each other.
// config-linux.md#memory-policy.
Result<void> memory_policy_is_whole(const Config& config);

}  // namespace brig::oci
