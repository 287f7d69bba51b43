// Runs in: runtime.
#include "runtime/init/id_mapped_mounts.h"

#include <sched.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "base/sys.h"
#include "base/text.h"
#include "runtime/mounts/id_mapping.h"
#include "runtime/namespaces/id_maps.h"
#include "runtime/process/child.h"

namespace brig::init {
namespace {

using Mappings = std::vector<oci::IdMapping>;

bool equal(const Mappings& a, const Mappings& b) {
  const auto values = [](const oci::IdMapping& m) { return std::tie(m.container_id, m.host_id, m.size); };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](const oci::IdMapping& x, const oci::IdMapping& y) { return values(x) == values(y); });
}

// In the child: waits until the runtime has what it wants, or is no more.
[[noreturn]] void wait_for_end(const UniqueFd& end) {
  std::array<char, 1> nothing;
  (void)sys::read(end, nothing);
  sys::exit_now(0);
}

// A user namespace with these maps. It lives as long as the descriptor; its only process has ended.
Result<UniqueFd> make_user_namespace(const Mappings& uids, const Mappings& gids, const ProcDir& proc) {
  sys::SocketPair pipe = TRY(sys::pipe());
  sys::Cloned cloned = TRY(sys::clone3(CLONE_NEWUSER, std::nullopt), "clone");
  if (cloned.pid == 0) {
    pipe.b.reset();
    wait_for_end(pipe.a);
  }
  const process::Child child(cloned.pid, std::move(cloned.pidfd));
  TRY(namespaces::write_id_maps(proc, child.pid(), uids, gids));
  return proc.open_magic_link(text::cat(child.pid(), "/ns/user"), O_RDONLY);
}

// The user namespaces of the mappings asked for so far.
class UserNamespaces {
 public:
  explicit UserNamespaces(const ProcDir& proc) : proc_(proc) {}

  Result<FdRef> of(const Mappings& uids, const Mappings& gids) {
    for (const Made& made : made_)
      if (equal(*made.uids, uids) && equal(*made.gids, gids)) return FdRef(made.fd);
    made_.push_back({&uids, &gids, TRY(make_user_namespace(uids, gids, proc_), "make a user namespace for it")});
    return FdRef(made_.back().fd);
  }

 private:
  struct Made {
    const Mappings *uids, *gids;  // of the config
    UniqueFd fd;
  };
  const ProcDir& proc_;
  std::vector<Made> made_;
};

Result<FdRef> namespace_for(const oci::Mount& mount, const namespaces::Plan& namespaces, const oci::Linux& linux_,
                            UserNamespaces& made) {
  if (!mount.uid_mappings.empty()) return made.of(mount.uid_mappings, mount.gid_mappings);
  for (const namespaces::Join& join : namespaces.joins)
    if (join.type == CLONE_NEWUSER) return FdRef(join.fd);
  // The container's own does not exist yet; its mappings are what counts.
  return made.of(linux_.uid_mappings, linux_.gid_mappings);
}

Result<void> map_ids(mounts::PlannedMount& planned, const oci::Mount& mount, const namespaces::Plan& namespaces,
                     const oci::Linux& linux_, UserNamespaces& made) {
  const FdRef user_namespace = TRY(namespace_for(mount, namespaces, linux_, made));
  return mounts::give_id_mapping(planned, user_namespace);
}

}  // namespace

Result<void> map_ids_of_mounts(mounts::Plan& plan, const namespaces::Plan& namespaces, const oci::ValidConfig& config,
                               const ProcDir& proc) {
  UserNamespaces made(proc);
  for (std::size_t i = 0; i < plan.mounts.size(); ++i) {
    const oci::Mount& mount = config->mounts[i];
    if (!mounts::wants_id_mapping(mount)) continue;
    TRY(map_ids(plan.mounts[i], mount, namespaces, config->linux_, made),
        text::cat("map the ids of the mount `", mount.destination, "` (/mounts/", i, ')'));
  }
  return {};
}

}  // namespace brig::init
