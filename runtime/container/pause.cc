// Runs in: runtime.
//
// Pause and resume: the freezer's file of the container's cgroup, with systemd's cgroups too (architecture.md,
// "Pause").
#include "base/text.h"
#include "runtime/container/directory.h"
#include "runtime/container/operations.h"
#include "runtime/container/status.h"

namespace brig::container {
namespace {

// More than a pause takes at most: whoever holds the directory may be one.
constexpr int kPatienceMs = 15'000;
constexpr int kFreezeMs = 10'000;

struct Found {
  Directory directory;  // locked: start, pause and resume take turns
  Record record;
  oci::Status status;
};

Result<Found> find(const Globals& globals, const std::string& id) {
  const ProcDir proc = TRY(ProcDir::open());
  Directory directory = TRY(Directory::open(globals, id));
  TRY(directory.lock(kPatienceMs));
  Record record = TRY(directory.load());
  const oci::Status status = TRY(status_of(directory, record, proc));
  return Found{.directory = std::move(directory), .record = std::move(record), .status = status};
}

}  // namespace

Result<void> pause(const Globals& globals, const std::string& id) {
  const Found container = TRY(find(globals, id));
  if (container.status != oci::Status::kRunning && container.status != oci::Status::kCreated)
    return Error::make(Error::Kind::kState,
                       text::cat("container not running: it is ", oci::status_name(container.status)));
  return cgroups::freeze(container.record.cgroup, kFreezeMs);
}

Result<void> resume(const Globals& globals, const std::string& id) {
  const Found container = TRY(find(globals, id));
  if (container.status != oci::Status::kPaused)
    return Error::make(Error::Kind::kState,
                       text::cat("container not paused: it is ", oci::status_name(container.status)));
  return cgroups::thaw(container.record.cgroup);
}

}  // namespace brig::container
