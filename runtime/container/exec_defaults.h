// Runs in: runtime.
//
// What `exec` takes from the container, as it is kept in state.json: config.json may have changed or gone by then
// (runtime.md#create: later changes have no effect), and a probe that runs every second should not read it.
#pragma once

#include <optional>

#include "base/result.h"
#include "oci/config.h"
#include "oci/json.h"
#include "runtime/container/members.h"
#include "runtime/init/plan.h"
#include "runtime/process/seccomp_agent.h"

namespace brig::container {

struct ExecDefaults {
  // Without args, which every exec brings itself.
  oci::Process process;
  int namespaces = 0;  // CLONE_NEW*: those that config.json names; the others are the host's
  // A mount namespace that others have too, joined or inherited: the container's root is not the root of it.
  bool root_by_chroot = false;
  bool new_keyring = true;
  // The filter is in the file kSeccompFile, compiled.
  bool seccomp = false;
  std::optional<process::SeccompListener> seccomp_listener;  // if the filter notifies
  std::optional<oci::MemoryPolicy> memory_policy;
  std::optional<unsigned long> personality;
};

// Those of a container of this configuration and plan.
ExecDefaults exec_defaults(const oci::Config& config, const init::Plan& plan);

// One member, "exec"; numbers as the kernel has them. What is not set is left out.
void write_exec_defaults(json::Writer& w, const ExecDefaults& defaults);
// kState for what write_exec_defaults can't have written.
Result<ExecDefaults> read_exec_defaults(const Members& members);

// "seccompListener" and the like: {"path":…,"metadata":…}, or nothing.
void write_seccomp_listener(json::Writer& w, const std::optional<process::SeccompListener>& listener);
Result<std::optional<process::SeccompListener>> read_seccomp_listener(const Members& members);

}  // namespace brig::container
