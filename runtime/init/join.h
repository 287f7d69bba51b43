// Runs in: init.
//
// The way of a process into a running container, from clone3(2) to execve(2). In two parts, so that nothing of the host
// is ever to be seen from inside (CVE-2016-9962, CVE-2024-21626): first a process outside of the container's pid
// namespace joins all the others, does what takes the host's /proc, and closes all that is the host's; then it clones,
// into the pid namespace, the one that becomes the program.
#pragma once

#include "base/proc_dir.h"
#include "runtime/init/join_plan.h"
#include "runtime/process/channel.h"
#include "runtime/process/steps.h"

namespace brig::init {

// Called at the clone site in the child; never returns into the frames it inherited. Joins, clones the process as its
// sibling (CLONE_PARENT, so that it is the runtime's child), says kInit and ends; without a pid namespace to join it
// becomes the process itself. The process says kReady once only the program is missing, waits for kStart and executes
// it; a failure at any point goes to the runtime as kFailed.
[[noreturn]] void join_main(JoinPlan& plan, process::Channel runtime, process::Steps steps,
                            const ProcDir& proc) noexcept;

}  // namespace brig::init
