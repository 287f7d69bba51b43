// Runs in: runtime.
#include "runtime/init/plan.h"

#include <fcntl.h>
#include <sched.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "oci/names.h"
#include "runtime/init/credentials.h"
#include "runtime/init/id_mapped_mounts.h"
#include "runtime/init/joined_user_namespace.h"
#include "runtime/init/labels.h"

namespace brig::init {
namespace {

// The namespace a sysctl belongs to (the reader lets no others pass); 0 if the key is not of one that can be joined.
int namespace_of_sysctl(std::string_view key) {
  if (key.starts_with("net.")) return CLONE_NEWNET;
  if (key == "kernel.domainname") return CLONE_NEWUTS;
  if (key.starts_with("user.")) return CLONE_NEWUSER;
  return CLONE_NEWIPC;
}

Result<bool> is_own_namespace(const namespaces::Join& join, const ProcDir& proc) {
  const UniqueFd own = TRY(proc.open_magic_link(text::cat("self/ns/", oci::namespace_file(join.type)), O_RDONLY));
  const struct stat mine = TRY(sys::fstat(own));
  const struct stat joined = TRY(sys::fstat(join.fd));
  return mine.st_dev == joined.st_dev && mine.st_ino == joined.st_ino;
}

std::size_t namespace_index(const oci::Linux& config, int type) {
  std::size_t index = 0;
  while (config.namespaces[index].type != type) ++index;
  return index;
}

// "An entry exists" is not enough: a joined namespace may be the caller's own, and the value would be the host's.
Result<void> check_sysctl_namespaces(const oci::Linux& config, const namespaces::Plan& plan, const ProcDir& proc) {
  for (const auto& [key, value] : config.sysctl) {
    const int type = namespace_of_sysctl(key);
    for (const namespaces::Join& join : plan.joins) {
      if (join.type != type) continue;
      if (TRY(is_own_namespace(join, proc)))
        return Error::config(text::cat("/linux/sysctl/", key),
                             text::cat("the ", oci::namespace_type(type), " namespace to join is the host's own"));
    }
  }
  return {};
}

Result<void> is_own_name(CStr file, std::string_view pointer, const std::string& wanted, const ProcDir& proc) {
  if (wanted.empty()) return {};
  const std::string own = TRY(proc.read(file));
  if (text::trim(own) == wanted) return {};
  return Error::config(pointer, "would change the host's, as the uts namespace to join is the host's own");
}

// The same for the names of a uts namespace, unless it has them already.
Result<void> check_uts_namespace(const oci::Config& config, const namespaces::Plan& plan, const ProcDir& proc) {
  for (const namespaces::Join& join : plan.joins) {
    if (join.type != CLONE_NEWUTS || !TRY(is_own_namespace(join, proc))) continue;
    TRY(is_own_name("sys/kernel/hostname", "/hostname", config.hostname, proc));
    TRY(is_own_name("sys/kernel/domainname", "/domainname", config.domainname, proc));
  }
  return {};
}

// What is mounted in a namespace that was joined stays there, and is the host's if the namespace is.
Result<void> check_mount_namespace(const oci::Linux& config, const namespaces::Plan& plan, const ProcDir& proc) {
  for (const namespaces::Join& join : plan.joins) {
    if (join.type != CLONE_NEWNS) continue;
    if (TRY(is_own_namespace(join, proc)))
      return Error::config(text::cat("/linux/namespaces/", namespace_index(config, CLONE_NEWNS), "/path"),
                           "is the host's own mount namespace");
  }
  return {};
}

// A process can't join the user namespace that it is in (setns(2), EINVAL).
Result<void> check_user_namespace(const oci::Linux& config, const namespaces::Plan& plan, const ProcDir& proc) {
  for (const namespaces::Join& join : plan.joins)
    if (join.type == CLONE_NEWUSER && TRY(is_own_namespace(join, proc)))
      return Error::config(text::cat("/linux/namespaces/", namespace_index(config, CLONE_NEWUSER), "/path"),
                           "is the runtime's own user namespace");
  return check_joined_mappings(config, plan, proc);
}

// Moving a device takes CAP_NET_ADMIN over both network namespaces, and leads nowhere if they are one.
Result<std::vector<namespaces::NetDevice>> find_net_devices(const oci::Linux& config, const namespaces::Plan& plan,
                                                            const ProcDir& proc) {
  if (config.net_devices.empty()) return std::vector<namespaces::NetDevice>();
  if (sys::geteuid() != 0)
    return Error::make(Error::Kind::kUnsupported, "/linux/netDevices: only root can move network devices");
  for (const namespaces::Join& join : plan.joins)
    if (join.type == CLONE_NEWNET && TRY(is_own_namespace(join, proc)))
      return Error::config("/linux/netDevices", "the network namespace to join is the host's own");
  return namespaces::find_net_devices(config.net_devices);
}

Result<void> plan_scheduling(const oci::Config& config, Plan& plan, const ProcDir& proc) {
  const bool in_user_namespace = plan.namespaces.new_user || plan.namespaces.joined_user;
  plan.scheduling_by = TRY(who_sets_scheduling(*config.process, in_user_namespace, proc));
  plan.memory_policy = config.linux_.memory_policy;
  plan.personality = config.linux_.personality;
  if (plan.memory_policy) TRY(check_memory_policy(*plan.memory_policy));
  return {};
}

// config-linux.md#seccomp. A relative listenerPath is the bundle's, as runc has it.
Result<void> plan_seccomp(const oci::Seccomp& config, const std::string& bundle, Plan& plan) {
  plan.seccomp_rules = TRY(seccomp::read_rules(config));
  plan.seccomp = TRY(seccomp::SharedFilter::make());
  if (!plan.seccomp_rules->notify()) return {};
  TRY(seccomp::check_kernel(*plan.seccomp_rules));
  const bool absolute = config.listener_path.starts_with('/');
  plan.seccomp_listener = {.path = absolute ? config.listener_path : text::cat(bundle, '/', config.listener_path),
                           .metadata = config.listener_metadata};
  return process::find_agent(plan.seccomp_listener->path);
}

// The kernel tells it only when it is set (umask(2)).
mode_t current_umask() {
  const mode_t current = sys::umask(0077);
  sys::umask(current);
  return current;
}

}  // namespace

Result<void> warn_of_capabilities(const oci::Capabilities& wanted, bool in_user_namespace) {
  constexpr std::uint64_t kAll = ~std::uint64_t{0};
  const std::uint64_t own = TRY(sys::capget()).permitted;
  const oci::Capabilities granted = grantable(wanted, in_user_namespace ? kAll : own);
  const std::uint64_t missing = (wanted.permitted & ~granted.permitted) | (wanted.effective & ~granted.effective) |
                                (wanted.inheritable & ~granted.inheritable) | (wanted.ambient & ~granted.ambient);
  for (int n = 0; n <= oci::kLastCapability; ++n)
    if ((missing >> n & 1) != 0)
      log::warn(text::cat("/process/capabilities: ", oci::capability_name(n), " can't be granted, ignored"));
  return {};
}

Result<bool> leave_out_denied_groups(oci::User& user, const ProcDir& proc) {
  auto rule = proc.read("self/setgroups");
  if (!rule.ok() && rule.error().code() == ENOENT) return false;  // a kernel without user namespaces
  if (text::trim(TRY(std::move(rule))) != "deny") return false;
  std::erase(user.additional_gids, user.gid);
  if (!user.additional_gids.empty())
    log::warn("/process/user/additionalGids: can't be had in this user namespace, which denies setgroups; ignored");
  user.additional_gids.clear();
  return true;
}

Result<Plan> make_plan(const oci::ValidConfig& config, PlanRequest request, const ProcDir& proc) {
  Plan plan;
  plan.namespaces = TRY(namespaces::open_plan(config->linux_));
  TRY(check_sysctl_namespaces(config->linux_, plan.namespaces, proc));
  TRY(check_uts_namespace(*config, plan.namespaces, proc));
  TRY(check_mount_namespace(config->linux_, plan.namespaces, proc));
  TRY(check_user_namespace(config->linux_, plan.namespaces, proc));
  plan.net_devices = TRY(find_net_devices(config->linux_, plan.namespaces, proc));
  const bool in_user_namespace = plan.namespaces.new_user || plan.namespaces.joined_user;
  TRY(warn_of_capabilities(config->process->capabilities, in_user_namespace));
  TRY(check_labels(*config->process, proc));
  TRY(plan_scheduling(*config, plan, proc));
  const bool unified = request.cgroup.unified;
  plan.mounts = TRY(mounts::make_plan(config, request.bundle, std::move(request.cgroup), request.no_pivot));
  TRY(map_ids_of_mounts(plan.mounts, plan.namespaces, config, proc));
  // On cgroup v1 the mounts are made before the process is in its cgroup: what it is to see is bound, not mounted from
  // within a cgroup namespace. It looks the same from there.
  if (!unified) plan.mounts.new_cgroup_namespace = false;
  if (config->linux_.seccomp) TRY(plan_seccomp(*config->linux_.seccomp, request.bundle, plan));
  plan.process = *config->process;
  plan.groups_may_stay = in_user_namespace || TRY(leave_out_denied_groups(plan.process.user, proc));
  plan.hostname = config->hostname;
  plan.domainname = config->domainname;
  plan.sysctl = config->linux_.sysctl;
  plan.create_container = config->hooks.create_container;
  if (!plan.create_container.empty()) plan.caller_umask = current_umask();
  plan.start_container = config->hooks.start_container;
  plan.annotations = config->annotations;
  plan.id = std::move(request.id);
  plan.bundle = std::move(request.bundle);
  plan.runtime_hooks = !config->hooks.prestart.empty() || !config->hooks.create_runtime.empty() ||
                       !config->hooks.create_container.empty() || !plan.net_devices.empty();
  plan.new_keyring = request.new_keyring;
  plan.unprivileged_runtime = sys::geteuid() != 0;
  return plan;
}

}  // namespace brig::init
