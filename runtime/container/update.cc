// Runs in: runtime.
#include <fcntl.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "oci/read_config.h"
#include "runtime/container/directory.h"
#include "runtime/container/operations.h"
#include "runtime/container/other_document.h"
#include "runtime/container/status.h"

namespace brig::container {
namespace {

constexpr int kLockTimeoutMs = 10'000;
constexpr std::size_t kMostDocumentBytes = 4 * 1024 * 1024;  // as config.json

Result<oci::Resources> read_document(const std::string& name) {
  UniqueFd file;
  if (name != "-") file = TRY(sys::openat(FdRef::cwd(), name, O_RDONLY));
  const std::string text = TRY(sys::read_all(file ? FdRef(file) : FdRef::number(0), kMostDocumentBytes), "read", name);
  Result<oci::Resources> resources = oci::read_resources_document(text);
  if (resources.ok()) return resources;
  return of_other_document(resources.error());
}

Result<oci::Resources> resources_of(const UpdateRequest& request) {
  if (request.document.empty()) return request.resources;
  return TRY(read_document(request.document), "resources", request.document);
}

Result<void> check_status(oci::Status status) {
  if (status == oci::Status::kStopped) return Error::make(Error::Kind::kState, "container not running");
  if (status == oci::Status::kCreating) return Error::make(Error::Kind::kState, "container is still being created");
  return {};
}

bool same(const KeptLimits& a, const KeptLimits& b) { return a.asked == b.asked && a.devices == b.devices; }

// `record` is what the directory has. While devices change it has none of them: whatever ends this process, no later
// update takes a list for applied that is not. What can fail for lack of space does so before a limit is changed.
Result<void> update_cgroup(const Directory& directory, Record record, oci::Resources resources) {
  const KeptLimits before = record.limits;
  const std::vector<std::string> devices = device_list(resources.devices);
  if (devices == before.devices) resources.devices.clear();
  const bool new_devices = !resources.devices.empty();
  cgroups::Update update = TRY(cgroups::Update::plan(record.cgroup, resources, before.asked));
  if (new_devices && !before.devices.empty()) {
    record.limits.devices.clear();
    TRY(directory.save(record));
  }
  record.limits = {.asked = update.asked(), .devices = new_devices ? devices : before.devices};
  if (same(record.limits, before)) return update.apply();
  TRY(directory.stage(record), "write state");
  Result<void> applied = update.apply();
  if (applied.ok()) return directory.publish();
  record.limits = before;
  if (new_devices && !update.devices_as_before()) record.limits.devices.clear();
  // Ignored: what the state has then, the limits from before and no devices, is right as well.
  (void)directory.save(record).ok();
  return applied;
}

// The schemas as linux.intelRdt has them.
oci::IntelRdt schemas_of(const UpdateRequest& request) {
  return {.clos_id = {},
          .schemata = {},
          .l3_cache_schema = request.l3_cache_schema,
          .mem_bw_schema = request.mem_bw_schema};
}

Result<void> update_class(const Directory& directory, const Record& record, const oci::IntelRdt& schemas,
                          const oci::Resources& resources) {
  TRY(update_schemata(*record.rdt, schemas), "update class of service");
  return update_cgroup(directory, record, resources);
}

// Both or neither.
Result<void> update_all(const Directory& directory, const Record& record, const oci::IntelRdt& schemas,
                        const oci::Resources& resources) {
  if (schemas.l3_cache_schema.empty() && schemas.mem_bw_schema.empty())
    return update_cgroup(directory, record, resources);
  if (!record.rdt)
    return Error::make(Error::Kind::kUnsupported,
                       "the container has no class of service to change: it was made without linux.intelRdt");
  const std::string before = TRY(read_schemata(*record.rdt), "read class of service");
  Result<void> done = update_class(directory, record, schemas, resources);
  if (done.ok()) return done;
  Error why = std::move(done).error();
  const Result<void> back = set_back_schemata(*record.rdt, before);
  if (!back.ok())
    why.add_frame(text::cat("the class of service could not be set back (", back.error().to_string(), ')'));
  return why;
}

}  // namespace

Result<void> update(const Globals& globals, const std::string& id, const UpdateRequest& request) {
  const oci::Resources resources = TRY(resources_of(request));
  const ProcDir proc = TRY(ProcDir::open());
  const Directory directory = TRY(Directory::open(globals, id));
  TRY(directory.lock(kLockTimeoutMs));
  const Record record = TRY(directory.load());
  const oci::Status status = TRY(status_of(directory, record, proc));
  TRY(check_status(status));
  const Result<void> updated = update_all(directory, record, schemas_of(request), resources);
  return updated.ok() ? Result<void>() : of_other_document(updated.error());
}

}  // namespace brig::container
