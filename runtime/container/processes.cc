// Runs in: runtime.
#include "runtime/container/directory.h"
#include "runtime/container/operations.h"
#include "runtime/container/status.h"

namespace brig::container {

Result<std::vector<pid_t>> processes(const Globals& globals, const std::string& id) {
  const ProcDir proc = TRY(ProcDir::open());
  const Directory directory = TRY(Directory::open(globals, id));
  const Record record = TRY(directory.load());
  if (!record.cgroup.hierarchies.empty()) return cgroups::processes(record.cgroup);
  if (!alive(record.init, proc)) return std::vector<pid_t>();
  return Error::make(Error::Kind::kUnsupported, "the container has no cgroup that would tell its processes");
}

}  // namespace brig::container
