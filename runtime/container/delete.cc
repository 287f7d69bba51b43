// Runs in: runtime.
#include <optional>

#include "base/text.h"
#include "runtime/container/cgroup_in_use.h"
#include "runtime/container/destroy.h"
#include "runtime/container/operations.h"
#include "runtime/container/status.h"

namespace brig::container {
namespace {

constexpr int kPatienceMs = 15'000;

// nullopt is a directory without a record: of a create that was killed before it made anything else, or that has just
// begun, or of a delete that was killed as the last thing it did. The record names no cgroup that is another's.
Result<std::optional<Record>> find_record(const Globals& globals, const Directory& directory) {
  auto loaded = directory.load();
  if (!loaded.ok() && loaded.error().kind() == Error::Kind::kNotFound) return std::optional<Record>();
  if (!loaded.ok() && loaded.error().kind() == Error::Kind::kState)
    return std::move(loaded).error().with_hint(
        "what it made is not known: it has to be removed by hand, this directory last");
  Record record = TRY(std::move(loaded));
  TRY(leave_cgroup_in_use(globals, record));
  return std::optional(std::move(record));
}

Result<void> end(const Directory& directory, const Record& record, bool force) {
  const ProcDir proc = TRY(ProcDir::open());
  const oci::Status status = TRY(status_of(directory, record, proc));
  const bool removable = status == oci::Status::kStopped || status == oci::Status::kCreated;
  if (!force && !removable)
    return Error::make(Error::Kind::kState, text::cat("cannot delete container ", record.id,
                                                      " that is not stopped: ", oci::status_name(status)));
  return status == oci::Status::kStopped ? Result<void>() : end_processes(record, proc);
}

Result<void> remove_found(const Globals& globals, Directory& directory, bool force) {
  std::optional<Record> record = TRY(find_record(globals, directory));
  // Before the lock: who holds it may be waiting for a process that this ends (a create that hangs in a mount or a
  // hook).
  if (record) TRY(end(directory, *record, force));
  // Without force, a create that has just begun is not to be disturbed: it holds the lock.
  TRY(directory.lock(record || force ? kPatienceMs : 0));
  // A create that was under way has gone on until now: it may have made, and recorded, more.
  if (!record || !record->ready) {
    record = TRY(find_record(globals, directory));
    if (record) TRY(end(directory, *record, force));
  }
  return record ? destroy(directory, *record) : directory.remove();
}

}  // namespace

Result<void> remove(const Globals& globals, const std::string& id, bool force) {
  auto opened = Directory::open(globals, id);
  if (!opened.ok() && force && opened.error().kind() == Error::Kind::kNotFound) return {};
  Directory directory = TRY(std::move(opened));
  auto removed = remove_found(globals, directory, force);
  // Another delete was quicker.
  if (!removed.ok() && force && removed.error().kind() == Error::Kind::kNotFound) return {};
  return removed;
}

}  // namespace brig::container
