// Runs in: init.
//
// Builds the container's tree on its own mount namespace and makes it the root. All of it by descriptors below a
// RootDir: what the image contains is hostile.
#pragma once

#include <vector>

#include "base/fd.h"
#include "base/proc_dir.h"
#include "base/result.h"
#include "base/root_dir.h"
#include "runtime/mounts/plan.h"

namespace brig::mounts {

// What restrict_paths needs from the time when the host could still be seen.
struct Unfinished {
  // A detached clone of the host's null device, verified; empty if nothing is masked.
  UniqueFd null_device;
  // Mounts that become read-only when nothing is made on them any more.
  std::vector<UniqueFd> readonly_mounts;
};

// The rootfs is a mount of its own, everything of the plan is mounted on it, /dev is filled, nothing is hidden yet and
// "/" is still the host's. Made by build_rootfs only.
class MountedRootfs {
 public:
  const RootDir& root() const { return root_; }

 private:
  MountedRootfs(RootDir root, Unfinished unfinished) : root_(std::move(root)), unfinished_(std::move(unfinished)) {}
  RootDir root_;
  Unfinished unfinished_;
  friend Result<MountedRootfs> build_rootfs(const Plan& plan, const ProcDir& proc);
  friend Result<class PivotedRoot> pivot(MountedRootfs mounted, const Plan& plan);
};

// "/" is the container's; no host path can be reached by name. Made by pivot only.
class PivotedRoot {
 public:
  const RootDir& root() const { return root_; }
  const Unfinished& unfinished() const { return unfinished_; }

 private:
  PivotedRoot(RootDir root, Unfinished unfinished) : root_(std::move(root)), unfinished_(std::move(unfinished)) {}
  RootDir root_;
  Unfinished unfinished_;
  friend Result<PivotedRoot> pivot(MountedRootfs mounted, const Plan& plan);
};

// Requires: a mount namespace of our own, or one joined on purpose; "/" still the host's. Without either
// (MountNamespace::kHost) everything is mounted on plan.rootfs_mount, or only devices are made.
// Ensures: nothing mounted here propagates to the host; mounts in the config's order; devices, links.
// kUnsafe if the rootfs or a destination is not what it was taken for.
// Spec: config.md#mounts, config-linux.md#devices, #rootfs-mount-propagation.
Result<MountedRootfs> build_rootfs(const Plan& plan, const ProcDir& proc);

// Ensures: the old root is detached, "/" and the working directory are the container's, rootfsPropagation is applied.
// pivot_root(2) with "." twice: no directory is needed in the rootfs. With plan.no_pivot: MS_MOVE and chroot; without
// a mount namespace: chroot.
Result<PivotedRoot> pivot(MountedRootfs mounted, const Plan& plan);

}  // namespace brig::mounts
