// Runs in: runtime.
#include "runtime/container/cgroup_in_use.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "runtime/container/directory.h"

namespace brig::container {
namespace {

const cgroups::Hierarchy* shared_by(const cgroups::Location& a, const cgroups::Location& b) {
  const auto both =
      std::find_first_of(a.hierarchies.begin(), a.hierarchies.end(), b.hierarchies.begin(), b.hierarchies.end());
  return both == a.hierarchies.end() ? nullptr : &*both;
}

struct CgroupUser {
  std::string id;
  std::string directory;  // the cgroup of both, in one hierarchy
};

// Those of an earlier boot have nothing any more.
Result<std::optional<CgroupUser>> other_user(const Globals& globals, const Record& record) {
  const ProcDir proc = TRY(ProcDir::open());
  const std::string boot = TRY(boot_id(proc));
  const auto has_it = [&](const Record& other) {
    return (other.init.pid == 0 || other.init.boot_id == boot) && shared_by(record.cgroup, other.cgroup) != nullptr;
  };
  const std::optional<Record> other = TRY(find_other(globals, record.id, has_it));
  if (!other) return std::optional<CgroupUser>();
  return std::optional(CgroupUser{.id = other->id, .directory = shared_by(record.cgroup, other->cgroup)->directory()});
}

}  // namespace

Result<void> refuse_cgroup_in_use(const Globals& globals, const Record& record) {
  const std::optional<CgroupUser> other = TRY(other_user(globals, record));
  if (!other) return {};
  return std::move(Error::make(Error::Kind::kState,
                               text::cat("container's cgroup ", other->directory, " is that of container ", other->id)))
      .with_hint("delete that one first, or give another linux.cgroupsPath");
}

Result<void> leave_cgroup_in_use(const Globals& globals, Record& record) {
  if (record.ready) return {};
  const std::optional<CgroupUser> other = TRY(other_user(globals, record));
  if (!other) return {};
  log::warn(text::cat("cgroup ", other->directory, " is left to container ", other->id, ", which has it too"));
  record.cgroup = {};
  return {};
}

}  // namespace brig::container
