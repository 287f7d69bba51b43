// Runs in: runtime.
//
// What a container's directory keeps in state.json: everything that later commands need, and nothing that can be found
// out (the status is derived from facts, status.h).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/proc_dir.h"
#include "base/result.h"
#include "cgroups/manager.h"
#include "oci/config.h"
#include "runtime/container/exec_defaults.h"
#include "runtime/container/intel_rdt.h"
#include "runtime/container/kept_limits.h"
#include "runtime/container/rootfs_mounts.h"
#include "runtime/process/seccomp_agent.h"

namespace brig::container {

// One process, for good: a pid alone may be another's by the time it is used.
struct ProcessIdentity {
  pid_t pid = 0;
  std::uint64_t start_time = 0;  // field 22 of /proc/PID/stat, clock ticks since boot
  std::string boot_id;           // /proc/sys/kernel/random/boot_id: pids and ticks begin anew
};

struct Record {
  std::string id;
  std::string bundle;   // absolute
  std::string rootfs;   // absolute
  std::string created;  // RFC 3339
  oci::Annotations annotations;
  cgroups::Location cgroup;
  // False from before the first resource is made until init is ready: what an interrupted create leaves.
  bool ready = false;
  ProcessIdentity init;  // pid 0: not cloned yet
  bool private_pid_namespace = false;
  std::vector<oci::Hook> poststart, poststop;
  bool has_process = true;                    // false: nothing to start
  std::optional<RootfsMounts> rootfs_mounts;  // nullopt: all its mounts are in a mount namespace that was asked for
  std::optional<RdtPlace> rdt;                // nullopt: linux.intelRdt is not set
  // Who gets the listener of the seccomp filter that is loaded at start.
  std::optional<process::SeccompListener> seccomp_listener;
  ExecDefaults exec;
  KeptLimits limits;
};

std::string encode(const Record& record);
// Checked as if a stranger had written it. kState with what is wrong.
Result<Record> decode(std::string_view text);

// Of this boot: pids and ids of mounts begin anew with each.
Result<std::string> boot_id(const ProcDir& proc);
// Who `pid` is now. The caller holds it (as its child) or checks afterwards.
Result<ProcessIdentity> identify(pid_t pid, const ProcDir& proc);
// Whether that very process is there and has not ended (a zombie has).
bool alive(const ProcessIdentity& identity, const ProcDir& proc);
// Its pidfd, shown to be that very process's; kState "container not running" if it has ended.
Result<UniqueFd> open_process(const ProcessIdentity& identity, const ProcDir& proc);

}  // namespace brig::container
