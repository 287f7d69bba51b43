// Runs in: runtime.
#include "runtime/container/arrive.h"

#include <sched.h>

#include <array>

#include "base/sys.h"
#include "base/text.h"
#include "runtime/container/silence.h"
#include "runtime/container/status.h"
#include "runtime/init/attributes.h"
#include "runtime/init/join.h"
#include "runtime/init/scheduling.h"

namespace brig::container {
namespace {

using process::Channel;
using process::Message;
using process::Msg;

// In the child this does not return.
Result<sys::Cloned> clone_into(init::JoinPlan& plan, const cgroups::Entry& entry, sys::SocketPair& pair,
                               const process::Steps& steps, const ProcDir& proc) {
  sys::Cloned cloned = TRY(sys::clone3(0, entry.clone_target()));
  if (cloned.pid != 0) return cloned;
  pair.a.reset();
  init::join_main(plan, Channel(std::move(pair.b)), steps, proc);
}

// "T": by a signal, "t": by a tracer. The name before may hold anything (proc(5)).
bool is_stopped(pid_t pid, const ProcDir& proc) {
  auto stat = proc.read(text::cat(pid, "/stat"));
  if (!stat.ok()) return false;
  const std::size_t name_end = stat.value().rfind(") ");
  if (name_end == std::string::npos) return false;
  const char state = stat.value()[name_end + 2];
  return state == 'T' || state == 't';
}

bool has_ended(FdRef pidfd) {
  std::array<pollfd, 1> fds = {sys::poll_entry(pidfd, POLLIN)};
  auto ready = sys::poll(fds, 0);
  return !ready.ok() || ready.value() != 0;
}

Error container_ended() {
  return Error::remote(Error::Kind::kState, ESRCH, "container not running: it has ended meanwhile");
}

}  // namespace

Result<Arrival> Arrival::begin(const Record& record, init::JoinPlan& plan, cgroups::Entry& entry, bool ignore_paused,
                               const process::Steps& steps, const ProcDir& proc) {
  sys::SocketPair pair = TRY(sys::seqpacket_pair());
  auto cloned = clone_into(plan, entry, pair, steps, proc);
  if (!cloned.ok() && TRY(entry.try_cgroup_of(record.init.pid, cloned.error(), proc)))
    cloned = clone_into(plan, entry, pair, steps, proc);
  if (!cloned.ok() && entry.leave_to_systemd(cloned.error())) {
    plan.wait_for_cgroup = true;
    cloned = clone_into(plan, entry, pair, steps, proc);
  }
  if (!cloned.ok()) cloned = entry.explain_clone(std::move(cloned).error());
  sys::Cloned joining = TRY(std::move(cloned), "clone into the container's cgroup");
  return Arrival(record, plan, ignore_paused, proc, Channel(std::move(pair.a)),
                 process::Child(joining.pid, std::move(joining.pidfd)));
}

Result<void> Arrival::check_way() {
  if (has_ended(plan_.container)) return container_ended();
  if (is_stopped(process.pid(), proc_))
    return Error::make(Error::Kind::kState, "the process was stopped on its way into the container, by another in it");
  if (ignore_paused_ || !TRY(cgroups::frozen(record_.cgroup))) return {};
  // Not waited for: in a frozen cgroup v1 it ends once the container is resumed. Ignored: ESRCH, it has just ended.
  (void)sys::pidfd_send_signal(process.pidfd(), SIGKILL);
  process.release();
  return Error::make(Error::Kind::kState, "the container was paused meanwhile");
}

// The container's processes may stop what joins them, or end with their pid namespace: neither is to make us hang.
Result<void> Arrival::wait_for_word() {
  constexpr int kLookEveryMs = 1000;
  for (;;) {
    std::array<pollfd, 2> fds = {sys::poll_entry(channel_.fd(), POLLIN), sys::poll_entry(plan_.container, POLLIN)};
    TRY(sys::poll(fds, kLookEveryMs), "wait for the process");
    if (fds[0].revents != 0) return {};
    TRY(check_way());
  }
}

// The process that joined the namespaces has cloned the one that counts, as our child, and ends.
Result<void> Arrival::adopt(Message message) {
  if (adopted_ || !message.fd) return Error::make(Error::Kind::kUnsafe, "the process came without its pidfd, or twice");
  process::Child arrived(static_cast<pid_t>(message.number), std::move(message.fd));
  TRY(process.wait(), "wait for the process between");
  process = std::move(arrived);
  adopted_ = true;
  return {};
}

// The first of the two processes that we hear may load the filter, before it clones the second, who says nothing before
// it was introduced.
Result<Message> Arrival::hear(Msg wanted) {
  if (!adopted_) {
    TRY(wait_for_word());
    Message message =
        TRY(wanted == Msg::kListener ? channel_.expect({Msg::kInit, wanted}) : channel_.expect({Msg::kInit}));
    if (message.type == wanted) return message;
    TRY(adopt(std::move(message)));
  }
  TRY(wait_for_word());
  return channel_.expect({wanted});
}

Result<void> Arrival::pass_listener_on(process::SeccompAgent agent) {
  const Message message = TRY(hear(Msg::kListener));
  const oci::State state = state_document(record_, oci::Status::kRunning);
  return process::pass_listener_on(
      channel_, message, std::move(agent),
      oci::container_process_state(state, record_.exec.seccomp_listener->metadata, process.pid()));
}

Result<void> Arrival::prepare(const cgroups::Entry& entry, process::Steps& steps) {
  adopted_ = !plan_.joins(CLONE_NEWPID);
  if (plan_.wait_for_cgroup) {
    STEP("join cgroup", entry.add(process.pid()));
    TRY(channel_.send(Msg::kInCgroup));
  }
  if (plan_.seccomp_notifies && !plan_.process.no_new_privileges) {
    process::SeccompAgent agent = TRY(process::SeccompAgent::connect(record_.exec.seccomp_listener->path));
    TRY(pass_listener_on(std::move(agent)));
  }
  TRY(hear(Msg::kReady));
  steps.stamp("process is ready");
  if (plan_.process.oom_score_adj && !plan_.unprivileged_runtime)
    TRY(init::set_oom_score(*plan_.process.oom_score_adj, std::to_string(process.pid()), proc_), "set oomScoreAdj");
  if (record_.rdt) STEP("join resctrl groups", join_rdt(*record_.rdt, process.pid()));
  if (plan_.scheduling_by == init::SchedulingBy::kRuntime)
    STEP("set scheduling", init::set_scheduling(process.pid(), plan_.process));
  // A delete may have killed what was in the cgroup before the process was: it ends with us then.
  if (has_ended(plan_.container)) return container_ended();
  return {};
}

Result<void> Arrival::make_ready(const cgroups::Entry& entry, process::Steps& steps) {
  auto prepared = prepare(entry, steps);
  if (!prepared.ok()) return explain(std::move(prepared).error());
  return {};
}

Result<void> Arrival::start(process::Steps& steps) {
  std::optional<process::SeccompAgent> agent;
  if (plan_.seccomp_notifies && plan_.process.no_new_privileges)
    agent = TRY(process::SeccompAgent::connect(record_.exec.seccomp_listener->path));
  TRY(channel_.send(Msg::kStart));
  auto started = agent ? pass_listener_on(std::move(*agent)) : Result<void>();
  if (started.ok()) started = wait_for_word();
  if (started.ok()) started = channel_.expect_end();
  if (!started.ok()) return explain(std::move(started).error());
  steps.stamp("program runs");
  return {};
}

Error Arrival::explain(Error error) {
  if (error.kind() == Error::Kind::kSystem)
    if (auto last = channel_.expect_pending_failure()) return std::move(*last);
  if (process::is_silence(error) && has_ended(plan_.container)) return container_ended();
  return explain_silence(std::move(error), process, record_.cgroup);
}

}  // namespace brig::container
