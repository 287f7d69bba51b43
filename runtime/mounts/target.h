// Runs in: init.
//
// The object in the rootfs that a mount goes onto. It is found or made below the root handle, judged by what it is
// rather than by its path, and used by descriptor: no name is looked up twice.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "runtime/mounts/site.h"

namespace brig::mounts {

enum class TargetType { kDirectory, kFile };

struct Target {
  UniqueFd fd;        // O_PATH
  bool made = false;  // of a tmpfs: nothing was there
  struct statx stat;  // type, mode, owner
};

// What is at `destination`, or a new directory or empty file there. `type` is the mount's. kUnsafe where a link leads
// onto a procfs or the root itself, and where something else than a directory stands in for /proc or /sys.
// With kIsTheTarget a link at the destination's end is itself what is mounted on ("dest-nofollow").
enum class LastLink { kIsFollowed, kIsTheTarget };
Result<Target> open_target(const Site& site, const std::string& destination, const std::string& type,
                           TargetType target_type, LastLink last_link = LastLink::kIsFollowed);

// kUnsafe if what `fd` refers to is on a procfs, unless `destination` may be. For mount points made in other ways.
Result<void> refuse_procfs(const Site& site, FdRef fd, const struct statx& stat, const std::string& destination);

}  // namespace brig::mounts
