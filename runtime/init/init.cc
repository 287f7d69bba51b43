// Runs in: init.
//
// Order: runtime.md#lifecycle, config.md#posix-platform-hooks. Where the specification leaves it open it is runc's,
// since hooks and security policies in the field expect that.
#include "runtime/init/init.h"

#include <sched.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "base/sys.h"
#include "oci/documents.h"
#include "runtime/init/attributes.h"
#include "runtime/init/confinement.h"
#include "runtime/init/credentials.h"
#include "runtime/init/introduction.h"
#include "runtime/init/labels.h"
#include "runtime/init/program.h"
#include "runtime/init/scheduling.h"
#include "runtime/mounts/restrict.h"
#include "runtime/mounts/rootfs.h"
#include "runtime/namespaces/enter.h"
#include "runtime/process/console.h"
#include "runtime/process/hooks.h"

namespace brig::init {
namespace {

using process::Channel;
using process::Msg;
using process::Steps;

// Ensures: dies with the runtime until it is ready; can't be traced or looked into by what it will meet in there
// (CVE-2016-9962), but for the moment in which an unprivileged runtime writes its id maps; modes are made as given.
Result<void> harden(const Plan& plan, const ProcDir& proc) {
  TRY(sys::prctl(PR_SET_PDEATHSIG, SIGKILL));
  if (plan.unprivileged_runtime && plan.process.oom_score_adj)
    TRY(set_oom_score(*plan.process.oom_score_adj, "self", proc), "set oomScoreAdj");
  const bool dumpable_for_id_maps = plan.unprivileged_runtime && plan.namespaces.new_user;
  if (!dumpable_for_id_maps) TRY(sys::prctl(PR_SET_DUMPABLE, 0));
  sys::reset_signals();
  sys::umask(0);
  return {};
}

Result<void> get_id_maps(const Channel& runtime) {
  TRY(runtime.ask(Msg::kWantIdMaps, Msg::kIdMapsWritten));
  return sys::prctl(PR_SET_DUMPABLE, 0);
}

// A session and a session keyring of its own: nothing of the caller's terminal and keys is within reach
// (CVE-2017-5226).
Result<void> start_session(const Plan& plan, const ProcDir& proc) {
  TRY(sys::setsid());
  if (plan.new_keyring) TRY(make_session_keyring(plan.process.selinux_label, proc));
  return {};
}

std::string hook_state(const Plan& plan, oci::Status status) {
  oci::State state;
  state.id = plan.id;
  state.status = status;
  state.pid = sys::getpid();
  state.bundle = plan.bundle;
  state.annotations = plan.annotations;
  return oci::state_for_hooks(state);
}

// With the caller's umask, like the runtime's hooks: this process makes all modes as they are given.
Result<void> run_create_container_hooks(const Plan& plan) {
  const mode_t own = sys::umask(plan.caller_umask);
  auto ran = process::run_hooks("createContainer", plan.create_container,
                                {.state = hook_state(plan, oci::Status::kCreating), .directory = plan.bundle});
  sys::umask(own);
  return ran;
}

// Without `env` they get the program's, as with runc: config.md leaves that open, and ldconfig and the like need a
// PATH.
Result<void> run_start_container_hooks(Plan& plan) {
  for (oci::Hook& hook : plan.start_container)
    if (!hook.env) hook.env = plan.process.env;
  return process::run_hooks("startContainer", plan.start_container, {.state = hook_state(plan, oci::Status::kCreated)});
}

Result<void> set_up_terminal(const Plan& plan, const RootDir& root, const ProcDir& proc) {
  if (plan.process.terminal)
    return process::open_console(
        root, proc, {.socket = plan.console_socket, .size = plan.process.console_size, .uid = plan.process.user.uid});
  process::own_stdio(plan.process.user.uid);
  return {};
}

// create: the runtime goes, and `start` comes by the socket. A caller that leaves without kStart is not a start.
Result<void> wait_for_start(const Plan& plan, Channel& runtime) {
  const process::Message answer = TRY(runtime.expect({Msg::kCreated, Msg::kStart}));
  if (answer.type == Msg::kStart) return {};
  for (;;) {
    Channel caller(TRY(sys::accept(plan.start_socket)));
    auto message = caller.expect({Msg::kStart});
    if (!message.ok()) continue;
    runtime = std::move(caller);
    return {};
  }
}

// Requires: this process is in its cgroup, which becomes the root of what it sees.
Result<void> enter_cgroup_namespace(const Plan& plan, Steps& steps) {
  if (plan.namespaces.new_cgroup) STEP("make cgroup namespace", namespaces::make_cgroup_namespace());
  return {};
}

// Where and how the process runs. Requires: it is in its cgroup, and has its privileges still.
Result<void> apply_scheduling(const Plan& plan, Steps& steps) {
  TRY(allow_all_cpus());  // the engine may be bound to a few
  if (plan.scheduling_by == SchedulingBy::kInit) STEP("set scheduling", set_scheduling(0, plan.process));
  if (plan.memory_policy) STEP("set memory policy", set_memory_policy(*plan.memory_policy));
  if (plan.personality) STEP("set personality", set_personality(*plan.personality));
  return {};
}

// From clone to ready: everything but the program itself.
struct Prepared {
  std::string program;
  Unprivileged proof;
};

Result<Prepared> prepare(Plan& plan, const Channel& runtime, Steps& steps, const ProcDir& proc) {
  const bool in_user_namespace = plan.namespaces.new_user || plan.namespaces.joined_user;
  if (plan.namespaces.new_user && !plan.namespaces.intermediate_new_user) STEP("map ids", get_id_maps(runtime));
  if (!plan.namespaces.intermediate) TRY(namespaces::join(plan.namespaces));
  if (in_user_namespace) {
    TRY(namespaces::become_root_of_user_namespace());
    TRY(die_unseen());  // new credentials take both away (prctl(2))
  }
  STEP("start session", start_session(plan, proc));
  if ((plan.namespaces.clone_flags & CLONE_NEWNET) != 0) STEP("bring up loopback", sys::bring_interface_up("lo"));
  const bool attached = plan.join_cgroup_by_attach && !plan.namespaces.intermediate;
  const bool late = attached && !plan.cgroup_made_after_clone;
  if (attached && !late) STEP("join cgroup", runtime.expect({Msg::kInCgroup}));
  if (!late) TRY(enter_cgroup_namespace(plan, steps));
  // From here on every namespace is the container's (but for a cgroup v1's view), and "/" is a copy of the host's.

  mounts::MountedRootfs mounted = STEP("mount rootfs", mounts::build_rootfs(plan.mounts, proc));
  // From here on the mounts exist, nothing is hidden, and "/" is still the host's.

  // Attaching to a cgroup v1 waits for the kernel's RCU, 6 to 14 ms: the mounts are made meanwhile.
  if (late) {
    STEP("join cgroup", runtime.expect({Msg::kInCgroup}));
    TRY(enter_cgroup_namespace(plan, steps));
  }
  if (plan.runtime_hooks) STEP("runtime hooks", runtime.ask(Msg::kRunHooks, Msg::kHooksDone));
  if (!plan.create_container.empty()) STEP("createContainer hooks", run_create_container_hooks(plan));

  const mounts::PivotedRoot root = STEP("pivot root", mounts::pivot(std::move(mounted), plan.mounts));
  // From here on no host path can be reached by name.

  STEP("set up terminal", set_up_terminal(plan, root.root(), proc));
  STEP("apply attributes", apply_attributes(plan, proc));
  const bool labelled = !plan.process.apparmor_profile.empty() || !plan.process.selinux_label.empty();
  if (labelled) STEP("set labels", set_labels_on_exec(plan.process, proc));
  add_home(plan.process, root.root(), proc);
  TRY(make_cwd(plan.process.cwd, root.root()), "make working directory", plan.process.cwd);
  STEP("restrict paths", mounts::restrict_paths(plan.mounts, root));

  log::stop();
  STEP("close descriptors", sys::close_all_but(3 + plan.preserved, {runtime.fd(), plan.start_socket}));
  // From here on this process holds nothing of the host's: no path of the image can lead there.

  if (plan.seccomp) STEP("get seccomp filter", runtime.expect({Msg::kFilter}));
  TRY(set_rlimits(plan.process.rlimits));
  TRY(apply_scheduling(plan, steps));
  // Either the user that sets up or the one that the program runs as may be allowed to enter (a directory of mode 0700,
  // NFS with root squashed). Before the filter, which may forbid to ask where this process is.
  const bool entered = enter_cwd(plan.process.cwd).ok();
  if (plan.seccomp && !plan.process.no_new_privileges)  // needs CAP_SYS_ADMIN, which goes next
    STEP("load seccomp", load_filter(*plan.seccomp, plan.seccomp_listener.has_value(), runtime));
  const Unprivileged proof = STEP("drop privileges", drop_privileges(plan.process, plan.groups_may_stay));
  // From here on this process has no more rights than the program it will become.

  if (!entered) TRY(enter_cwd(plan.process.cwd), "enter working directory");
  std::string program;
  // Without a process nobody will say kStart (runtime.md#start).
  if (!plan.process.args.empty()) program = STEP("find program", find_program(plan.process));
  return Prepared{.program = std::move(program), .proof = proof};
}

// The start socket, and a second net below the first: whatever else is open by now is close-on-exec. A container's
// filter that is in force already may be older than close_range(2).
Result<void> close_what_is_left(Plan& plan, const Channel& runtime) {
  plan.start_socket.reset();
  auto closed = sys::close_all_but(3 + plan.preserved, {runtime.fd()});
  if (!closed.ok() && sys::may_be_filtered(closed.error())) return {};
  return closed;
}

Result<void> set_up_and_execute(Plan& plan, Channel& runtime, Steps& steps, const ProcDir& proc) {
  const Prepared prepared = TRY(prepare(plan, runtime, steps, proc));
  // From now on the end of file on the channel tells that the runtime died; the signal would outlive it.
  TRY(sys::prctl(PR_SET_PDEATHSIG, 0));
  TRY(runtime.send(Msg::kReady));
  STEP("wait for start", wait_for_start(plan, runtime));
  // From here on the one who hears us is `start`.

  sys::umask(plan.process.user.umask.value_or(0022));
  if (!plan.start_container.empty()) STEP("startContainer hooks", run_start_container_hooks(plan));
  TRY(close_what_is_left(plan, runtime));
  for (unsigned n = 3; n < 3 + plan.preserved; ++n) TRY(sys::keep_on_exec(FdRef::number(static_cast<int>(n))));
  if (plan.seccomp && plan.process.no_new_privileges)
    STEP("load seccomp", load_filter(*plan.seccomp, plan.seccomp_listener.has_value(), runtime));
  steps.stamp("execute program");
  return execute(prepared.program, plan.process, prepared.proof);
}

Result<void> clone_init(Plan& plan, Channel& runtime, Steps& steps, const ProcDir& proc) {
  const namespaces::Plan& ns = plan.namespaces;
  TRY(harden(plan, proc));
  TRY(namespaces::join(ns));
  if (ns.intermediate_new_user) {
    TRY(sys::unshare(CLONE_NEWUSER), "make user namespace");
    // Before the maps, after which this process's files in /proc are no longer an unprivileged user's.
    STEP("make time namespace", namespaces::make_time_namespace(ns, proc));
    STEP("map ids", get_id_maps(runtime));
  }
  // Whoever is cloned from here on is born in the cgroup.
  if (plan.join_cgroup_by_attach) STEP("join cgroup", runtime.expect({Msg::kInCgroup}));
  if (!ns.time_offsets.empty() && !ns.intermediate_new_user)
    STEP("make time namespace", namespaces::make_time_namespace(ns, proc));
  Introduction introduction = TRY(Introduction::prepare());
  const sys::Cloned init = TRY(sys::clone3(ns.clone_flags | CLONE_PARENT, std::nullopt), "clone init");
  if (init.pid == 0) {
    introduction.await();
    init_main(plan, std::move(runtime), steps, proc);
  }
  return introduction.make(runtime, init);
}

[[noreturn]] void end(const Channel& runtime, const Result<void>& result) {
  if (!result.ok()) (void)runtime.send_failure(result.error());  // Ignored: nobody is left to hear it.
  sys::exit_now(result.ok() ? 0 : 1);
}

}  // namespace

void init_main(Plan& plan, process::Channel runtime, process::Steps steps, const ProcDir& proc) noexcept {
  steps.set_process("init");
  auto hardened = harden(plan, proc);
  end(runtime, hardened.ok() ? set_up_and_execute(plan, runtime, steps, proc) : std::move(hardened));
}

void between_main(Plan& plan, process::Channel runtime, process::Steps steps, const ProcDir& proc) noexcept {
  steps.set_process("between");
  end(runtime, clone_init(plan, runtime, steps, proc));
}

}  // namespace brig::init
