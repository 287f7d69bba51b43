// Runs in: both.
#pragma once

#include <string_view>

#include "base/proc_dir.h"
#include "base/result.h"
#include "runtime/init/plan.h"

namespace brig::init {

// hostname, domainname, sysctl: what the process is beside its files and its rights.
// `proc` is the machine's, verified: a write there can't be led astray by the container's own /proc (CVE-2025-52881).
// Spec: config.md#hostname, #process; config-linux.md#sysctl.
Result<void> apply_attributes(const Plan& plan, const ProcDir& proc);

// oomScoreAdj of a process ("self", or a pid by number), which its children inherit. By the runtime, since lowering
// takes CAP_SYS_RESOURCE in the initial user namespace; an unprivileged runtime's init does it by itself, before its
// files in /proc are root's (proc(5), PR_SET_DUMPABLE). Spec: config.md#process.
Result<void> set_oom_score(int wanted, std::string_view process, const ProcDir& proc);

// As late as the privilege to raise them lasts: a small RLIMIT_NOFILE would starve our own set-up.
Result<void> set_rlimits(const std::vector<oci::Rlimit>& rlimits);

}  // namespace brig::init
