// Runs in: runtime.
#include "runtime/namespaces/plan.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>

#include <algorithm>

#include "base/sys.h"
#include "base/text.h"
#include "oci/names.h"

namespace brig::namespaces {
namespace {

std::string offsets_text(const std::vector<oci::TimeOffset>& offsets) {
  std::string text;
  for (const oci::TimeOffset& offset : offsets)
    text += text::cat(offset.clock, ' ', offset.secs, ' ', offset.nanosecs, '\n');
  return text;
}

bool joins_type(const Plan& plan, int type) {
  return std::any_of(plan.joins.begin(), plan.joins.end(), [type](const Join& j) { return j.type == type; });
}

// A handle first: opening a FIFO or a device could block or act. Then the same object, for real.
Result<UniqueFd> open_namespace(const std::string& path, int type) {
  const UniqueFd handle = TRY(sys::openat(FdRef::cwd(), path, O_PATH));
  if (TRY(sys::fstatfs(handle)).f_type != NSFS_MAGIC)
    return Error::make(Error::Kind::kUnsafe, text::cat("`", path, "` is not a namespace"));
  UniqueFd ns = TRY(sys::openat(FdRef::cwd(), path, O_RDONLY | O_NONBLOCK));
  if (TRY(sys::fstatfs(ns)).f_type != NSFS_MAGIC)
    return Error::make(Error::Kind::kUnsafe, text::cat("`", path, "` is not a namespace"));
  if (TRY(sys::namespace_type(ns)) != type)
    return Error::make(Error::Kind::kConfig,
                       text::cat("`", path, "` is not a ", oci::namespace_type(type), " namespace"));
  return ns;
}

}  // namespace

Plan make_plan(const std::vector<oci::Namespace>& namespaces, const std::vector<oci::TimeOffset>& offsets) {
  Plan plan;
  plan.time_offsets = offsets_text(offsets);
  for (const oci::Namespace& ns : namespaces) {
    if (!ns.path.empty()) {
      plan.joins.push_back({.type = ns.type, .path = ns.path, .fd = {}});
    } else if (ns.type == CLONE_NEWCGROUP) {
      plan.new_cgroup = true;
    } else {
      plan.clone_flags |= static_cast<std::uint64_t>(ns.type);
    }
  }
  std::stable_partition(plan.joins.begin(), plan.joins.end(), [](const Join& j) { return j.type != CLONE_NEWUSER; });
  plan.new_user = (plan.clone_flags & CLONE_NEWUSER) != 0;
  plan.joined_user = joins_type(plan, CLONE_NEWUSER);

  const bool offsets_given = !plan.time_offsets.empty();
  plan.intermediate =
      joins_type(plan, CLONE_NEWPID) || plan.joined_user || offsets_given || (plan.new_user && !plan.joins.empty());
  plan.intermediate_new_user = plan.new_user && offsets_given;
  // With offsets the process between makes both itself: offsets are written before anybody is in the namespace.
  if (offsets_given) plan.clone_flags &= ~static_cast<std::uint64_t>(CLONE_NEWTIME);
  if (plan.intermediate_new_user) plan.clone_flags &= ~static_cast<std::uint64_t>(CLONE_NEWUSER);
  return plan;
}

Result<Plan> open_plan(const oci::Linux& config) {
  Plan plan = make_plan(config.namespaces, config.time_offsets);
  for (Join& join : plan.joins) {
    const auto at = std::find_if(config.namespaces.begin(), config.namespaces.end(),
                                 [&](const oci::Namespace& ns) { return ns.type == join.type; });
    const auto index = static_cast<std::size_t>(at - config.namespaces.begin());
    join.fd = TRY(open_namespace(join.path, join.type), text::cat("/linux/namespaces/", index, "/path"));
  }
  return plan;
}

}  // namespace brig::namespaces
