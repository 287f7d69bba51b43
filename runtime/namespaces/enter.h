// Runs in: init.
#pragma once

#include "base/proc_dir.h"
#include "base/result.h"
#include "runtime/namespaces/plan.h"

namespace brig::namespaces {

// setns(2) into each, in the plan's order; those that only the user namespace to join gives the right for, after it.
Result<void> join(const Plan& plan);

// setns(2) into those namespaces of a process (a pidfd, Linux 5.8) that `types`, CLONE_NEW*, names; the pid namespace
// is that of the children from then on. All at once where the kernel lets us: it then looks at our rights before the
// change of user namespace. Otherwise one after the other, those that only the user namespace gives the right for after
// it. kSystem with ESRCH if the process has ended.
Result<void> join_process(FdRef process, int types);

// Makes a time namespace for the children of this process and sets its clocks (time_namespaces(7)).
Result<void> make_time_namespace(const Plan& plan, const ProcDir& proc);

// After a user namespace was made (and its maps are written) or joined: user and group 0 of it, so that what is made
// from here on belongs to it. Requires not dumpable: the process may be seen in there (CVE-2016-9962).
Result<void> become_root_of_user_namespace();

// The container's own view of cgroups; once this process is in its cgroup (cgroup_namespaces(7)).
Result<void> make_cgroup_namespace();

}  // namespace brig::namespaces
