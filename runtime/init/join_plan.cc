// Runs in: runtime.
#include "runtime/init/join_plan.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>

#include "base/sys.h"
#include "base/text.h"
#include "runtime/init/labels.h"
#include "runtime/init/plan.h"
#include "seccomp/allows.h"

namespace brig::init {
namespace {

Result<bool> is_in_user_namespace_of(pid_t pid, const ProcDir& proc) {
  const UniqueFd own = TRY(proc.open_magic_link("self/ns/user", O_RDONLY));
  const UniqueFd its = TRY(proc.open_magic_link(text::cat(pid, "/ns/user"), O_RDONLY));
  const struct stat a = TRY(sys::fstat(own));
  const struct stat b = TRY(sys::fstat(its));
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// A clone loses, or can't be made with, some schedulers (SCHED_FLAG_RESET_ON_FORK, SCHED_DEADLINE, sched(7)). A filter
// that goes into force with the privileges must let the process clone, and is not to notify of one that is not the
// program's.
bool privileges_can_go_first(const JoinPlan& plan) {
  if (!plan.joins(CLONE_NEWPID) || plan.process.scheduler) return false;
  if (!plan.seccomp || plan.process.no_new_privileges) return true;
  constexpr std::uint64_t kFlags[] = {CLONE_PARENT | CLONE_PIDFD | SIGCHLD};  // sys::fork_with_pidfd
  return !plan.seccomp_notifies && seccomp::allows(*plan.seccomp, "clone", kFlags);
}

}  // namespace

Result<void> complete_join_plan(JoinPlan& plan, pid_t pid, const ProcDir& proc) {
  if (plan.joins(CLONE_NEWUSER) && TRY(is_in_user_namespace_of(pid, proc))) plan.namespaces &= ~CLONE_NEWUSER;
  TRY(check_labels(plan.process, proc));
  TRY(warn_of_capabilities(plan.process.capabilities, plan.joins(CLONE_NEWUSER)));
  plan.groups_may_stay = plan.joins(CLONE_NEWUSER) || TRY(leave_out_denied_groups(plan.process.user, proc));
  if (plan.memory_policy) TRY(check_memory_policy(*plan.memory_policy));
  plan.scheduling_by = TRY(who_sets_scheduling(plan.process, plan.joins(CLONE_NEWUSER), proc));
  plan.unprivileged_runtime = sys::geteuid() != 0;
  plan.privileges_go_first = privileges_can_go_first(plan);
  return {};
}

}  // namespace brig::init
