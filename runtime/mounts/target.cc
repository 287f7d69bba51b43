// Runs in: init.
#include "runtime/mounts/target.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/stat.h>

#include "base/text.h"
#include "runtime/mounts/destination.h"

namespace brig::mounts {

namespace {

Error unsafe(std::string_view destination, std::string_view why) {
  return Error::make(Error::Kind::kUnsafe, text::cat('`', destination, "` ", why));
}

// What runc says, as people look for it. CVE-2019-19921: a link in place of /proc has the procfs mounted elsewhere.
Error not_ordinary(std::string_view destination, std::string_view type) {
  return unsafe(destination, text::cat("must be an ordinary directory to mount ", type, " on"));
}

// The target as it is; ENOENT if there is none.
Result<UniqueFd> find(const Site& site, const std::string& destination, const std::string& type, LastLink last_link) {
  if (last_link == LastLink::kIsTheTarget) {
    const RootDir::Place place = TRY(site.root.parent_of(destination, RootDir::Parents::kMake));
    return sys::openat(place.dir, place.name, O_PATH | O_NOFOLLOW);
  }
  if (!needs_ordinary_directory(type, destination)) return site.root.open_at(destination, O_PATH);
  Result<UniqueFd> found = site.root.open_no_follow(destination, O_PATH);
  if (!found.ok() && found.error().code() == ELOOP) return not_ordinary(destination, type);
  return found;
}

// For most directories it does not matter whether they were there: making finds too, in one call.
bool may_be_made_at_once(const std::string& destination, const std::string& type, TargetType target_type) {
  return target_type == TargetType::kDirectory && type != "tmpfs" && !needs_ordinary_directory(type, destination);
}

}  // namespace

Result<Site> make_site(const Plan& plan, const RootDir& root) {
  const struct statx stat = TRY(sys::statx(root.fd(), "", AT_EMPTY_PATH, STATX_MNT_ID | STATX_INO));
  return Site{.plan = plan, .root = root, .root_stat = stat};
}

Result<void> refuse_procfs(const Site& site, FdRef fd, const struct statx& stat, const std::string& destination) {
  // Most targets are on the root's own file system, which is told without another call.
  if (stat.stx_dev_major == site.root_stat.stx_dev_major && stat.stx_dev_minor == site.root_stat.stx_dev_minor)
    return {};
  const struct statfs fs = TRY(sys::fstatfs(fd));
  if (fs.f_type != PROC_SUPER_MAGIC) return {};
  const ProcPlace place = proc_place(destination);
  if (place == ProcPlace::kRoot || place == ProcPlace::kEmulated) return {};
  return unsafe(destination, "leads inside /proc");
}

Result<Target> open_target(const Site& site, const std::string& destination, const std::string& type,
                           TargetType target_type, LastLink last_link) {
  Target target;
  const bool at_once = last_link == LastLink::kIsFollowed && may_be_made_at_once(destination, type, target_type);
  Result<UniqueFd> found = at_once ? site.root.make_dirs(destination) : find(site, destination, type, last_link);
  if (!at_once && !found.ok() && found.error().code() == ENOENT) {
    target.made = true;
    found = target_type == TargetType::kFile ? site.root.make_file(destination) : site.root.make_dirs(destination);
  }
  if (!found.ok() && found.error().code() == ENOTDIR && target_type == TargetType::kDirectory)
    return std::move(found).error().with_hint("a directory can't be mounted on a file, nor below one");
  target.fd = TRY(std::move(found));
  target.stat = TRY(sys::statx(target.fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID));
  if (needs_ordinary_directory(type, destination) && !S_ISDIR(target.stat.stx_mode))
    return not_ordinary(destination, type);
  const bool mount_root = (target.stat.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  if (mount_root && target.stat.stx_mnt_id == site.root_stat.stx_mnt_id)
    return unsafe(destination, "leads to the root itself, which is no mount point");
  TRY(refuse_procfs(site, target.fd, target.stat, destination));
  return target;
}

}  // namespace brig::mounts
