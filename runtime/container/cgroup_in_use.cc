// Runs in: runtime.
#include "runtime/container/cgroup_in_use.h"

#include <algorithm>

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

}  // namespace

Result<std::optional<CgroupUser>> other_user_of_cgroup(const Globals& globals, const Record& record) {
  const ProcDir proc = TRY(ProcDir::open());
  const std::string boot = TRY(boot_id(proc));
  const UniqueFd root = TRY(open_root(globals, Missing::kFail));
  for (const sys::DirEntry& entry : TRY(sys::getdents(root))) {
    if (entry.name == record.id) continue;
    auto directory = Directory::open(globals, entry.name);
    if (!directory.ok()) continue;  // no container, or one that is just going
    const auto other = directory.value().load();
    if (!other.ok() || (other.value().init.pid != 0 && other.value().init.boot_id != boot)) continue;
    const cgroups::Hierarchy* shared = shared_by(record.cgroup, other.value().cgroup);
    if (shared != nullptr) return std::optional(CgroupUser{.id = entry.name, .directory = shared->directory()});
  }
  return std::optional<CgroupUser>();
}

Result<void> refuse_cgroup_in_use(const Globals& globals, const Record& record) {
  const std::optional<CgroupUser> other = TRY(other_user_of_cgroup(globals, record));
  if (!other) return {};
  return std::move(Error::make(Error::Kind::kState,
                               text::cat("container's cgroup ", other->directory, " is that of container ", other->id)))
      .with_hint("delete that one first, or give another linux.cgroupsPath");
}

Result<void> leave_cgroup_in_use(const Globals& globals, Record& record) {
  if (record.ready) return {};
  const std::optional<CgroupUser> other = TRY(other_user_of_cgroup(globals, record));
  if (!other) return {};
  log::warn(text::cat("cgroup ", other->directory, " is left to container ", other->id, ", which has it too"));
  record.cgroup = {};
  return {};
}

}  // namespace brig::container
