// Runs in: init.
#pragma once

#include "base/proc_dir.h"
#include "base/result.h"
#include "runtime/init/plan.h"

namespace brig::init {

// hostname, domainname, sysctl, oomScoreAdj: what the process is beside its files and its rights.
// `proc` is the machine's, verified: a write there can't be led astray by the container's own /proc (CVE-2025-52881).
// Spec: config.md#hostname, #process; config-linux.md#sysctl.
Result<void> apply_attributes(const Plan& plan, const ProcDir& proc);

// As late as the privilege to raise them lasts: a small RLIMIT_NOFILE would starve our own set-up.
Result<void> set_rlimits(const std::vector<oci::Rlimit>& rlimits);

}  // namespace brig::init
