// Runs in: both.
//
// Where and how a process runs: its scheduler, its io priority, its CPUs, its memory nodes, its personality. All of it
// is inherited over fork(2) (but for what SCHED_FLAG_RESET_ON_FORK takes back) and kept over execve(2).
#pragma once

#include <sys/types.h>

#include <string_view>

#include "base/proc_dir.h"
#include "base/result.h"
#include "oci/config.h"

namespace brig::init {

// Who sets scheduler and ioPriority: kInit by itself, before it drops its privileges; kRuntime for it, once it is
// ready.
enum class SchedulingBy : std::uint8_t { kNobody, kInit, kRuntime };

// The kernel asks for CAP_SYS_NICE in the initial user namespace (capabilities(7)), which init does not have in a user
// namespace of its own. So the runtime does it, if it can have the right itself; if not, init gets what needs none.
// Runs in the runtime.
Result<SchedulingBy> who_sets_scheduling(const oci::Process& process, bool in_user_namespace, const ProcDir& proc);

// scheduler and ioPriority of a process (pid 0: the caller). Errors: kSystem with EPERM for what takes CAP_SYS_NICE, or
// a cgroup with time for real-time processes (cgroup v1, CONFIG_RT_GROUP_SCHED), or all CPUs (SCHED_DEADLINE,
// sched(7)). Spec: config.md#linux-process; sched_setattr(2), ioprio_set(2).
Result<void> set_scheduling(pid_t pid, const oci::Process& process);

// The CPUs that the caller may run on from now on: a list as oci::parse_index_list takes it, not empty. CPUs that are
// not there are ignored; it fails (EINVAL) if none is left. For exec: `initial` before the process is in the
// container's cgroup, `final` after, as the change of cpuset changes the mask. Spec: config.md#linux-process,
// execCPUAffinity; sched_setaffinity(2).
Result<void> set_cpu_affinity(std::string_view list);

// The caller may run on every CPU again that its cgroup allows: who started brig may be bound to some (CPUAffinity= of
// an engine's unit), and since Linux 6.2 a cpuset does not undo that, but adds to it.
Result<void> allow_all_cpus();

// kUnsupported if this kernel has no NUMA and so no memory policies. Runs in the runtime.
Result<void> check_memory_policy(const oci::MemoryPolicy& policy);
// Requires: the process is in its cgroup, whose cpuset.mems bounds the nodes. Spec: config-linux.md#memory-policy.
Result<void> set_memory_policy(const oci::MemoryPolicy& policy);

// PER_*, read back. Spec: config-linux.md#personality.
Result<void> set_personality(unsigned long wanted);

}  // namespace brig::init
