// Runs in: runtime.
//
// Everything that a container's init is to do, as plain data with every host object already opened. Made before the
// clone; init only performs it. Descriptors in it are inherited.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/proc_dir.h"
#include "base/result.h"
#include "oci/validate.h"
#include "runtime/init/scheduling.h"
#include "runtime/mounts/plan.h"
#include "runtime/namespaces/net_devices.h"
#include "runtime/namespaces/plan.h"
#include "runtime/process/seccomp_agent.h"
#include "seccomp/load.h"

namespace brig::init {

struct Plan {
  namespaces::Plan namespaces;
  mounts::Plan mounts;
  std::vector<namespaces::NetDevice> net_devices;  // for the runtime to move
  // What linux.seccomp asks for, checked (it refers to the config), and where init gets the filter from (kFilter).
  std::optional<seccomp::Rules> seccomp_rules;
  std::optional<seccomp::SharedFilter> seccomp;
  std::optional<process::SeccompListener> seccomp_listener;  // if the rules notify

  oci::Process process;  // env and args are final
  SchedulingBy scheduling_by = SchedulingBy::kNobody;
  std::optional<oci::MemoryPolicy> memory_policy;
  std::optional<unsigned long> personality;
  std::string hostname, domainname;
  std::vector<std::pair<std::string, std::string>> sysctl;
  std::vector<oci::Hook> create_container, start_container;
  mode_t caller_umask = 0;  // for createContainer hooks; not asked for without them
  oci::Annotations annotations;
  std::string id, bundle;

  bool runtime_hooks = false;          // hooks begin: ask the runtime for net devices, prestart and createRuntime
  bool join_cgroup_by_attach = false;  // wait until the runtime says kInCgroup
  // systemd makes the cgroup for a process that is there: mounts of cgroups wait for it.
  bool cgroup_made_after_clone = false;
  bool new_keyring = true;
  bool groups_may_stay = false;       // drop_privileges()
  bool unprivileged_runtime = false;  // the runtime writes id maps without privilege: init must be dumpable for it
  unsigned preserved = 0;             // descriptors 3 … 3+preserved-1 go to the process
  UniqueFd console_socket;            // connected; empty: none
  UniqueFd start_socket;              // listening; empty: `run`, which starts at once
};

struct PlanRequest {
  std::string id;
  std::string bundle;  // absolute
  mounts::CgroupView cgroup;
  bool no_pivot = false;
  bool new_keyring = true;
};

// Fails as early as anything can fail: missing namespace files, rootfs, mount sources; a seccomp profile that can't be
// compiled; a sysctl whose namespace turns out to be the caller's own; a label or a memory policy that this kernel has
// no module for. The sockets, `preserved` and `join_cgroup_by_attach` are the caller's to fill in.
Result<Plan> make_plan(const oci::ValidConfig& config, PlanRequest request, const ProcDir& proc);

// A warning for each capability that can't be granted (credentials.h), which config.md#linux-process asks for. In a
// user namespace other than the caller's a process has them all to begin with, and can lack them only for want of
// another set.
Result<void> warn_of_capabilities(const oci::Capabilities& wanted, bool in_user_namespace);

// Whether the caller's own user namespace denies setgroups(2), as one does that a user without ranges of ids has made
// around engine and runtime (podman). Groups that `user` is to have beside its own are then left out with a warning:
// engines read them from the image, and in there nobody can have them.
Result<bool> leave_out_denied_groups(oci::User& user, const ProcDir& proc);

}  // namespace brig::init
