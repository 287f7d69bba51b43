// Runs in: runtime.
#include "base/log.h"
#include "base/sys.h"
#include "runtime/container/directory.h"
#include "runtime/container/operations.h"

namespace brig::container {

namespace {

// Its end takes those of a pid namespace of their own along (pid_namespaces(7)); otherwise a cgroup would have to tell
// who they are.
void warn_of_others(const Record& record, int signal) {
  if (signal == SIGKILL && record.private_pid_namespace) return;
  log::warn("only the container's first process is signalled: it has no cgroup that would tell the others");
}

}  // namespace

Result<void> kill(const Globals& globals, const std::string& id, int signal, bool all) {
  const ProcDir proc = TRY(ProcDir::open());
  const Directory directory = TRY(Directory::open(globals, id));
  const Record record = TRY(directory.load());
  // Also when init has ended: what it left in a shared pid namespace is what the caller is after.
  if (all && !record.cgroup.hierarchies.empty()) return cgroups::kill_all(record.cgroup, signal);
  if (all) warn_of_others(record, signal);
  auto init = open_process(record.init, proc);
  if (!init.ok() && all) return {};
  auto sent = sys::pidfd_send_signal(TRY(std::move(init)), signal);
  if (!sent.ok() && sent.error().code() == ESRCH)
    return Error::remote(Error::Kind::kState, ESRCH, "container not running: no such process");
  TRY(std::move(sent));
  if (signal == SIGKILL) return cgroups::let_killed_die(record.cgroup);
  return {};
}

}  // namespace brig::container
