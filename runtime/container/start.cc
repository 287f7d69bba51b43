// Runs in: runtime.
#include "base/sys.h"
#include "base/text.h"
#include "runtime/container/destroy.h"
#include "runtime/container/directory.h"
#include "runtime/container/operations.h"
#include "runtime/container/status.h"
#include "runtime/container/tell_start.h"
#include "runtime/container/tell_trace.h"
#include "runtime/process/channel.h"
#include "runtime/process/hooks.h"
#include "runtime/process/steps.h"

namespace brig::container {
namespace {

constexpr int kPatienceMs = 10'000;

Error not_created(oci::Status status) {
  switch (status) {
    case oci::Status::kStopped: return Error::make(Error::Kind::kState, "cannot start a container that has stopped");
    case oci::Status::kCreating:
      return Error::make(Error::Kind::kState, "cannot start a container before it is created");
    case oci::Status::kPaused: return Error::make(Error::Kind::kState, "cannot start a container that is paused");
    case oci::Status::kCreated:
    case oci::Status::kRunning: break;
  }
  return Error::make(Error::Kind::kState, "cannot start an already running container");
}

// Init takes us for the runtime's successor: what fails until the program runs is told to us.
Result<void> start_program(const Directory& directory, const Record& record,
                           std::optional<process::SeccompAgent> agent) {
  const process::Channel init(TRY(connect_start_socket(directory)));
  return tell_start(init, record, std::move(agent));
}

// The program runs, or has failed to; poststart hooks follow.
Result<void> finish(Result<void> started, const Record& record) {
  TRY(std::move(started), "start the program");
  if (record.poststart.empty()) return {};
  return process::run_hooks(
      "poststart", record.poststart,
      {.state = oci::state_for_hooks(state_document(record, oci::Status::kRunning)), .directory = record.bundle});
}

}  // namespace

Result<void> start(const Globals& globals, const std::string& id) {
  process::Steps steps = TRY(process::Steps::make());
  steps.set_process("start");
  const ProcDir proc = TRY(ProcDir::open());
  Directory directory = TRY(Directory::open(globals, id));
  TRY(directory.lock(kPatienceMs));
  const Record record = TRY(directory.load());
  const oci::Status status = TRY(status_of(directory, record, proc));
  if (status != oci::Status::kCreated) return not_created(status);
  // runtime.md#start: "MUST generate an error if `process` was not set". The container stays as it is.
  if (!record.has_process)
    return Error::make(Error::Kind::kState, "cannot start a container without a process: config.json had none");
  steps.stamp("find container");
  std::optional<process::SeccompAgent> agent = TRY(connect_agent_for_start(record));

  auto started = start_program(directory, record, std::move(agent));
  steps.stamp(started.ok() ? "program runs" : "program failed");
  // Either way init listens no more. Ignored: the socket's name is a convenience for others, its answer is the fact.
  (void)sys::unlinkat(directory.fd(), kStartSocket, 0);
  keep_trace(directory, steps);
  auto finished = finish(std::move(started), record);
  if (finished.ok() || finished.error().kind() != Error::Kind::kHook) return finished;
  return end_after_hook(directory, record, proc, std::move(finished).error());
}

}  // namespace brig::container
