// Runs in: both.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "oci/config.h"

namespace brig::process {

// What hooks of one kind are told, and where they start.
struct HookContext {
  std::string state;           // runtime.md#state, JSON
  std::string directory = {};  // the bundle, as with crun; where the caller is if it is empty or can't be entered
};

// Runs the hooks one after the other, each with the state on stdin, its own arguments, environment and timeout,
// descriptors 0 to 2 only, in the caller's namespaces and with its umask. `kind` is the hook's name in config.json
// ("createRuntime"). A hook without `env` has an empty environment. Stops at the first that fails, with kHook: its
// path, how it ended, after what time, and the end of its output. Spec: config.md#posix-platform-hooks.
Result<void> run_hooks(std::string_view kind, const std::vector<oci::Hook>& hooks, const HookContext& context);

// The same where a failure is only a warning (poststop; config.md says log and go on).
void run_hooks_warning(std::string_view kind, const std::vector<oci::Hook>& hooks, const HookContext& context);

}  // namespace brig::process
