// Runs in: runtime.
//
// Everything that a process is to do that `exec` brings into a running container, as plain data with every object of
// the host already opened. Made before the clone; the process only performs it (join.h).
#pragma once

#include <optional>

#include "base/fd.h"
#include "base/proc_dir.h"
#include "base/result.h"
#include "oci/config.h"
#include "runtime/init/scheduling.h"
#include "seccomp/filter.h"

namespace brig::init {

struct JoinPlan {
  UniqueFd container;  // pidfd of the container's init
  int namespaces = 0;  // CLONE_NEW*: those of the container's init to be joined
  UniqueFd root;       // the container's root, where it is not that of its mount namespace; otherwise empty

  oci::Process process;  // env and args are final but for HOME
  std::optional<seccomp::Filter> seccomp;
  bool seccomp_notifies = false;
  SchedulingBy scheduling_by = SchedulingBy::kNobody;
  std::optional<oci::MemoryPolicy> memory_policy;
  std::optional<unsigned long> personality;

  bool wait_for_cgroup = false;  // until the runtime says kInCgroup
  // Whether the process gives up its privileges before it is cloned into the pid namespace. Who lives in there and has
  // CAP_SYS_PTRACE in our user namespace (a container without one of its own) can trace what arrives, though it is not
  // dumpable: so, where it can be, nothing arrives that is worth it (CVE-2016-9962).
  bool privileges_go_first = false;
  bool new_keyring = true;
  bool groups_may_stay = false;       // drop_privileges()
  bool unprivileged_runtime = false;  // it can't set oomScoreAdj for another process
  unsigned preserved = 0;             // descriptors 3 … 3+preserved-1 go to the process
  UniqueFd console_socket;            // connected; empty: no terminal

  bool joins(int type) const { return (namespaces & type) != 0; }
};

// Completes a plan whose container, namespaces, process and memory policy are set: leaves out a user namespace that is
// the caller's own, which setns(2) refuses (EINVAL), and finds out who sets the scheduling. `pid` is that of
// `container`. Fails as early as anything can: a label or a memory policy that this kernel has no module for
// (kUnsupported).
Result<void> complete_join_plan(JoinPlan& plan, pid_t pid, const ProcDir& proc);

}  // namespace brig::init
