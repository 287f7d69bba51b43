// Runs in: runtime.
#include "runtime/init/join_plan.h"

#include <fcntl.h>
#include <sched.h>

#include "base/sys.h"
#include "base/text.h"
#include "runtime/init/labels.h"
#include "runtime/init/plan.h"

namespace brig::init {
namespace {

Result<bool> is_in_user_namespace_of(pid_t pid, const ProcDir& proc) {
  const UniqueFd own = TRY(proc.open_magic_link("self/ns/user", O_RDONLY));
  const UniqueFd its = TRY(proc.open_magic_link(text::cat(pid, "/ns/user"), O_RDONLY));
  const struct stat a = TRY(sys::fstat(own));
  const struct stat b = TRY(sys::fstat(its));
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

Result<void> complete_join_plan(JoinPlan& plan, pid_t pid, const ProcDir& proc) {
  if (plan.joins(CLONE_NEWUSER) && TRY(is_in_user_namespace_of(pid, proc))) plan.namespaces &= ~CLONE_NEWUSER;
  TRY(check_labels(plan.process, proc));
  if (!plan.joins(CLONE_NEWUSER)) TRY(warn_of_capabilities(plan.process.capabilities));
  plan.groups_may_stay = plan.joins(CLONE_NEWUSER) || TRY(groups_are_denied(plan.process.user, proc));
  if (plan.memory_policy) TRY(check_memory_policy(*plan.memory_policy));
  plan.scheduling_by = TRY(who_sets_scheduling(plan.process, plan.joins(CLONE_NEWUSER), proc));
  plan.unprivileged_runtime = sys::geteuid() != 0;
  return {};
}

}  // namespace brig::init
