// Runs in: runtime.
#pragma once

#include "runtime/container/directory.h"
#include "runtime/process/steps.h"

namespace brig::container {

// Adds the steps to those kept with the container's state. A full file system is no reason to undo a start, or to call
// one failed whose program runs: a warning, no error.
void keep_trace(const Directory& directory, const process::Steps& steps);

// With --debug: the steps of a start that failed, whose state directory is gone by now.
void tell_trace(const process::Steps& steps);

}  // namespace brig::container
