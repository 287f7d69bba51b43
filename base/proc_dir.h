// A /proc that was shown to be procfs: the only way to write process attributes, id maps, sysctls and labels.
//
// A fake /proc lets such writes "succeed" elsewhere (CVE-2019-16884, -2019-19921, -2025-52881). So: the handle's
// file system is procfs and its inode is the root's; lookups below are openat2(2) with RESOLVE_BENEATH, NO_XDEV
// (nothing mounted over) and NO_MAGICLINKS; what can't be shown is refused with Error::Kind::kUnsafe. Without openat2:
// proc_walk.h.
#pragma once

#include <string>
#include <string_view>

#include "base/cstr.h"
#include "base/fd.h"
#include "base/result.h"

namespace brig {

class ProcDir {
 public:
  // The machine's /proc, checked. If something is mounted over a part of it that is then asked for, lookups fall
  // back to a clone of the mount without what covers it, or to a private instance (fsopen "proc"; not for
  // "PID/...", as its pid namespace may be another one). What stays covered is refused (kUnsafe).
  // Inherited by init across clone3: "self" below it is whoever asks.
  static Result<ProcDir> open();
  // Checks that `dir` is the root of a procfs; for tests and for the container's own.
  static Result<ProcDir> adopt(UniqueFd dir);

  FdRef fd() const { return dir_; }
  // `path` is relative, e.g. "self/attr/exec"; flags as for open(2).
  Result<UniqueFd> open_at(CStr path, int flags) const;
  // The whole file; at most 16 MiB.
  Result<std::string> read(CStr path) const;
  // The whole of `data` in one write(2), as procfs wants it.
  Result<void> write(CStr path, std::string_view data) const;
  // A magic link ("self/ns/net", "PID/exe"): the directory is opened as above, then only the last part is followed,
  // and only if it is on the same mount as its directory.
  Result<UniqueFd> open_magic_link(CStr path, int flags) const;

 private:
  explicit ProcDir(UniqueFd dir) : dir_(std::move(dir)) {}
  UniqueFd dir_;
};

}  // namespace brig
