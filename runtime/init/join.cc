// Runs in: init.
//
// The order is init's (init.cc), as far as it has the same steps.
#include "runtime/init/join.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "base/sys.h"
#include "runtime/init/attributes.h"
#include "runtime/init/confinement.h"
#include "runtime/init/credentials.h"
#include "runtime/init/introduction.h"
#include "runtime/init/labels.h"
#include "runtime/init/program.h"
#include "runtime/namespaces/enter.h"
#include "runtime/process/console.h"

namespace brig::init {
namespace {

using process::Channel;
using process::Msg;
using process::Steps;

Result<void> join_namespaces(const JoinPlan& plan) {
  TRY(namespaces::join_process(plan.container, plan.namespaces));
  if (plan.root) {
    TRY(sys::fchdir(plan.root));
    TRY(sys::chroot("."), "enter the container's root");
  }
  if (!plan.joins(CLONE_NEWUSER)) return {};
  TRY(namespaces::become_root_of_user_namespace());
  return die_unseen();  // again
}

Result<void> set_up_stdio(const JoinPlan& plan, const RootDir& root, const ProcDir& proc) {
  if (plan.process.terminal)
    return process::open_terminal(
        root, proc, {.socket = plan.console_socket, .size = plan.process.console_size, .uid = plan.process.user.uid});
  process::own_stdio(plan.process.user.uid);
  return {};
}

// All that takes the host's /proc or a descriptor of the host's. What it sets is inherited by a clone: the session
// keyring, the labels for the next execve, descriptors 0 to 2, oomScoreAdj.
Result<void> enter(JoinPlan& plan, const Channel& runtime, Steps& steps, const ProcDir& proc) {
  if (plan.unprivileged_runtime && plan.process.oom_score_adj)  // while /proc/self/oom_score_adj is still the user's
    TRY(set_oom_score(*plan.process.oom_score_adj, "self", proc), "set oomScoreAdj");
  TRY(die_unseen());
  sys::reset_signals();
  sys::umask(0);
  // Whoever is cloned from here on is born in the cgroup.
  if (plan.wait_for_cgroup) STEP("join cgroup", runtime.expect({Msg::kInCgroup}));
  STEP("join namespaces", join_namespaces(plan));
  // From here on every namespace but that of pids is the container's, and no host path can be reached by name.

  if (plan.new_keyring) STEP("make keyring", make_session_keyring(plan.process.selinux_label, proc));
  const RootDir root = RootDir::adopt(TRY(sys::openat(FdRef::cwd(), "/", O_PATH | O_DIRECTORY)));
  STEP("set up stdio", set_up_stdio(plan, root, proc));
  const bool labelled = !plan.process.apparmor_profile.empty() || !plan.process.selinux_label.empty();
  if (labelled) STEP("set labels", set_labels_on_exec(plan.process, proc));
  add_home(plan.process, root, proc);
  log::stop();
  STEP("close descriptors", sys::close_all_but(3 + plan.preserved, {runtime.fd()}));
  // The caller's arguments and environment; their copies are the program's own.
  sys::hide_command_line("brig");
  // From here on this process holds nothing of the host's.
  return {};
}

Result<void> apply_scheduling(const JoinPlan& plan, Steps& steps) {
  // What the process may use is bounded by its cgroup, in which it is by now.
  const oci::ExecCpuAffinity& affinity = plan.process.exec_cpu_affinity;
  if (!affinity.final.empty()) STEP("set CPU affinity", set_cpu_affinity(affinity.final));
  // Without `final` it is the container's default: all that the cgroup allows, whatever the caller is bound to.
  if (affinity.final.empty()) STEP("reset CPU affinity", allow_all_cpus());
  if (plan.scheduling_by == SchedulingBy::kInit) STEP("set scheduling", set_scheduling(0, plan.process));
  if (plan.memory_policy) STEP("set memory policy", set_memory_policy(*plan.memory_policy));
  if (plan.personality) STEP("set personality", set_personality(*plan.personality));
  return {};
}

Result<void> lead_session(const JoinPlan& plan) {
  TRY(sys::setsid());
  if (plan.process.terminal) TRY(sys::set_controlling_terminal(FdRef::number(0)));
  return {};
}

struct Confined {
  Unprivileged proof;
  bool in_cwd = false;
};

// From a process that holds nothing of the host's to one that has no more rights than the program.
Result<Confined> give_up_privileges(const JoinPlan& plan, const Channel& runtime, Steps& steps) {
  TRY(set_rlimits(plan.process.rlimits));
  TRY(apply_scheduling(plan, steps));
  // As in init: either user may be the one who is allowed to enter, and the filter may forbid to ask where we are.
  const bool entered = enter_cwd(plan.process.cwd).ok();
  if (plan.seccomp && !plan.process.no_new_privileges)  // needs CAP_SYS_ADMIN, which goes next
    STEP("load seccomp", load_filter(*plan.seccomp, plan.seccomp_notifies, runtime));
  const Unprivileged proof = STEP("drop privileges", drop_privileges(plan.process, plan.groups_may_stay));
  return Confined{.proof = proof, .in_cwd = entered};
}

// From there to the program.
Result<void> become_program(const JoinPlan& plan, const Confined& confined, const Channel& runtime, Steps& steps) {
  if (!confined.in_cwd) TRY(enter_cwd(plan.process.cwd), "enter working directory", plan.process.cwd);
  const std::string program = STEP("find program", find_program(plan.process));
  TRY(runtime.send(Msg::kReady));
  TRY(runtime.expect({Msg::kStart}));
  // From here on it is the runtime's wish that the program runs, whatever becomes of the runtime.
  TRY(sys::prctl(PR_SET_PDEATHSIG, 0));
  for (unsigned n = 3; n < 3 + plan.preserved; ++n) TRY(sys::keep_on_exec(FdRef::number(static_cast<int>(n))));
  sys::umask(plan.process.user.umask.value_or(0022));
  if (plan.seccomp && plan.process.no_new_privileges)
    STEP("load seccomp", load_filter(*plan.seccomp, plan.seccomp_notifies, runtime));
  steps.stamp("execute program");
  return execute(program, plan.process, confined.proof);
}

// What whoever lives in the pid namespace can see of us, and stop, begins here.
Result<void> arrive(const JoinPlan& plan, std::optional<Confined> confined, const Channel& runtime, Steps& steps) {
  TRY(die_unseen());
  TRY(lead_session(plan), "start session");
  if (!confined) confined = TRY(give_up_privileges(plan, runtime, steps));
  // From here on this process has no more rights than the program it will become.
  return become_program(plan, *confined, runtime, steps);
}

[[noreturn]] void end(const Channel& runtime, const Result<void>& result) {
  if (!result.ok()) (void)runtime.send_failure(result.error());  // Ignored: nobody is left to hear it.
  sys::exit_now(result.ok() ? 0 : 1);
}

// As the runtime's child. Filters of engines have clone3(2) fail, as they can't see its flags, but not clone(2).
Result<sys::Cloned> clone_process(const JoinPlan& plan) {
  const bool filtered = plan.privileges_go_first && plan.seccomp && !plan.process.no_new_privileges;
  return filtered ? sys::fork_with_pidfd(CLONE_PARENT) : sys::clone3(CLONE_PARENT, std::nullopt);
}

Result<void> join(JoinPlan& plan, const Channel& runtime, Steps& steps, const ProcDir& proc) {
  TRY(enter(plan, runtime, steps, proc));
  std::optional<Introduction> introduction;
  if (plan.joins(CLONE_NEWPID)) introduction = TRY(Introduction::prepare());
  std::optional<Confined> confined;
  if (plan.privileges_go_first) confined = TRY(give_up_privileges(plan, runtime, steps));
  if (!plan.joins(CLONE_NEWPID)) return arrive(plan, confined, runtime, steps);
  const sys::Cloned process = TRY(clone_process(plan), "clone the process");
  if (process.pid != 0) return introduction->make(runtime, process);
  introduction->await();
  steps.set_process("process");
  end(runtime, arrive(plan, confined, runtime, steps));
}

}  // namespace

void join_main(JoinPlan& plan, process::Channel runtime, process::Steps steps, const ProcDir& proc) noexcept {
  steps.set_process("join");
  end(runtime, join(plan, runtime, steps, proc));
}

}  // namespace brig::init
