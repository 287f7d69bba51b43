// Runs in: init.
#include "runtime/mounts/rootfs.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

#include "base/no_umask.h"
#include "base/sys.h"
#include "base/text.h"
#include "runtime/mounts/devices.h"
#include "runtime/mounts/mount.h"

namespace brig::mounts {

namespace {

// Ensures that no mount is shared with the host's: what is done here stays here. As a slave, a mount still hears of the
// host's, which binds with "rslave" ask for.
Result<void> isolate(const Plan& plan) {
  const bool deaf = (plan.rootfs_propagation & (MS_PRIVATE | MS_UNBINDABLE)) != 0;
  return sys::mount("", "/", nullptr, MS_REC | (deaf ? MS_PRIVATE : MS_SLAVE), nullptr);
}

// A namespace that was joined has users of its own, whose mounts are not ours to change: only the mount that holds the
// rootfs is made private, so that what is mounted on it goes nowhere else. Only a mount's root takes an attribute, so
// we go up until one does.
Result<void> isolate_holder(FdRef rootfs) {
  const sys::MountAttributes only_private = {.propagation = MS_PRIVATE};
  UniqueFd place = TRY(sys::openat(rootfs, ".", O_PATH | O_DIRECTORY));
  constexpr int kDeepest = 256;
  for (int depth = 0; depth < kDeepest; ++depth) {
    auto made = sys::mount_setattr(place, "", AT_EMPTY_PATH, only_private);
    if (made.ok() || made.error().code() != EINVAL) return made;
    place = TRY(sys::openat(place, "..", O_PATH | O_DIRECTORY));
  }
  return Error::make(Error::Kind::kUnsafe, "the mount that holds the rootfs can't be made private");
}

// The rootfs as this mount namespace has it. By its path again, as a descriptor from before belongs to a mount of the
// other namespace, which can't be cloned here (open_tree(2), EINVAL).
Result<RootDir> open_rootfs(const Plan& plan) {
  RootDir root = TRY(RootDir::open(plan.rootfs_path));
  const struct stat now = TRY(sys::fstat(root.fd()));
  const struct stat then = TRY(sys::fstat(plan.rootfs));
  if (now.st_dev == then.st_dev && now.st_ino == then.st_ino) return root;
  return Error::make(Error::Kind::kUnsafe, "the rootfs is not the directory that it was when it was checked");
}

// Makes the rootfs a mount of its own, on itself, as pivot_root(2) wants it. The descriptor is the new mount's.
Result<RootDir> mount_rootfs(const Plan& plan) {
  if (plan.wants_rootfs_mount) return RootDir::adopt(TRY(sys::dup_above(plan.rootfs_mount, 3)));
  RootDir place = TRY(open_rootfs(plan));
  if (plan.mount_namespace == MountNamespace::kHost) return place;
  if (plan.mount_namespace == MountNamespace::kJoined) TRY(isolate_holder(place.fd()), "isolate the rootfs");
  UniqueFd tree = TRY(clone_tree(place.fd(), Submounts::kWith));
  // Unless asked for, the host's later mounts below the rootfs are not to appear in the container.
  std::vector<Change> changes;
  if ((plan.rootfs_propagation & (MS_SLAVE | MS_SHARED)) == 0)
    changes.push_back({.propagation = MS_PRIVATE, .recursive = true});
  TRY(attach(tree, place.fd(), changes));
  return RootDir::adopt(std::move(tree));
}

// "mount `/etc/hosts` (/mounts/7)".
std::string frame_of(const PlannedMount& planned) {
  return text::cat("mount `", planned.mount.destination, "` (", planned.pointer, ')');
}

// Taken while the host's /dev is in sight, never from the container's (CVE-2025-31133).
Result<UniqueFd> clone_null_device() {
  UniqueFd tree = TRY(sys::open_tree(FdRef::cwd(), "/dev/null", OPEN_TREE_CLONE | AT_SYMLINK_NOFOLLOW));
  const struct stat stat = TRY(sys::fstat(tree));
  constexpr unsigned kMajor = 1, kMinor = 3;
  if (S_ISCHR(stat.st_mode) && stat.st_rdev == makedev(kMajor, kMinor)) return tree;
  return Error::make(Error::Kind::kUnsafe, "the host's /dev/null is not the null device");
}

}  // namespace

Result<MountedRootfs> build_rootfs(const Plan& plan, const ProcDir& proc) {
  const NoUmask exact_modes;
  Unfinished unfinished;
  if (plan.mount_namespace == MountNamespace::kNew) TRY(isolate(plan), "isolate the mount namespace");
  RootDir root = TRY(mount_rootfs(plan), "mount the rootfs", plan.rootfs_path);
  const Site site = TRY(make_site(plan, root));
  for (const PlannedMount& planned : plan.mounts) {
    UniqueFd later = TRY(perform(site, planned), frame_of(planned));
    if (later) unfinished.readonly_mounts.push_back(std::move(later));
  }
  TRY(make_devices(site));
  if (plan.make_dev_links) TRY(make_dev_links(site, proc));
  if (!plan.masked_paths.empty()) unfinished.null_device = TRY(clone_null_device(), "prepare masks");
  return MountedRootfs(std::move(root), std::move(unfinished));
}

}  // namespace brig::mounts
