// Runs in: runtime.
#include <sys/prctl.h>

#include <optional>

#include "base/sys.h"
#include "base/text.h"
#include "runtime/container/console.h"
#include "runtime/container/destroy.h"
#include "runtime/container/launch.h"
#include "runtime/container/operations.h"
#include "runtime/container/status.h"
#include "runtime/container/tell_start.h"
#include "runtime/container/tell_trace.h"
#include "runtime/container/wait.h"
#include "runtime/process/hooks.h"

namespace brig::container {
namespace {

// From ready to running: init goes on at once, and the end of its channel tells that the program runs.
Result<void> start_at_once(Launch& launched, const CreateRequest& request, process::Steps& steps) {
  std::optional<process::SeccompAgent> agent = TRY(connect_agent_for_start(launched.record));
  // From here on it was created: its end, also by an error, is that of a container.
  launched.poststop.owe(launched.record);
  TRY(publish(launched, request));
  TRY(tell_start(launched.channel, launched.record, std::move(agent)), "start the program");
  steps.stamp("program runs");
  keep_trace(launched.directory, steps);
  return process::run_hooks("poststart", launched.record.poststart,
                            {.state = oci::state_for_hooks(state_document(launched.record, oci::Status::kRunning)),
                             .directory = launched.record.bundle});
}

// What `delete` does, unless it was quicker.
Result<void> destroy_unless_gone(Directory& directory, const Record& record) {
  constexpr int kPatienceMs = 60'000;
  Result<void> locked = directory.lock(kPatienceMs);
  if (!locked.ok() && locked.error().kind() == Error::Kind::kNotFound) return {};
  TRY(std::move(locked));
  return destroy(directory, record);
}

Result<int> attend_and_destroy(Launch& launched, const RunRequest& request, FdRef signals,
                               std::optional<process::TerminalProxy>& terminal) {
  // It may be paused, updated and deleted by others.
  launched.directory.unlock();
  const sys::Exit exit = TRY(attend(launched.init, signals, terminal ? &*terminal : nullptr));
  terminal.reset();  // the caller's terminal is its own again before anything is printed
  launched.keep();
  if (!request.keep) TRY(destroy_unless_gone(launched.directory, launched.record), "remove the container");
  return status_of_exit(exit);
}

Result<int> run_with_steps(const RunRequest& request, process::Steps& steps) {
  UniqueFd signals;
  if (!request.detach) {
    signals = TRY(take_signals());
    if (!request.no_subreaper) TRY(sys::prctl(PR_SET_CHILD_SUBREAPER, 1));
  }
  Launch launched = TRY(launch(request.create, Until::kAtOnce, !request.detach, steps));
  std::optional<process::TerminalProxy> terminal = TRY(receive_terminal(launched.terminal_source));
  TRY(start_at_once(launched, request.create, steps));
  launched.net_devices.keep();
  if (!request.detach) return attend_and_destroy(launched, request, signals, terminal);
  launched.keep();
  return 0;
}

}  // namespace

Result<int> run(const RunRequest& request) {
  process::Steps steps = TRY(process::Steps::make());
  steps.stamp("begin");
  auto status = run_with_steps(request, steps);
  if (!status.ok()) tell_trace(steps);
  return status;
}

}  // namespace brig::container
