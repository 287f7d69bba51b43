// A lookup inside a root, one component at a time and by descriptors alone: what RootDir does where one openat2(2)
// is not enough, because something is to be made on the way or because the call is missing.
//
// Never follows what the kernel would follow: each component is opened with O_NOFOLLOW below the directory before
// it, links are read and resolved here, ".." goes back to a directory that the walk came through. So a rename or a
// link put in the way between two steps changes what is found, but nothing leads out of the root.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace brig {

// How many times a lookup (here: of each component) that somebody's renames disturb is tried. Bounded: the renaming
// may be hostile.
inline constexpr unsigned kLookupAttempts = 128;

struct WalkRequest {
  // What to do about a part that doesn't exist. A dangling link's target counts as such.
  enum class Missing : std::uint8_t { kFail, kMakeDirs, kMakeFile };
  Missing missing = Missing::kFail;
  // Of what is made last, less the umask; directories before it are made with 0755.
  mode_t mode = 0;
  // As for open(2), for the object found; no O_CREAT, O_TRUNC or O_TMPFILE.
  int flags = 0;
};

// Opens `path` (of at most PATH_MAX bytes, "/" is the root) inside `root`. ELOOP: more than 40 links, a link of
// procfs (it may be a magic one) or one on a mount with nosymfollow. EAGAIN: disturbed too often. With kMakeDirs
// ENOTDIR, with kMakeFile EISDIR if something else is in the way.
Result<UniqueFd> walk_path(FdRef root, std::string_view path, const WalkRequest& request);

}  // namespace brig
