// Runs in: runtime.
//
// The rootfs as a mount of its own in the runtime's mount namespace, for a container that inherits this namespace
// (config-linux.md#namespaces) and is to have mounts, or what only mounts can do, like a read-only root. All that init
// mounts is on it, and goes with it.
//
// It takes two mounts on the rootfs, one on the other: the fence is a copy of nothing but the mount that holds the
// rootfs, and private; the tree, with what was mounted below the rootfs, is the container's root. Where the holder is
// shared, the kernel gives a copy of what is attached to it to each of its peers (mount_namespaces(7)), and takes it
// back with the original only if nothing is mounted on the copy. So the fence, which others may see, stays empty, and
// the tree is attached to what is private already.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/proc_dir.h"
#include "base/result.h"
#include "oci/json.h"
#include "runtime/container/members.h"
#include "runtime/container/requests.h"
#include "runtime/mounts/plan.h"

namespace brig::container {

struct Record;

// What tells these mounts from all others, by statx(2). Since Linux 6.8 an id is never given twice, before that not
// while its mount is there.
struct RootfsMounts {
  std::string boot_id;      // ids begin anew
  std::uint64_t below = 0;  // the mount that showed the rootfs before
  std::uint64_t fence = 0, tree = 0;
  bool operator==(const RootfsMounts&) const = default;
};

// One member, "rootfsMounts"; left out if there are none.
void write_rootfs_mounts(json::Writer& w, const std::optional<RootfsMounts>& mounts);
Result<std::optional<RootfsMounts>> read_rootfs_mounts(const Members& members);

// Both mounts, which the destructor unmounts again unless they are kept. Empty for a plan that wants none.
class RootfsMountsDraft {
 public:
  RootfsMountsDraft() = default;
  RootfsMountsDraft(RootfsMountsDraft&& other) noexcept;
  RootfsMountsDraft& operator=(RootfsMountsDraft&&) = delete;
  ~RootfsMountsDraft();

  // Clones them, if the plan wants them. Nothing is to be seen of them before attach(), and nothing is left if this
  // process ends. Errors: EPERM without CAP_SYS_ADMIN in the user namespace of the mount namespace.
  static Result<RootfsMountsDraft> prepare(const mounts::Plan& plan, const ProcDir& proc);
  // For the record, which is to be written before attach().
  const std::optional<RootfsMounts>& ids() const { return ids_; }
  // Attaches them to the rootfs and gives the root of the tree to the plan. kUnsafe if they can't be found afterwards
  // by the path of the rootfs.
  Result<void> attach(mounts::Plan& plan);

  // Becomes true if the destructor can't unmount them. Outlives the draft.
  void tell_what_stays(bool* left) { left_ = left; }
  void keep() { attached_at_.clear(); }

 private:
  Result<void> stack_on(FdRef rootfs) const;
  UniqueFd fence_, tree_;
  std::optional<RootfsMounts> ids_;
  std::string attached_at_;  // the path of the rootfs; empty: nothing to undo
  bool* left_ = nullptr;
};

// kState if another container of this state root has such mounts on that rootfs: what it has mounted would be cloned
// along, and neither could take its own away without the other's. Requires: the record that says the same of this
// container is written, so that of two at once not both find nothing.
Result<void> refuse_rootfs_in_use(const Globals& globals, const Record& record);

// Unmounts what is left of the two at `rootfs` (absolute), with all that is mounted on them. Anything else at that path
// stays as it is, with a warning if it hides what is ours. Requires: the container's processes have ended.
Result<void> unmount_rootfs(const std::string& rootfs, const RootfsMounts& mounts);

}  // namespace brig::container
