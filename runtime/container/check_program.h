// Runs in: runtime.
#pragma once

#include <string>

#include "base/proc_dir.h"
#include "oci/config.h"
#include "runtime/container/check_findings.h"

namespace brig::container {

// The part of `check` that is about process.args[0], startContainer hooks and process.cwd: whether the program is to be
// found in the container's files as init would find it, may be executed by the container's user, is made for this
// machine, and has its dynamic loader or interpreter. What lies on a file system that is not mounted yet is a note.
void check_program(const oci::Config& config, const std::string& bundle, const ProcDir& proc, Collector& found);

}  // namespace brig::container
