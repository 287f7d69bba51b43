// Runs in: init.
//
// Builds the container's tree on its own mount namespace and makes it the root. All of it by descriptors below a
// RootDir: what the image contains is hostile.
#pragma once

#include "base/proc_dir.h"
#include "base/result.h"
#include "base/root_dir.h"
#include "runtime/mounts/plan.h"

namespace brig::mounts {

// The rootfs is a mount of its own, everything of the plan is mounted on it, /dev is filled, nothing is hidden yet and
// "/" is still the host's. Made by build_rootfs only.
class MountedRootfs {
 public:
  const RootDir& root() const { return root_; }

 private:
  explicit MountedRootfs(RootDir root) : root_(std::move(root)) {}
  RootDir root_;
  friend Result<MountedRootfs> build_rootfs(const Plan& plan, const ProcDir& proc);
  friend Result<class PivotedRoot> pivot(MountedRootfs mounted, const Plan& plan);
};

// "/" is the container's; no host path can be reached by name. Made by pivot only.
class PivotedRoot {
 public:
  const RootDir& root() const { return root_; }

 private:
  explicit PivotedRoot(RootDir root) : root_(std::move(root)) {}
  RootDir root_;
  friend Result<PivotedRoot> pivot(MountedRootfs mounted, const Plan& plan);
};

// Requires: a mount namespace of our own (plan.new_mount_namespace) or one joined on purpose; "/" still the host's.
// Ensures: nothing mounted here propagates to the host; mounts in the config's order; devices, links.
// Spec: config.md#mounts, config-linux.md#devices, #rootfs-mount-propagation.
Result<MountedRootfs> build_rootfs(const Plan& plan, const ProcDir& proc);

// Ensures: the old root is detached, "/" and the working directory are the container's, rootfsPropagation is applied.
// pivot_root(2) with "." twice: no directory is needed in the rootfs. With plan.no_pivot: MS_MOVE and chroot.
Result<PivotedRoot> pivot(MountedRootfs mounted, const Plan& plan);

}  // namespace brig::mounts
