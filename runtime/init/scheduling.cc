// Runs in: both.
#include "runtime/init/scheduling.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>

#include "base/sys.h"
#include "base/text.h"
#include "oci/index_list.h"
#include "oci/scheduling_names.h"

namespace brig::init {
namespace {

// The number of the initial user namespace has been the same since Linux 3.8 (PROC_USER_INIT_INO).
Result<bool> in_initial_user_namespace(const ProcDir& proc) {
  constexpr ino_t kInitialUserNamespace = 0xEFFFFFFD;
  const UniqueFd own = TRY(proc.open_magic_link("self/ns/user", O_RDONLY));
  return TRY(sys::fstat(own)).st_ino == kInitialUserNamespace;
}

Error explain_scheduler(Error error, std::uint32_t policy) {
  if (error.code() == EOPNOTSUPP)
    return std::move(error).with_hint("this kernel has no utilization clamps (CONFIG_UCLAMP_TASK)");
  if (error.code() == EBUSY) return std::move(error).with_hint("the CPUs have no time left for SCHED_DEADLINE");
  if (error.code() != EPERM) return error;
  if (policy == SCHED_DEADLINE)
    return std::move(error).with_hint("it takes CAP_SYS_NICE, and a cpuset with all CPUs: sched(7)");
  if (policy == SCHED_FIFO || policy == SCHED_RR)
    return std::move(error).with_hint(
        "it takes CAP_SYS_NICE, and a cgroup with time for it: linux.resources.cpu.realtimeRuntime");
  return std::move(error).with_hint("it takes CAP_SYS_NICE");
}

Result<void> set_scheduler(pid_t pid, const oci::Scheduler& wanted) {
  const sys::SchedulingAttributes attributes = {.policy = wanted.policy,
                                                .flags = wanted.flags,
                                                .nice = wanted.nice,
                                                .priority = wanted.priority,
                                                .runtime = wanted.runtime,
                                                .deadline = wanted.deadline,
                                                .period = wanted.period};
  auto set = sys::sched_setattr(pid, attributes);
  if (set.ok()) return {};
  return explain_scheduler(std::move(set).error(), wanted.policy);
}

}  // namespace

Result<SchedulingBy> who_sets_scheduling(const oci::Process& process, bool in_user_namespace, const ProcDir& proc) {
  if (!process.scheduler && !process.io_priority) return SchedulingBy::kNobody;
  if (!in_user_namespace) return SchedulingBy::kInit;
  const bool nice = (TRY(sys::capget()).effective >> CAP_SYS_NICE & 1) != 0;
  if (!nice) return SchedulingBy::kInit;
  return TRY(in_initial_user_namespace(proc)) ? SchedulingBy::kRuntime : SchedulingBy::kInit;
}

Result<void> set_scheduling(pid_t pid, const oci::Process& process) {
  if (process.scheduler)
    TRY(set_scheduler(pid, *process.scheduler), "set /process/scheduler",
        oci::scheduler_policy_name(process.scheduler->policy));
  if (!process.io_priority) return {};
  auto set = sys::ioprio_set(pid, process.io_priority->io_class, process.io_priority->priority);
  if (!set.ok() && set.error().code() == EPERM) set = std::move(set).error().with_hint("it takes CAP_SYS_NICE");
  TRY(std::move(set), "set /process/ioPriority");
  return {};
}

Result<void> set_cpu_affinity(std::string_view list) {
  const std::optional<oci::IndexMask> mask = oci::parse_index_list(list);
  if (!mask || mask->empty())
    return Error::make(Error::Kind::kInternal, text::cat(text::json_quote(list), " is no list of CPUs"));
  auto set = sys::sched_setaffinity(0, *mask);
  if (!set.ok() && set.error().code() == EINVAL)
    set = std::move(set).error().with_hint("none of these CPUs is there and allowed");
  TRY(std::move(set), "set CPU affinity", list);
  return {};
}

Result<void> allow_all_cpus() {
  // What is not there or not allowed is ignored (sched_setaffinity(2)); this is more than any kernel counts.
  constexpr std::size_t kMostCpus = 8192;
  const oci::IndexMask all(kMostCpus / (8 * sizeof(unsigned long)), ~0UL);
  TRY(sys::sched_setaffinity(0, all), "allow all CPUs");
  return {};
}

Result<void> check_memory_policy(const oci::MemoryPolicy& policy) {
  auto now = sys::get_mempolicy();
  if (now.ok()) return {};
  if (now.error().code() != ENOSYS) return std::move(now).error();
  return Error::make(Error::Kind::kUnsupported,
                     text::cat("/linux/memoryPolicy: ", oci::memory_policy_mode_name(policy.mode),
                               " can't be set, this kernel has no memory policies (CONFIG_NUMA)"));
}

Result<void> set_memory_policy(const oci::MemoryPolicy& policy) {
  const std::optional<oci::IndexMask> nodes = oci::parse_index_list(policy.nodes);
  if (!nodes) return Error::make(Error::Kind::kInternal, text::cat(policy.nodes, " is no list of memory nodes"));
  auto set = sys::set_mempolicy(policy.mode | policy.flags, *nodes);
  if (!set.ok() && set.error().code() == EINVAL)
    set = std::move(set).error().with_hint(
        "none of these nodes is there and allowed, or this kernel does not know the mode");
  TRY(std::move(set), "set /linux/memoryPolicy", oci::memory_policy_mode_name(policy.mode));
  return {};
}

Result<void> set_personality(unsigned long wanted) {
  constexpr unsigned long kAsk = 0xFFFFFFFF;  // personality(2)
  TRY(sys::personality(wanted), "set /linux/personality");
  if (TRY(sys::personality(kAsk)) != wanted)
    return Error::make(Error::Kind::kUnsafe, "/linux/personality is not what was set");
  return {};
}

}  // namespace brig::init
