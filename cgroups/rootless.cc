#include "cgroups/rootless.h"

#include <cerrno>

#include "base/proc_dir.h"
#include "base/sys.h"
#include "base/user_namespace.h"

namespace brig::cgroups {

bool is_rootless() {
  if (sys::geteuid() != 0) return true;
  const Result<ProcDir> proc = ProcDir::open();
  if (!proc.ok()) return false;
  const Result<bool> in_namespace = in_user_namespace(proc.value());
  return in_namespace.ok() && in_namespace.value();
}

bool lacks_rights(const Error& error) {
  return error.code() == EACCES || error.code() == EPERM || error.code() == EROFS;
}

}  // namespace brig::cgroups
