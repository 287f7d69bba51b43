// Runs in: runtime.
#include <fcntl.h>

#include "base/sys.h"
#include "base/text.h"
#include "cgroups/entry.h"
#include "runtime/container/announce.h"
#include "runtime/container/arrive.h"
#include "runtime/container/bundle.h"
#include "runtime/container/console.h"
#include "runtime/container/directory.h"
#include "runtime/container/exec_process.h"
#include "runtime/container/kept_filter.h"
#include "runtime/container/operations.h"
#include "runtime/container/status.h"
#include "runtime/container/tell_trace.h"
#include "runtime/container/wait.h"

namespace brig::container {
namespace {

// The texts are runc's, as engines and people know them.
Result<void> check_status(oci::Status status, bool ignore_paused) {
  const auto cannot = [](std::string_view why) {
    return Error::make(Error::Kind::kState, text::cat("cannot exec in a ", why));
  };
  switch (status) {
    case oci::Status::kStopped: return cannot("stopped container");
    case oci::Status::kCreating: return cannot("container that is not yet created");
    case oci::Status::kPaused:
      if (!ignore_paused) return cannot("paused container (use --ignore-paused to override)");
      return {};
    case oci::Status::kCreated:
    case oci::Status::kRunning: return {};
  }
  return {};
}

Result<init::JoinPlan> make_plan(const ExecRequest& request, const Directory& directory, const Record& record,
                                 const ProcDir& proc) {
  init::JoinPlan plan;
  plan.container = TRY(open_process(record.init, proc));
  plan.namespaces = record.exec.namespaces;
  plan.process = TRY(exec_process(request, record.exec.process));
  if (record.exec.root_by_chroot)
    plan.root = TRY(proc.open_magic_link(text::cat(record.init.pid, "/root"), O_PATH | O_DIRECTORY),
                    "open the container's root");
  if (record.exec.seccomp) {
    const std::string kept = TRY(directory.read(kSeccompFile), "read the container's seccomp filter");
    plan.seccomp = TRY(decode_filter(kept));
    plan.seccomp_notifies = record.exec.seccomp_listener.has_value();
  }
  plan.memory_policy = record.exec.memory_policy;
  plan.personality = record.exec.personality;
  plan.new_keyring = record.exec.new_keyring;
  plan.preserved = request.preserve_fds;
  TRY(init::complete_join_plan(plan, record.init.pid, proc));
  return plan;
}

Result<cgroups::Entry> open_cgroup(const ExecRequest& request, const Record& record, const ProcDir& proc) {
  auto entry = cgroups::Entry::open(record.cgroup, request.cgroups);
  const bool gone = !entry.ok() && entry.error().code() == ENOENT;
  if (!gone || !request.cgroups.empty() || !record.cgroup.v2_only()) return entry;
  return cgroups::Entry::open_cgroup_of(record.init.pid, record.cgroup, proc);
}

// Everything that can fail before there is a process.
struct Prepared {
  ProcDir proc;
  Directory directory;
  Record record;
  init::JoinPlan plan;
  Console console;
  cgroups::Entry entry;
};

Result<Prepared> prepare(const ExecRequest& request, process::Steps& steps) {
  TRY(preserve_descriptors(request.preserve_fds));
  ProcDir proc = TRY(ProcDir::open());
  Directory directory = TRY(Directory::open(request.globals, request.id));
  Record record = TRY(directory.load());
  const oci::Status status = TRY(status_of(directory, record, proc));
  TRY(check_status(status, request.ignore_paused));
  init::JoinPlan plan = STEP("make plan", make_plan(request, directory, record, proc));
  const bool terminal = plan.process.terminal;
  TRY(check_terminal(terminal, !request.console_socket.empty(), request.detach ? Foreground::kNo : Foreground::kYes));
  cgroups::Entry entry = TRY(open_cgroup(request, record, proc));
  plan.wait_for_cgroup = entry.attaches();
  Console console;
  if (terminal) console = TRY(connect_console(request.console_socket, !request.detach));
  plan.console_socket = std::move(console.socket);
  return Prepared{.proc = std::move(proc),
                  .directory = std::move(directory),
                  .record = std::move(record),
                  .plan = std::move(plan),
                  .console = std::move(console),
                  .entry = std::move(entry)};
}

// conmon ignores our exit status and looks for the pid file: it is there only if the program runs.
Result<void> announce(const Arrival& arrival, const ExecRequest& request) {
  const process::Child& process = arrival.process;
  PidFile pid_file;
  if (!request.pid_file.empty())
    pid_file = TRY(PidFile::write(request.pid_file, process.pid()), "write pid file", request.pid_file);
  if (!request.pidfd_socket.empty())
    TRY(send_pidfd(request.pidfd_socket, process.pid(), process.pidfd()), "send pidfd", request.pidfd_socket);
  pid_file.keep();
  return {};
}

Result<int> exec_with_steps(const ExecRequest& request, process::Steps& steps) {
  Prepared prepared = TRY(prepare(request, steps));
  init::JoinPlan& plan = prepared.plan;
  // The runtime's own: config.md#linux-process, "before the transition to container's cgroup".
  const std::string& cpus = plan.process.exec_cpu_affinity.initial;
  if (!cpus.empty()) STEP("set CPU affinity", init::set_cpu_affinity(cpus));
  // From here on there is something to undo.

  Arrival arrival = STEP("clone process", Arrival::begin(prepared.record, plan, prepared.entry, request.ignore_paused,
                                                         steps, prepared.proc));
  TRY(arrival.make_ready(prepared.entry, steps));
  // Until here a signal ends us as it would any program, and the process with us: nothing else was made, and what we
  // wait for (a frozen cgroup, a file system of the container's, an agent) may never come.
  UniqueFd signals;
  if (!request.detach) signals = TRY(take_signals());
  std::optional<process::TerminalProxy> terminal = TRY(receive_terminal(prepared.console.source));
  TRY(arrival.start(steps));
  TRY(announce(arrival, request));
  if (request.detach) {
    arrival.process.release();
    return 0;
  }
  const sys::Exit exit = TRY(attend(arrival.process, signals, terminal ? &*terminal : nullptr));
  return status_of_exit(exit);
}

}  // namespace

Result<int> exec(const ExecRequest& request) {
  process::Steps steps = TRY(process::Steps::make());
  steps.set_process("exec");
  steps.stamp("begin");
  auto status = exec_with_steps(request, steps);
  if (!status.ok()) tell_trace(steps);
  return status;
}

}  // namespace brig::container
