// Runs in: runtime.
#include "runtime/container/serve.h"

#include <fcntl.h>
#include <sched.h>

#include "base/sys.h"
#include "base/text.h"
#include "runtime/container/cgroup_view.h"
#include "runtime/container/kept_filter.h"
#include "runtime/container/silence.h"
#include "runtime/container/status.h"
#include "runtime/init/attributes.h"
#include "runtime/init/scheduling.h"
#include "runtime/namespaces/id_maps.h"
#include "runtime/process/hooks.h"

namespace brig::container {
namespace {

using process::Msg;

Result<void> serve_id_maps(const Launch& launched, const oci::Linux& config, const ProcDir& proc) {
  TRY(launched.channel.expect({Msg::kWantIdMaps}));
  TRY(namespaces::write_id_maps(proc, launched.init.pid(), config.uid_mappings, config.gid_mappings),
      "write id mappings");
  return launched.channel.send(Msg::kIdMapsWritten);
}

Result<void> serve_cgroup(Launch& launched, const init::Plan& plan, const oci::Config& config) {
  TRY(launched.cgroup.start_scope(launched.init.pid()));
  if (const std::optional<uid_t> owner = cgroup_owner(config)) TRY(launched.cgroup.delegate(*owner), "delegate cgroup");
  const bool cloned_into = launched.cgroup.clone_target().has_value();
  TRY(launched.cgroup.add(launched.init.pid(), cloned_into), "join cgroup");
  if (!plan.join_cgroup_by_attach) return {};
  return launched.channel.send(Msg::kInCgroup);
}

// The process between has cloned init as our child, told us, and ends.
Result<void> adopt_init(Launch& launched) {
  process::Message message = TRY(launched.channel.expect({Msg::kInit}));
  if (!message.fd) return Error::make(Error::Kind::kUnsafe, "init came without its pidfd");
  process::Child init(static_cast<pid_t>(message.number), std::move(message.fd));
  TRY(launched.init.wait(), "wait for the process between");
  launched.init = std::move(init);
  return {};
}

Result<UniqueFd> open_network_namespace(const Launch& launched, const namespaces::Plan& plan, const ProcDir& proc) {
  for (const namespaces::Join& join : plan.joins)
    if (join.type == CLONE_NEWNET) return sys::dup_above(join.fd, 0);
  return proc.open_magic_link(text::cat(launched.init.pid(), "/ns/net"), O_RDONLY);
}

// Init waits for it like for the hooks: its sysctls, and its own hooks, may be about these devices.
Result<void> move_net_devices(Launch& launched, init::Plan& plan, const ProcDir& proc) {
  UniqueFd host = TRY(proc.open_magic_link("self/ns/net", O_RDONLY));
  const UniqueFd container = TRY(open_network_namespace(launched, plan.namespaces, proc));
  launched.net_devices = TRY(namespaces::MovedDevices::move(std::move(plan.net_devices), std::move(host), container));
  return {};
}

Result<void> run_runtime_hooks(const Launch& launched, const oci::Config& config) {
  const process::HookContext context = {
      .state = oci::state_for_hooks(state_document(launched.record, oci::Status::kCreating)),
      .directory = launched.record.bundle};
  TRY(process::run_hooks("prestart", config.hooks.prestart, context));
  TRY(process::run_hooks("createRuntime", config.hooks.create_runtime, context));
  return launched.channel.send(Msg::kHooksDone);
}

// For init, and for what `exec` brings later.
Result<void> compile_filter(const Launch& launched, const init::Plan& plan) {
  seccomp::SharedFilter shared = *plan.seccomp;
  const seccomp::Filter filter = TRY(seccomp::compile(*plan.seccomp_rules));
  shared.put(filter);
  return launched.directory.append(kSeccompFile, encode_filter(filter));
}

// Without no_new_privs init loads the filter at once, otherwise as the last thing that it does after kStart.
Result<void> give_filter(const Launch& launched, const init::Plan& plan) {
  if (!plan.seccomp_listener || plan.process.no_new_privileges) return launched.channel.send(Msg::kFilter);
  // Connected only now: the agent waits for our message, and hooks have run.
  process::SeccompAgent agent = TRY(process::SeccompAgent::connect(plan.seccomp_listener->path));
  TRY(launched.channel.send(Msg::kFilter));
  const oci::State state = state_document(launched.record, oci::Status::kCreating);
  return process::pass_listener_on(launched.channel, std::move(agent),
                                   oci::container_process_state(state, plan.seccomp_listener->metadata, state.pid));
}

Result<void> serve(Launch& launched, init::Plan& plan, const oci::Config& config, process::Steps& steps,
                   const ProcDir& proc) {
  const namespaces::Plan& ns = plan.namespaces;
  const bool first_maps = ns.new_user && (!ns.intermediate || ns.intermediate_new_user);
  if (first_maps) STEP("write id maps", serve_id_maps(launched, config.linux_, proc));
  STEP("join cgroup", serve_cgroup(launched, plan, config));
  if (ns.intermediate) STEP("adopt init", adopt_init(launched));
  if (ns.new_user && !first_maps) STEP("write id maps", serve_id_maps(launched, config.linux_, proc));

  if (config.linux_.intel_rdt) STEP("join resctrl groups", launched.rdt.add(launched.init.pid()));
  if (!plan.net_devices.empty()) STEP("move network devices", move_net_devices(launched, plan, proc));

  // Beside init's own work, which takes longer: what must be in force before the program runs, and the state.
  if (plan.seccomp) STEP("compile seccomp filter", compile_filter(launched, plan));
  STEP("apply device rules", launched.cgroup.apply_devices(config.linux_.resources));
  if (plan.process.oom_score_adj && !plan.unprivileged_runtime)
    TRY(init::set_oom_score(*plan.process.oom_score_adj, std::to_string(launched.init.pid()), proc), "set oomScoreAdj");
  launched.record.init = TRY(identify(launched.init.pid(), proc));
  Record ready = launched.record;
  ready.ready = true;
  STEP("stage state", launched.directory.stage(ready));

  if (plan.runtime_hooks) {
    TRY(launched.channel.expect({Msg::kRunHooks}));
    launched.poststop.owe(launched.record);
    STEP("runtime hooks", run_runtime_hooks(launched, config));
  }
  if (plan.seccomp) TRY(give_filter(launched, plan));
  TRY(launched.channel.expect({Msg::kReady}));
  steps.stamp("init is ready");
  if (plan.scheduling_by == init::SchedulingBy::kRuntime)
    STEP("set scheduling", init::set_scheduling(launched.init.pid(), plan.process));
  return {};
}

}  // namespace

Result<void> serve_until_ready(Launch& launched, init::Plan& plan, const oci::Config& config, process::Steps& steps,
                               const ProcDir& proc) {
  auto served = serve(launched, plan, config, steps, proc);
  if (served.ok()) return served;
  // Our own failure may only be the echo of init's: EPIPE while sending, ESRCH while attaching. Hear what it had to
  // say.
  if (served.error().kind() == Error::Kind::kSystem) {
    auto last = launched.channel.expect_pending_failure();
    if (last) return std::move(*last);
  }
  return explain_silence(std::move(served).error(), launched.init, launched.record.cgroup);
}

}  // namespace brig::container
