// A directory that hostile code may be rearranging while we work in it (a container's rootfs).
//
// Nothing below it is reached by a path of the host's: every lookup is openat2(2) with RESOLVE_IN_ROOT and
// RESOLVE_NO_MAGICLINKS (the manual says IN_ROOT need not always refuse those), every function returns descriptors
// and never strings. Where that call is missing, or something is made on the way, it is a walk by descriptors
// (path_walk.h). ".." and absolute links stay inside. CVE-2019-19921, -2021-30465, -2024-45310, -2025-54867.
#pragma once

#include <string>
#include <string_view>

#include "base/cstr.h"
#include "base/fd.h"
#include "base/result.h"

namespace brig {

class RootDir {
 public:
  // Opens `path` of the host as a root: O_PATH|O_DIRECTORY, its last part must not be a link (ENOTDIR; a bundle's
  // "rootfs" may be made by somebody hostile), also if slashes or "." follow it. Parents are followed.
  static Result<RootDir> open(CStr path);
  // Takes a descriptor of a directory, e.g. of a mount.
  static RootDir adopt(UniqueFd dir) { return RootDir(std::move(dir)); }

  FdRef fd() const { return dir_; }
  // Gives the descriptor up.
  UniqueFd take() && { return std::move(dir_); }

  // Opens what is at `path` ("/" is the root), links in it resolved inside the root. flags as for open(2), but none
  // that create; O_PATH for a handle: a fifo blocks an open for reading, a device may act on one. EAGAIN and EXDEV,
  // which renames beside us cause, are tried again a bounded number of times (128). ELOOP for a magic link.
  Result<UniqueFd> open_at(std::string_view path, int flags) const;
  // The same, but the last part must not be a link, also if slashes or "." follow it (ELOOP; ENOTDIR if flags have
  // O_DIRECTORY).
  Result<UniqueFd> open_no_follow(std::string_view path, int flags) const;

  // The directory at `path`, made with its missing parents (mode 0755, or `mode` for the last, less the umask) by
  // mkdirat(2) one component at a time; a handle (O_PATH). A dangling link on the way is resolved inside the root and
  // its target is made there, as existing images rely on it. Fails with ENOTDIR if something else is in the way.
  Result<UniqueFd> make_dirs(std::string_view path, mode_t mode = 0755) const;
  // The non-directory at `path`; if nothing is there, an empty regular file made with O_EXCL (parents too). A
  // handle (O_PATH). EISDIR if a directory is there.
  Result<UniqueFd> make_file(std::string_view path, mode_t mode = 0644) const;

  // The directory that holds (or will hold) the last part of `path`, and that part, never "", "." or "..".
  // Parents are made if asked; the last part itself need not exist and is not followed. For mknodat, symlinkat,
  // unlinkat relative to `dir`. EINVAL if `path` has no such part.
  struct Place {
    UniqueFd dir;
    std::string name;
  };
  enum class Parents { kMustExist, kMake };
  Result<Place> parent_of(std::string_view path, Parents parents) const;

 private:
  explicit RootDir(UniqueFd dir) : dir_(std::move(dir)) {}
  UniqueFd dir_;
};

}  // namespace brig
