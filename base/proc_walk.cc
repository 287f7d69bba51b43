#include "base/proc_walk.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/sys.h"
#include "base/text.h"

namespace brig {
namespace {

// Takes the first component of `rest` off.
std::string take_component(std::string& rest) {
  const std::size_t slash = rest.find('/');
  std::string name = rest.substr(0, slash);
  rest.erase(0, slash == std::string::npos ? rest.size() : slash + 1);
  return name;
}

Result<void> check_mount(FdRef object, std::uint64_t mount, CStr path) {
  if (TRY(mount_id(object, "", AT_EMPTY_PATH)) != mount) return Error::system("open", path.c_str(), EXDEV);
  return {};
}

}  // namespace

Result<std::uint64_t> mount_id(FdRef dir, CStr path, int flags) {
  const struct statx object = TRY(sys::statx(dir, path, flags, STATX_MNT_ID));
  if ((object.stx_mask & STATX_MNT_ID) == 0)
    return Error::make(Error::Kind::kUnsupported, "statx(2) tells no mount id; that takes Linux 5.8");
  return object.stx_mnt_id;
}

Result<UniqueFd> walk_proc(FdRef proc, CStr path, int flags) {
  const std::uint64_t mount = TRY(mount_id(proc, "", AT_EMPTY_PATH));
  std::string rest = path.c_str();
  UniqueFd dir = TRY(sys::openat(proc, ".", O_PATH | O_DIRECTORY));
  for (bool in_root = true;;) {
    const std::string name = take_component(rest);
    if (name.empty() || name == "." || name == "..") return Error::system("open", path.c_str(), EINVAL);
    UniqueFd object = TRY(sys::openat(dir, name, O_PATH | O_NOFOLLOW));
    TRY(check_mount(object, mount, path));
    const struct stat what = TRY(sys::fstat(object));
    const bool last = rest.empty();
    if (S_ISLNK(what.st_mode) && !(last && (flags & O_NOFOLLOW) != 0)) {
      if (!in_root) return Error::system("open", path.c_str(), ELOOP);
      const std::string target = TRY(sys::readlinkat(object, ""));
      rest = last ? target : text::cat(target, '/', rest);
      continue;
    }
    if (!last) {
      dir = std::move(object);
      in_root = false;
      continue;
    }
    if ((flags & O_PATH) != 0 && (flags & O_DIRECTORY) == 0) return object;
    UniqueFd opened = TRY(sys::openat(dir, name, flags | O_NOFOLLOW));
    TRY(check_mount(opened, mount, path));
    return opened;
  }
}

}  // namespace brig
