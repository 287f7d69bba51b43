// Runs in: both.
#include "runtime/mounts/id_mapping.h"

#include <fcntl.h>
#include <sys/mount.h>

#include "base/sys.h"

namespace brig::mounts {

bool wants_id_mapping(const oci::Mount& mount) {
  return mount.options.idmap || !mount.uid_mappings.empty() || !mount.gid_mappings.empty();
}

Result<void> map_ids(FdRef tree, FdRef user_namespace, bool recursive) {
  const unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0U);
  Result<void> mapped =
      sys::mount_setattr(tree, "", flags, {.set = MOUNT_ATTR_IDMAP, .user_namespace = user_namespace});
  if (mapped.ok()) return mapped;
  switch (mapped.error().code()) {
    case ENOSYS: return Error::make(Error::Kind::kUnsupported, "id-mapped mounts need mount_setattr(2), Linux 5.12");
    case EINVAL:
      return std::move(mapped).error().with_hint(
          "the file system, or with \"ridmap\" that of a mount below, does not support id-mapped mounts");
    case EPERM:
      return std::move(mapped).error().with_hint(
          "it takes CAP_SYS_ADMIN in the user namespace of the file system, and a mount that is not id-mapped already");
    default: return mapped;
  }
}

Result<void> give_id_mapping(PlannedMount& planned, FdRef user_namespace) {
  planned.id_mapped = true;
  if (planned.kind != Kind::kBind) {
    planned.user_namespace = TRY(sys::dup_above(user_namespace, 0));
    return {};
  }
  if (!planned.source_is_tree) return Error::make(Error::Kind::kUnsupported, "an id-mapped mount takes CAP_SYS_ADMIN");
  return map_ids(planned.source, user_namespace, planned.mount.options.recursive_idmap);
}

}  // namespace brig::mounts
