#include "oci/scheduling_rules.h"

#include <linux/mempolicy.h>
#include <linux/sched.h>

#include <string_view>

#include "base/log.h"
#include "base/text.h"
#include "oci/scheduling_names.h"

namespace brig::oci {
namespace {

Error scheduler_error(std::string_view member, std::string_view reason) {
  return Error::config(text::cat("/process/scheduler/", member), reason);
}

// sched_setattr(2), "SCHED_DEADLINE": runtime <= deadline <= period, at least 1024 ns, less than 2^63.
Result<void> check_deadline(const Scheduler& s) {
  constexpr std::uint64_t kLeast = 1024, kMost = std::uint64_t{1} << 63;
  if (s.runtime < kLeast) return scheduler_error("runtime", "must be at least 1024 ns for SCHED_DEADLINE");
  if (s.deadline < s.runtime) return scheduler_error("deadline", "must not be less than runtime");
  if (s.deadline >= kMost) return scheduler_error("deadline", "must be less than 2^63");
  if (s.period >= kMost) return scheduler_error("period", "must be less than 2^63");
  // 0: the same as the deadline.
  if (s.period != 0 && s.period < s.deadline) return scheduler_error("period", "must not be less than deadline");
  return {};
}

// sched(7): a process under SCHED_DEADLINE can't fork unless its children are reset. The hooks are its children.
Result<void> check_hooks_can_run(const Config& config) {
  const bool resets = (config.process->scheduler->flags & SCHED_FLAG_RESET_ON_FORK) != 0;
  if (resets || config.hooks.start_container.empty()) return {};
  return scheduler_error("flags",
                         "startContainer hooks can't be run by SCHED_DEADLINE without SCHED_FLAG_RESET_ON_FORK");
}

// config.md has the flags, and no property for the values (sched_setattr(2), sched_util_min and sched_util_max). With
// the kernel's 0, as runc and crun have it, the one is no clamp at all and the other the tightest there is.
void warn_of_clamps(const Scheduler& s) {
  constexpr std::uint64_t kClamps = SCHED_FLAG_UTIL_CLAMP_MIN | SCHED_FLAG_UTIL_CLAMP_MAX;
  if ((s.flags & kClamps) != 0)
    log::warn("config.json: /process/scheduler/flags: a utilization clamp is set to 0, no property says its value");
}

// STATIC and RELATIVE say how nodes are read when the set of allowed ones changes.
constexpr int kNodeFlags = MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES;

Result<void> check_nodes(const MemoryPolicy& policy) {
  const std::string_view name = memory_policy_mode_name(policy.mode);
  const bool takes_none = policy.mode == MPOL_DEFAULT || policy.mode == MPOL_LOCAL;
  // MPOL_PREFERRED without nodes is MPOL_LOCAL.
  const bool may_have_none = takes_none || policy.mode == MPOL_PREFERRED;
  if (takes_none && !policy.nodes.empty())
    return Error::config("/linux/memoryPolicy/nodes", text::cat(name, " takes none"));
  if (!may_have_none && policy.nodes.empty())
    return Error::config("/linux/memoryPolicy/nodes", text::cat("required for ", name, ", but missing"));
  return {};
}

}  // namespace

Result<void> scheduler_fits_policy(const Config& config) {
  if (!config.process || !config.process->scheduler) return {};
  const Scheduler& s = *config.process->scheduler;
  const std::string_view name = scheduler_policy_name(s.policy);
  const bool fair = s.policy == SCHED_NORMAL || s.policy == SCHED_BATCH;
  const bool real_time = s.policy == SCHED_FIFO || s.policy == SCHED_RR;
  const bool deadline = s.policy == SCHED_DEADLINE;
  const auto not_for = [name](std::string_view member) {
    return scheduler_error(member, text::cat("has no meaning for ", name));
  };
  if (s.nice != 0 && !fair) return not_for("nice");
  if (s.priority != 0 && !real_time) return not_for("priority");
  if (s.runtime != 0 && !deadline) return not_for("runtime");
  if (s.deadline != 0 && !deadline) return not_for("deadline");
  if (s.period != 0 && !deadline) return not_for("period");
  warn_of_clamps(s);
  // What is kept is what the runtime's own process has: only the kernel knows whether it fits.
  if ((s.flags & (SCHED_FLAG_KEEP_POLICY | SCHED_FLAG_KEEP_PARAMS)) != 0) return {};
  if (real_time && s.priority == 0) return scheduler_error("priority", text::cat("must be 1 to 99 for ", name));
  if (!deadline) return {};
  TRY(check_deadline(s));
  return check_hooks_can_run(config);
}

Result<void> memory_policy_is_whole(const Config& config) {
  if (!config.linux_.memory_policy) return {};
  const MemoryPolicy& policy = *config.linux_.memory_policy;
  const std::string_view name = memory_policy_mode_name(policy.mode);
  constexpr std::string_view kFlags = "/linux/memoryPolicy/flags";
  TRY(check_nodes(policy));
  if ((policy.flags & kNodeFlags) == kNodeFlags)
    return Error::config(kFlags, "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other");
  const bool no_node = policy.nodes.empty() && policy.mode != MPOL_DEFAULT;
  if ((policy.flags & kNodeFlags) != 0 && no_node)
    return Error::config(kFlags, text::cat(name, " without nodes takes no flag about nodes"));
  // MPOL_BIND: Linux 5.12; MPOL_PREFERRED_MANY: Linux 6.9.
  const bool balances = policy.mode == MPOL_BIND || policy.mode == MPOL_PREFERRED_MANY;
  if ((policy.flags & MPOL_F_NUMA_BALANCING) != 0 && !balances)
    return Error::config(kFlags, text::cat("MPOL_F_NUMA_BALANCING has no meaning for ", name));
  return {};
}

}  // namespace brig::oci
