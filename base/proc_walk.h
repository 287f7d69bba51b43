// Lookups in procfs for a kernel or a sandbox without openat2(2); for proc_dir.cc.
#pragma once

#include <cstdint>

#include "base/cstr.h"
#include "base/fd.h"
#include "base/result.h"

namespace brig {

// The mount of what is at `path`, by statx(2). kUnsupported before Linux 5.8, which doesn't tell. Ids are not reused
// while a descriptor holds the mount.
Result<std::uint64_t> mount_id(FdRef dir, CStr path, int flags);

// What openat2(2) with RESOLVE_BENEATH, NO_XDEV and NO_MAGICLINKS opens, with its errors: EXDEV if a part is on another
// mount than `proc`, ELOOP for a link, but for those in the root of procfs ("self", "mounts"), which are plain text.
Result<UniqueFd> walk_proc(FdRef proc, CStr path, int flags);

}  // namespace brig
