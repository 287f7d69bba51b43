// Runs in: init.
#include "runtime/mounts/sysfs.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>

#include "base/sys.h"
#include "runtime/mounts/mount.h"

namespace brig::mounts {

Result<void> attach_host_sys(const Site& site, const oci::Mount& mount, FdRef target, Error refused) {
  if (mount.type != "sysfs" || refused.code() != EPERM || !site.plan.new_user_namespace) return refused;
  const std::uint64_t wanted = merged(mount.options).set;
  if ((wanted & MOUNT_ATTR_RDONLY) == 0)
    return std::move(refused).with_hint(
        "in a user namespace a sysfs takes a network namespace of its own; with \"ro\" the host's /sys would be shown");
  const UniqueFd tree = TRY(sys::open_tree(FdRef::cwd(), "/sys", OPEN_TREE_CLONE | AT_RECURSIVE));
  const struct statfs fs = TRY(sys::fstatfs(tree));
  if (fs.f_type != SYSFS_MAGIC) return refused;
  constexpr std::uint64_t kForTheTree = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  return attach(tree, target, {{.set = wanted & kForTheTree, .propagation = MS_PRIVATE, .recursive = true}});
}

}  // namespace brig::mounts
