// Runs in: runtime.
//
// What this machine and this user can't do of a config: parts of `check`, each of which reads only.
#pragma once

#include <string>

#include "base/proc_dir.h"
#include "oci/config.h"
#include "runtime/container/check_findings.h"

namespace brig::container {

// New namespaces that this kernel does not have, of which it allows none (/proc/sys/user), or which this user may not
// make. namespaces(7), capabilities(7).
void check_namespaces(const oci::Config& config, const ProcDir& proc, Collector& found);

// Capabilities for the bounding set that the caller does not have in its own (capabilities(7)): left out, a warning.
void check_capabilities(const oci::Config& config, Collector& found);

// Limits above the caller's own hard ones, without the right to raise them, and open files above what the kernel
// allows anybody. setrlimit(2); /proc/sys/fs/nr_open.
void check_rlimits(const oci::Config& config, const ProcDir& proc, Collector& found);

// An oomScoreAdj that takes a right which the caller does not have.
void check_oom_score(const oci::Config& config, const ProcDir& proc, Collector& found);

// Hooks whose program is missing or not executable; those for startContainer are the container's (check_program.h).
void check_hooks(const oci::Config& config, Collector& found);

}  // namespace brig::container
