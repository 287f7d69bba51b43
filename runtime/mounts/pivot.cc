// Runs in: init.
#include <fcntl.h>
#include <sys/mount.h>

#include "base/sys.h"
#include "runtime/mounts/rootfs.h"

namespace brig::mounts {

namespace {

// With "." twice the old root is stacked onto the new one, and no directory for it is needed there: pivot_root(2),
// NOTES. Requires: the working directory is the new root.
Result<void> swap_roots() {
  const UniqueFd old_root = TRY(sys::openat(FdRef::cwd(), "/", O_PATH | O_DIRECTORY));
  TRY(sys::pivot_root(".", "."));
  TRY(sys::fchdir(old_root));
  // Hooks may have made mounts here, or made some shared again: the unmount must not reach the host.
  TRY(sys::mount("", ".", nullptr, MS_SLAVE | MS_REC, nullptr));
  return sys::umount2(".", MNT_DETACH);
}

// For an initramfs, which can't be pivoted away. The host's tree stays below the container's and can be reached by who
// has the privileges for it; that is what --no-pivot means.
Result<void> move_over_root() {
  TRY(sys::mount(".", "/", nullptr, MS_MOVE, nullptr));
  return sys::chroot(".");
}

Result<void> change_root(const Plan& plan) {
  // Anybody in a mount namespace whose root is the old one gets the new one by pivot_root(2): not in one that has other
  // users.
  if (plan.mount_namespace != MountNamespace::kNew) return sys::chroot(".");
  return plan.no_pivot ? move_over_root() : swap_roots();
}

// Private and slave were given to the rootfs's mount when it was made. In the runtime's namespace "/" is its mount on
// the rootfs, which is private: it has no peers to be a slave of, nor any when it becomes shared.
Result<void> apply_root_propagation(unsigned long propagation) {
  if ((propagation & (MS_SHARED | MS_UNBINDABLE)) == 0) return {};
  return sys::mount("", "/", nullptr, propagation, nullptr);
}

}  // namespace

Result<PivotedRoot> pivot(MountedRootfs mounted, const Plan& plan) {
  TRY(sys::fchdir(mounted.root_.fd()), "change to the rootfs", plan.rootfs_path);
  TRY(change_root(plan), "make the rootfs the root", plan.rootfs_path);
  TRY(sys::chdir("/"));
  TRY(apply_root_propagation(plan.rootfs_propagation), "apply rootfsPropagation");
  return PivotedRoot(std::move(mounted.root_), std::move(mounted.unfinished_));
}

}  // namespace brig::mounts
