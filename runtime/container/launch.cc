// Runs in: runtime.
#include "runtime/container/launch.h"

#include <sched.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "runtime/container/bundle.h"
#include "runtime/container/cgroup_in_use.h"
#include "runtime/container/cgroup_view.h"
#include "runtime/container/console.h"
#include "runtime/container/serve.h"
#include "runtime/init/init.h"

namespace brig::container {
namespace {

using process::Channel;

// The process and what it inherits, beyond what the plan takes from the config.
Result<void> complete_plan(init::Plan& plan, const Inherited& inherited) {
  plan.preserved = inherited.preserved;
  if (inherited.listen == 0) return {};
  const auto given = [&plan](std::string_view name) {
    for (const std::string& entry : plan.process.env)
      if (entry.starts_with(name)) return true;
    return false;
  };
  // The program is pid 1 of its namespace, and sd_listen_fds(3) compares. podman sets both by itself.
  if (!given("LISTEN_FDS=")) plan.process.env.push_back(text::cat("LISTEN_FDS=", inherited.listen));
  if (!given("LISTEN_PID=")) plan.process.env.push_back("LISTEN_PID=1");
  return {};
}

Record first_record(const CreateRequest& request, const Bundle& bundle, const init::Plan& plan,
                    const cgroups::Location& cgroup) {
  const timespec now = sys::clock_gettime(CLOCK_REALTIME);
  Record record;
  record.id = request.id;
  record.bundle = bundle.path;
  record.rootfs = plan.mounts.rootfs_path;
  record.created = text::rfc3339(now.tv_sec, now.tv_nsec);
  record.annotations = bundle.config->annotations;
  record.cgroup = cgroup;
  record.private_pid_namespace = (plan.namespaces.clone_flags & CLONE_NEWPID) != 0;
  record.poststart = bundle.config->hooks.poststart;
  record.poststop = bundle.config->hooks.poststop;
  if (plan.process.no_new_privileges) record.seccomp_listener = plan.seccomp_listener;
  record.has_process = bundle.has_process;
  record.limits = kept_limits(bundle.config->linux_.resources);
  record.exec = exec_defaults(*bundle.config, plan);
  return record;
}

Result<std::optional<RdtPlace>> plan_rdt(const oci::Config& config, const std::string& id, const ProcDir& proc) {
  if (!config.linux_.intel_rdt) return std::optional<RdtPlace>();
  const std::string mount = TRY(find_resctrl(proc));
  return std::optional(TRY(locate_rdt(*config.linux_.intel_rdt, mount, id)));
}

// Bound below the state directory, where only its owner can go; connected to by `start`.
Result<UniqueFd> listen_for_start(const Directory& directory) {
  constexpr int kBacklog = 8;
  UniqueFd socket = TRY(sys::unix_socket(SOCK_SEQPACKET));
  TRY(sys::bind_unix(socket, directory.fd(), kStartSocket));
  TRY(sys::fchmodat(directory.fd(), kStartSocket, 0600));
  TRY(sys::listen(socket, kBacklog));
  return socket;
}

Result<cgroups::Draft> make_cgroup(const Globals& globals, const Record& record, const oci::Resources& resources,
                                   bool* left) {
  cgroups::Draft draft = TRY(cgroups::create(record.cgroup, resources, left));
  if (!draft.took_over()) return draft;
  Result<void> is_free = refuse_cgroup_in_use(globals, record);
  if (is_free.ok()) return draft;
  draft.give_back();
  return std::move(is_free).error();
}

// user_namespaces(7): without privilege no other namespace can be made but with a new user namespace, or in one.
Error explain_namespaces(Error error, const init::Plan& plan) {
  if (error.code() == ENOSPC)
    return std::move(error).with_hint(
        "a limit of namespaces is reached: /proc/sys/user/max_*_namespaces, or their depth");
  if (error.code() != EPERM) return error;
  return std::move(error).with_hint(plan.namespaces.new_user
                                        ? "this machine may not let this user make user namespaces"
                                        : "only root may without a user namespace; `brig spec --rootless` writes one");
}

// What is found out before anything is made.
struct Wanted {
  cgroups::Location cgroup;
  std::optional<cgroups::Draft> scope;  // with systemd; it begins with init
  std::optional<RdtPlace> rdt;
  init::Plan plan;
  Console console;
};

// Whatever can fail because of what config.json says alone fails here.
Result<Wanted> find_out(const CreateRequest& request, const Bundle& bundle, bool own_terminal, process::Steps& steps,
                        const ProcDir& proc) {
  const oci::Config& config = *bundle.config;
  TRY(check_terminal(config.process->terminal, !request.console_socket.empty(),
                     own_terminal ? Foreground::kYes : Foreground::kNo));
  Wanted wanted;
  wanted.cgroup =
      STEP("locate cgroup", cgroups::locate(request.globals.manager, config.linux_.cgroups_path, request.id));
  if (wanted.cgroup.unit)
    wanted.scope.emplace(STEP("plan systemd unit", cgroups::create_scope(wanted.cgroup, config, request.id)));
  wanted.rdt = TRY(plan_rdt(config, request.id, proc));
  wanted.plan = STEP("make plan", init::make_plan(bundle.config,
                                                  {.id = request.id,
                                                   .bundle = bundle.path,
                                                   .cgroup = cgroup_view(wanted.cgroup),
                                                   .no_pivot = request.no_pivot,
                                                   .new_keyring = !request.no_new_keyring},
                                                  proc));
  return wanted;
}

// In the child this does not return.
Result<process::Child> clone_init(init::Plan& plan, const cgroups::Draft& cgroup, sys::SocketPair channel,
                                  const process::Steps& steps, const ProcDir& proc) {
  const std::uint64_t flags = plan.namespaces.intermediate ? 0 : plan.namespaces.clone_flags;
  Result<sys::Cloned> clone = sys::clone3(flags, cgroup.clone_target());
  if (!clone.ok()) return cgroup.explain_clone(explain_namespaces(std::move(clone).error(), plan));
  sys::Cloned cloned = std::move(clone).value();
  if (cloned.pid == 0) {
    channel.a.reset();
    if (plan.namespaces.intermediate) init::between_main(plan, Channel(std::move(channel.b)), steps, proc);
    init::init_main(plan, Channel(std::move(channel.b)), steps, proc);
  }
  return process::Child(cloned.pid, std::move(cloned.pidfd));
}

}  // namespace

void Launch::keep() {
  poststop.keep();
  directory.keep();
  rootfs_mounts.keep();
  cgroup.keep();
  rdt.keep();
  init.release();
  net_devices.keep();
  pid_file.keep();
}

Result<Launch> launch(const CreateRequest& request, Until until, bool own_terminal, process::Steps& steps) {
  const Inherited inherited = TRY(take_inherited_descriptors(request));
  const ProcDir proc = TRY(ProcDir::open());
  const Bundle bundle = STEP("read config", read_bundle(request.bundle));
  if (until == Until::kAtOnce && !bundle.has_process)
    return Error::config("/process", "is missing: there is nothing to run");
  const oci::Config& config = *bundle.config;
  auto [cgroup, scope, rdt_place, plan, console] = TRY(find_out(request, bundle, own_terminal, steps, proc));
  TRY(complete_plan(plan, inherited));
  if (plan.process.terminal) console = TRY(connect_console(request.console_socket, own_terminal));
  plan.console_socket = std::move(console.socket);
  // From here on nothing can fail because of what config.json says alone. What is made is recorded first.

  Directory directory = TRY(Directory::claim(request.globals, request.id));
  Record record = first_record(request, bundle, plan, cgroup);
  record.rdt = rdt_place;
  RootfsMountsDraft rootfs_mounts = TRY(RootfsMountsDraft::prepare(plan.mounts, proc), "clone the rootfs's mount");
  record.rootfs_mounts = rootfs_mounts.ids();
  rootfs_mounts.tell_what_stays(directory.left());
  STEP("record intent", directory.save(record));
  if (record.rootfs_mounts) {
    TRY(refuse_rootfs_in_use(request.globals, record));
    STEP("mount rootfs on itself", rootfs_mounts.attach(plan.mounts));
  }
  if (until == Until::kStart) plan.start_socket = TRY(listen_for_start(directory), "make start socket");
  if (scope) scope->tell_what_stays(directory.left());
  cgroups::Draft draft =
      scope ? std::move(*scope)
            : STEP("make cgroup", make_cgroup(request.globals, record, config.linux_.resources, directory.left()));
  if (!scope && cgroup.by_default) {  // A user may have to do without some of it.
    record.cgroup = draft.location();
    plan.mounts.cgroup = cgroup_view(record.cgroup);
  }
  plan.join_cgroup_by_attach = needs_attach(cgroup, draft);
  plan.cgroup_made_after_clone = cgroup.unit.has_value();
  RdtDraft rdt;
  if (rdt_place) rdt = STEP("make resctrl groups", RdtDraft::create(*rdt_place, *config.linux_.intel_rdt));

  sys::SocketPair pair = TRY(sys::seqpacket_pair());
  Channel channel(std::move(pair.a));
  process::Child init = STEP("clone init", clone_init(plan, draft, {.a = {}, .b = std::move(pair.b)}, steps, proc));
  // From here on init works beside us.

  Launch launched{.poststop = {},
                  .directory = std::move(directory),
                  .rootfs_mounts = std::move(rootfs_mounts),
                  .cgroup = std::move(draft),
                  .rdt = std::move(rdt),
                  .init = std::move(init),
                  .net_devices = {},
                  .channel = std::move(channel),
                  .pid_file = {},
                  .record = std::move(record),
                  .terminal_source = std::move(console.source)};
  TRY(serve_until_ready(launched, plan, config, steps, proc), "container init");
  return launched;
}

Result<void> publish(Launch& launched, const CreateRequest& request) {
  TRY(launched.directory.publish(), "write state");
  if (!request.pid_file.empty())
    launched.pid_file =
        TRY(PidFile::write(request.pid_file, launched.record.init.pid), "write pid file", request.pid_file);
  if (!request.pidfd_socket.empty())
    TRY(send_pidfd(request.pidfd_socket, launched.init.pid(), launched.init.pidfd()), "send pidfd",
        request.pidfd_socket);
  return {};
}

}  // namespace brig::container
