// expect: 'brig::mounts::PivotedRoot::PivotedRoot\(.*\)' is private
// expect: calling a private constructor of class 'brig::mounts::PivotedRoot'
#include "runtime/mounts/rootfs.h"

namespace brig {

mounts::PivotedRoot forge(RootDir root, mounts::Unfinished unfinished) {
  return mounts::PivotedRoot(std::move(root), std::move(unfinished));
}

}  // namespace brig
