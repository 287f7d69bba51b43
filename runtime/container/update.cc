// Runs in: runtime.
#include <fcntl.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "oci/read_config.h"
#include "runtime/container/directory.h"
#include "runtime/container/operations.h"
#include "runtime/container/status.h"

namespace brig::container {
namespace {

constexpr int kLockTimeoutMs = 10'000;
constexpr std::size_t kMostDocumentBytes = 4 * 1024 * 1024;  // as config.json

// What is wrong with limits is in no config.json here, of which errors of their kind speak.
Error not_of_config(const Error& error) {
  constexpr std::string_view kPrefix = "config.json: ";
  std::string text = error.to_string();
  if (const std::size_t at = text.find(kPrefix); at != std::string::npos) text.erase(at, kPrefix.size());
  const bool config = error.kind() == Error::Kind::kConfig;
  return Error::remote(config ? Error::Kind::kUsage : error.kind(), error.code(), text);
}

Result<oci::Resources> read_document(const std::string& name) {
  UniqueFd file;
  if (name != "-") file = TRY(sys::openat(FdRef::cwd(), name, O_RDONLY));
  const std::string text = TRY(sys::read_all(file ? FdRef(file) : FdRef::number(0), kMostDocumentBytes), "read", name);
  Result<oci::Resources> resources = oci::read_resources_document(text);
  if (resources.ok()) return resources;
  return not_of_config(resources.error());
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

// The schemas as linux.intelRdt has them; nothing if none is given.
Result<void> update_rdt(const Record& record, const UpdateRequest& request) {
  const oci::IntelRdt schemas = {.clos_id = {},
                                 .schemata = {},
                                 .l3_cache_schema = request.l3_cache_schema,
                                 .mem_bw_schema = request.mem_bw_schema};
  if (schemas.l3_cache_schema.empty() && schemas.mem_bw_schema.empty()) return {};
  if (record.rdt) return update_schemata(*record.rdt, schemas);
  return Error::make(Error::Kind::kUnsupported,
                     "the container has no class of service to change: it was made without linux.intelRdt");
}

bool same(const KeptLimits& a, const KeptLimits& b) { return a.asked == b.asked && a.devices == b.devices; }

// `record` is what the directory has. While devices change it has none of them: whatever ends this process, no later
// update takes a list for applied that is not.
Result<void> update_cgroup(const Directory& directory, Record record, oci::Resources resources) {
  const KeptLimits before = record.limits;
  const std::vector<std::string> devices = device_list(resources.devices);
  if (devices == before.devices) resources.devices.clear();
  if (!resources.devices.empty() && !before.devices.empty()) {
    record.limits.devices.clear();
    TRY(directory.save(record));
  }
  Result<void> updated = cgroups::update(record.cgroup, resources, record.limits.asked);
  if (!updated.ok()) return not_of_config(updated.error());
  if (!resources.devices.empty()) record.limits.devices = devices;
  return same(record.limits, before) ? Result<void>() : directory.save(record);
}

}  // namespace

Result<void> update(const Globals& globals, const std::string& id, const UpdateRequest& request) {
  oci::Resources resources = TRY(resources_of(request));
  const ProcDir proc = TRY(ProcDir::open());
  const Directory directory = TRY(Directory::open(globals, id));
  TRY(directory.lock(kLockTimeoutMs));
  const Record record = TRY(directory.load());
  const oci::Status status = TRY(status_of(directory, record, proc));
  TRY(check_status(status));
  TRY(update_rdt(record, request), "update class of service");
  return update_cgroup(directory, record, std::move(resources));
}

}  // namespace brig::container
