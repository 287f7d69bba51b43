// Runs in: runtime.
#include "base/sys.h"
#include "runtime/container/directory.h"
#include "runtime/container/operations.h"

namespace brig::container {

Result<void> kill(const Globals& globals, const std::string& id, int signal, bool all) {
  const ProcDir proc = TRY(ProcDir::open());
  const Directory directory = TRY(Directory::open(globals, id));
  const Record record = TRY(directory.load());
  // Also when init has ended: what it left in a shared pid namespace is what the caller is after.
  if (all) return cgroups::kill_all(record.cgroup, signal);
  const UniqueFd init = TRY(open_process(record.init, proc));
  auto sent = sys::pidfd_send_signal(init, signal);
  if (!sent.ok() && sent.error().code() == ESRCH)
    return Error::remote(Error::Kind::kState, ESRCH, "container not running: no such process");
  TRY(std::move(sent));
  if (signal == SIGKILL) return cgroups::let_killed_die(record.cgroup);
  return {};
}

}  // namespace brig::container
