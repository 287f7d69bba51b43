// Runs in: init.
//
// One mount of the plan: made detached, given its flags and its propagation, then attached by descriptor, so that
// nobody ever sees it with less than it should have.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/proc_dir.h"
#include "base/result.h"
#include "runtime/mounts/attributes.h"
#include "runtime/mounts/plan.h"
#include "runtime/mounts/site.h"

namespace brig::mounts {

// Performs one mount. A descriptor of it if it is to become read-only later (destination.h, readonly_waits),
// otherwise an empty one. Errors: what the kernel says, kUnsafe for a target that is not what it must be.
Result<UniqueFd> perform(const Site& site, const PlannedMount& planned);

// A new file system of its own, detached.
struct FileSystem {
  std::string type, source;
  std::vector<std::string> superblock_flags;  // names of fsconfig(2): "sync", "ro"
  std::vector<std::string> data;              // "key=value" or "flag"
  std::uint64_t attributes = 0;               // MOUNT_ATTR_*
};
// fsconfig(2) takes no longer values.
inline constexpr std::size_t kLongestValue = 255;
// The error carries what the file system has to say about its options. kUnsupported for longer values (long_options.h).
Result<UniqueFd> make_file_system(const FileSystem& wanted);

// Changes the detached tree, then attaches it onto `target`. Without mount_setattr(2) (before Linux 5.12) it is
// attached first and changed by mount(2), and what that can't do (flags for a whole tree) is kUnsupported.
Result<void> attach(FdRef tree, FdRef target, const std::vector<Change>& changes);

// Changes a mount that is attached already.
Result<void> change_mount(FdRef mount, const std::vector<Change>& changes);

// The /proc of the moment, or, after the pivot into a container that has none, an instance of our own: to name a mount
// by its descriptor for mount(2).
Result<ProcDir> any_proc();

// A detached clone of the mount that `object` is on, from there downwards. It must be in our mount namespace.
enum class Submounts { kWith, kWithout };
Result<UniqueFd> clone_tree(FdRef object, Submounts submounts);

}  // namespace brig::mounts
