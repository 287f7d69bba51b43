// Runs in: init.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "runtime/mounts/mount.h"

namespace brig::mounts {

// Whether fsconfig(2), which takes values of at most 255 bytes, can't be told all of it: overlayfs with many layers.
bool has_long_option(const FileSystem& wanted);

// The same as make_file_system by mount(2), which takes all data in one string of less than a page. It can only mount
// in sight: on a directory of a tmpfs of ours, attached to `place` (a directory of the rootfs) for the moment, from
// where it is taken as a detached mount. Paths in the options must be absolute. Leaves the working directory at "/".
// kUnsupported for values that such a string can't hold: commas, or too much in all.
Result<UniqueFd> make_by_mount(const FileSystem& wanted, FdRef place);

}  // namespace brig::mounts
