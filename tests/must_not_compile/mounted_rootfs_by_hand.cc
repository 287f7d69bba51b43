// expect: 'brig::mounts::MountedRootfs::MountedRootfs\(.*\)' is private
// expect: calling a private constructor of class 'brig::mounts::MountedRootfs'
#include "runtime/mounts/rootfs.h"

namespace brig {

mounts::MountedRootfs forge(RootDir root, mounts::Unfinished unfinished) {
  return mounts::MountedRootfs(std::move(root), std::move(unfinished));
}

}  // namespace brig
