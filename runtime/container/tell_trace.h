// Runs in: runtime.
#pragma once

#include "runtime/process/steps.h"

namespace brig::container {

// With --debug: the steps of a start that failed, whose state directory is gone by now.
void tell_trace(const process::Steps& steps);

}  // namespace brig::container
