// Runs in: init.
#include "runtime/namespaces/enter.h"

#include <sched.h>

#include <vector>

#include "base/sys.h"
#include "oci/names.h"

namespace brig::namespaces {

// The user namespace is the last of the plan. What the caller is not privileged to join before it may be allowed from
// inside: an unprivileged user's container owns its namespaces by its user namespace (setns(2)).
Result<void> join(const Plan& plan) {
  std::vector<const Join*> denied;
  for (const Join& ns : plan.joins) {
    auto joined = sys::setns(ns.fd, ns.type);
    const bool may_wait = plan.joined_user && ns.type != CLONE_NEWUSER;
    if (!joined.ok() && joined.error().code() == EPERM && may_wait) {
      denied.push_back(&ns);
    } else {
      TRY(std::move(joined), "join namespace", ns.path);
    }
  }
  for (const Join* ns : denied) TRY(sys::setns(ns->fd, ns->type), "join namespace", ns->path);
  return {};
}

Result<void> join_process(FdRef process, int types) {
  if (types == 0) return {};
  auto at_once = sys::setns(process, types);
  if (at_once.ok() || at_once.error().code() != EPERM || (types & CLONE_NEWUSER) == 0) return at_once;
  int denied = 0;
  for (const int type :
       {CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWTIME}) {
    if ((types & type) == 0) continue;
    auto joined = sys::setns(process, type);
    if (!joined.ok() && joined.error().code() != EPERM) return joined;
    if (!joined.ok()) denied |= type;
  }
  TRY(sys::setns(process, CLONE_NEWUSER), "join the user namespace");
  if (denied == 0) return {};
  return sys::setns(process, denied);
}

Result<void> make_time_namespace(const Plan& plan, const ProcDir& proc) {
  TRY(sys::unshare(CLONE_NEWTIME), "make time namespace");
  TRY(proc.write("self/timens_offsets", plan.time_offsets), "set /linux/timeOffsets");
  return {};
}

Result<void> become_root_of_user_namespace() {
  // EPERM: setgroups is denied in this namespace (user_namespaces(7)); the groups are then nobody's business here.
  auto cleared = sys::setgroups({});
  if (!cleared.ok() && cleared.error().code() != EPERM) return cleared;
  TRY(sys::setresgid(0), "become group 0 of the user namespace");
  TRY(sys::setresuid(0), "become user 0 of the user namespace");
  return {};
}

Result<void> make_cgroup_namespace() { return sys::unshare(CLONE_NEWCGROUP); }

}  // namespace brig::namespaces
