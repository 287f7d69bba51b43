// Runs in: init.
#include "runtime/init/credentials.h"

#include <sys/prctl.h>

#include <algorithm>

#include "base/sys.h"
#include "oci/names.h"

namespace brig::init {
namespace {

// The kernel may know more capabilities than this program (PR_CAPBSET_READ fails beyond its last one), or fewer.
Result<void> drop_bounding(std::uint64_t keep) {
  for (unsigned n = 0; n < 64; ++n) {
    if ((keep >> n & 1) != 0) continue;
    auto dropped = sys::prctl(PR_CAPBSET_DROP, n);
    if (!dropped.ok() && dropped.error().code() == EINVAL) return {};
    TRY(std::move(dropped), "drop from the bounding set", oci::capability_name(static_cast<int>(n)));
  }
  return {};
}

Result<void> set_groups(const oci::User& user, bool may_stay) {
  auto set = sys::setgroups(user.additional_gids);
  const bool denied = !set.ok() && set.error().code() == EPERM;
  const auto own = [&user](gid_t gid) { return gid == user.gid; };
  if (denied && may_stay && std::all_of(user.additional_gids.begin(), user.additional_gids.end(), own)) return {};
  return set;
}

Result<void> set_capabilities(const oci::Capabilities& wanted) {
  const sys::CapabilitySets sets = {
      .effective = wanted.effective, .permitted = wanted.permitted, .inheritable = wanted.inheritable};
  TRY(sys::capset(sets), "set capabilities");
  const sys::CapabilitySets got = TRY(sys::capget());
  if (got.effective != sets.effective || got.permitted != sets.permitted || got.inheritable != sets.inheritable)
    return Error::make(Error::Kind::kUnsafe, "the capabilities are not those that were set");
  return {};
}

Result<void> set_ambient(std::uint64_t wanted) {
  TRY(sys::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL), "clear ambient capabilities");
  for (unsigned n = 0; n < 64; ++n)
    if ((wanted >> n & 1) != 0)
      TRY(sys::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, n), "raise ambient capability",
          oci::capability_name(static_cast<int>(n)));
  return {};
}

}  // namespace

Result<void> die_unseen() {
  TRY(sys::prctl(PR_SET_PDEATHSIG, SIGKILL));
  return sys::prctl(PR_SET_DUMPABLE, 0);
}

oci::Capabilities grantable(const oci::Capabilities& wanted, std::uint64_t have) {
  oci::Capabilities out = wanted;
  out.permitted &= have;
  out.effective &= out.permitted;
  out.inheritable &= have & wanted.bounding;
  out.ambient &= out.permitted & out.inheritable;
  return out;
}

Result<Unprivileged> drop_privileges(const oci::Process& process, bool groups_may_stay) {
  TRY(drop_bounding(process.capabilities.bounding));
  // Otherwise a change of uid from 0 would take the permitted set along.
  TRY(sys::prctl(PR_SET_KEEPCAPS, 1));
  TRY(set_groups(process.user, groups_may_stay), "set groups");
  TRY(sys::setresgid(process.user.gid), "set gid");
  TRY(sys::setresuid(process.user.uid), "set uid");
  TRY(sys::prctl(PR_SET_KEEPCAPS, 0));
  const oci::Capabilities granted = grantable(process.capabilities, TRY(sys::capget()).permitted);
  TRY(set_capabilities(granted));
  TRY(set_ambient(granted.ambient));
  if (process.no_new_privileges) TRY(sys::prctl(PR_SET_NO_NEW_PRIVS, 1));
  TRY(die_unseen());
  return Unprivileged();
}

}  // namespace brig::init
