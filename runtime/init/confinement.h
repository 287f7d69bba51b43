// Runs in: init.
//
// Steps by which a process is cut off from its caller and confined, whoever it is: a container's init (init.h) or one
// that is brought into the container later (join.h).
#pragma once

#include <string_view>

#include "base/proc_dir.h"
#include "base/result.h"
#include "runtime/process/channel.h"
#include "seccomp/load.h"

namespace brig::init {

// A session keyring of its own, for this process and those it clones, with the SELinux label of the processes that are
// to use it ("": the policy's default). A kernel without keys has none to share. keyrings(7).
Result<void> make_session_keyring(std::string_view selinux_label, const ProcDir& proc);

// Loads the filter; with SCMP_ACT_NOTIFY (`notifies`) the agent has the listener before anything else can happen
// (seccomp/notify.h).
Result<void> load_filter(const seccomp::SharedFilter& filter, bool notifies, const process::Channel& runtime);
Result<void> load_filter(const seccomp::Filter& filter, bool notifies, const process::Channel& runtime);

}  // namespace brig::init
