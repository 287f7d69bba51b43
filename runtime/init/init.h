// Runs in: init.
//
// The life of a container's first process, from clone3(2) to execve(2).
#pragma once

#include "base/proc_dir.h"
#include "runtime/init/plan.h"
#include "runtime/process/channel.h"
#include "runtime/process/steps.h"

namespace brig::init {

// Called at the clone site in the child; never returns into the frames it inherited. Does the set-up, says kReady,
// waits for kStart and becomes the program; a failure at any point goes to the other side as kFailed.
[[noreturn]] void init_main(Plan& plan, process::Channel runtime, process::Steps steps, const ProcDir& proc) noexcept;

// The process between runtime and init, for plans that need one: joins, clones init as its sibling (CLONE_PARENT),
// tells the runtime and ends; init goes on in init_main.
[[noreturn]] void between_main(Plan& plan, process::Channel runtime, process::Steps steps,
                               const ProcDir& proc) noexcept;

}  // namespace brig::init
