#include "base/root_dir.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/path_walk.h"
#include "base/proc_dir.h"
#include "base/sys.h"
#include "base/text.h"

namespace brig {
namespace {

using Missing = WalkRequest::Missing;

// The path without slashes and "." components at its end, which would have the kernel follow a link before them. A
// path of nothing else keeps its first character: "/" or ".".
std::string_view without_empty_end(std::string_view path) {
  for (;;) {
    if (path.size() > 1 && path.ends_with('/')) {
      path.remove_suffix(1);
    } else if (path.ends_with("/.")) {
      path.remove_suffix(path.size() > 2 ? 2 : 1);
    } else {
      return path;
    }
  }
}

// A path of a config may contain what ends a string of the kernel's; then another object would be opened.
Result<void> check_path(std::string_view path) {
  if (path.find('\0') == std::string_view::npos) return {};
  return Error::system("open", path, EINVAL);
}

Result<UniqueFd> open_in_root(FdRef root, const std::string& path, int flags) {
  open_how how = {};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  for (unsigned attempt = 1;; ++attempt) {
    Result<UniqueFd> found = sys::openat2(root, path, how);
    if (found.ok()) return found;
    const int err = found.error().code();
    // openat2(2): the kernel could not show that ".." stayed inside while something was renamed.
    const bool disturbed = err == EAGAIN || err == EXDEV;
    if (!disturbed || attempt == kLookupAttempts) return Error::system("open", path, err);
  }
}

// Refuses what was moved out of the root while the walk held it, as procfs tells. Only ever a reason to refuse: a
// /proc that is missing or can't be trusted proves nothing either way.
Result<void> refuse_outside(FdRef root, FdRef found, std::string_view path) {
  Result<ProcDir> proc = ProcDir::open();
  if (!proc.ok()) return {};
  Result<UniqueFd> table = proc.value().open_at("self/fd", O_PATH | O_DIRECTORY);
  if (!table.ok()) return {};
  Result<std::string> root_name = sys::readlinkat(table.value(), std::to_string(root.raw()));
  Result<std::string> found_name = sys::readlinkat(table.value(), std::to_string(found.raw()));
  if (!root_name.ok() || !found_name.ok()) return {};
  const std::string& inside = root_name.value();
  if (inside == "/" || found_name.value() == inside || found_name.value().starts_with(inside + "/")) return {};
  return Error::make(Error::Kind::kUnsafe, text::cat("open `", path, "`: it was moved out of its root directory"));
}

// Until Linux 5.6 is the minimum, and sandboxes know its calls.
Result<UniqueFd> open_without_openat2(FdRef root, std::string_view path, const WalkRequest& request) {
  UniqueFd found = TRY(walk_path(root, path, request));
  TRY(refuse_outside(root, found, path));
  return found;
}

bool lacks_openat2(const Error& error) { return error.code() == ENOSYS; }

// What is at `path`, or what `request` says to make there; one openat2(2) if it exists.
Result<UniqueFd> open_or_make(FdRef root, std::string_view path, const WalkRequest& request) {
  TRY(check_path(path));
  Result<UniqueFd> found = open_in_root(root, std::string(path), request.flags);
  if (found.ok()) return found;
  if (lacks_openat2(found.error())) return open_without_openat2(root, path, request);
  if (found.error().code() != ENOENT || request.missing == Missing::kFail) return found;
  return walk_path(root, path, request);
}

}  // namespace

Result<RootDir> RootDir::open(CStr path) {
  const std::string last_is_name(without_empty_end(path.c_str()));
  Result<UniqueFd> dir = sys::openat(FdRef::cwd(), last_is_name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  if (dir.ok()) return RootDir(std::move(dir).value());
  if (dir.error().code() != ENOTDIR) return std::move(dir).error();
  const Result<struct stat> what = sys::fstatat(FdRef::cwd(), last_is_name, AT_SYMLINK_NOFOLLOW);
  if (what.ok() && S_ISLNK(what.value().st_mode))
    return std::move(dir).error().with_hint("it is a symbolic link; name the directory itself");
  return std::move(dir).error();
}

Result<UniqueFd> RootDir::open_at(std::string_view path, int flags) const {
  constexpr int kCreating = O_CREAT | (O_TMPFILE & ~O_DIRECTORY);
  if ((flags & kCreating) != 0) return Error::make(Error::Kind::kInternal, "RootDir::open_at was asked to create");
  return open_or_make(dir_, path, {.missing = Missing::kFail, .mode = 0, .flags = flags});
}

Result<UniqueFd> RootDir::open_no_follow(std::string_view path, int flags) const {
  UniqueFd found = TRY(open_at(without_empty_end(path), flags | O_NOFOLLOW));
  if ((flags & O_PATH) == 0) return found;
  // With O_PATH, O_NOFOLLOW opens the link itself: open(2).
  const struct stat what = TRY(sys::fstat(found));
  if (S_ISLNK(what.st_mode)) return Error::system("open", path, ELOOP);
  return found;
}

Result<UniqueFd> RootDir::make_dirs(std::string_view path, mode_t mode) const {
  return open_or_make(dir_, path, {.missing = Missing::kMakeDirs, .mode = mode, .flags = O_PATH | O_DIRECTORY});
}

Result<UniqueFd> RootDir::make_file(std::string_view path, mode_t mode) const {
  UniqueFd found = TRY(open_or_make(dir_, path, {.missing = Missing::kMakeFile, .mode = mode, .flags = O_PATH}));
  const struct stat what = TRY(sys::fstat(found));
  if (S_ISDIR(what.st_mode)) return Error::system("open", path, EISDIR);
  return found;
}

Result<RootDir::Place> RootDir::parent_of(std::string_view path, Parents parents) const {
  TRY(check_path(path));
  const std::string_view whole = without_empty_end(path);
  const std::size_t slash = whole.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? whole : whole.substr(slash + 1);
  if (name.empty() || name == "." || name == "..") return Error::system("open parent of", path, EINVAL);
  const std::string_view above = slash == std::string_view::npos ? "." : whole.substr(0, slash + 1);
  if (parents == Parents::kMake) return Place{TRY(make_dirs(above)), std::string(name)};
  return Place{TRY(open_at(above, O_PATH | O_DIRECTORY)), std::string(name)};
}

}  // namespace brig
