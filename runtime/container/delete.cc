// Runs in: runtime.
#include "base/text.h"
#include "runtime/container/destroy.h"
#include "runtime/container/operations.h"
#include "runtime/container/status.h"

namespace brig::container {
namespace {

constexpr int kPatienceMs = 15'000;

// A directory without a record: a create that was killed before it made anything else.
Result<void> remove_empty(Directory& directory) {
  TRY(directory.lock(kPatienceMs));
  return directory.remove();
}

Result<void> remove_found(Directory& directory, const std::string& id, bool force) {
  auto loaded = directory.load();
  if (!loaded.ok() && force && loaded.error().kind() == Error::Kind::kNotFound) return remove_empty(directory);
  const Record record = TRY(std::move(loaded));
  const ProcDir proc = TRY(ProcDir::open());
  const oci::Status status = TRY(status_of(directory, record, proc));
  const bool removable = status == oci::Status::kStopped || status == oci::Status::kCreated;
  if (!force && !removable)
    return Error::make(Error::Kind::kState,
                       text::cat("cannot delete container ", id, " that is not stopped: ", oci::status_name(status)));
  // Before the lock: who holds it may be waiting for a process that this ends (a create that hangs in a mount or a
  // hook).
  if (status != oci::Status::kStopped) TRY(end_processes(record, proc));
  TRY(directory.lock(kPatienceMs));
  return destroy(directory, record);
}

}  // namespace

Result<void> remove(const Globals& globals, const std::string& id, bool force) {
  auto opened = Directory::open(globals, id);
  if (!opened.ok() && force && opened.error().kind() == Error::Kind::kNotFound) return {};
  Directory directory = TRY(std::move(opened));
  auto removed = remove_found(directory, id, force);
  // Another delete was quicker.
  if (!removed.ok() && force && removed.error().kind() == Error::Kind::kNotFound) return {};
  return removed;
}

}  // namespace brig::container
