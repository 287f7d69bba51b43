// Runs in: init.
#include "runtime/mounts/mount.h"

#include <fcntl.h>
#include <sys/mount.h>

#include <algorithm>
#include <array>

#include "base/proc_dir.h"
#include "base/sys.h"
#include "base/text.h"
#include "runtime/mounts/cgroup.h"
#include "runtime/mounts/copy_up.h"
#include "runtime/mounts/destination.h"
#include "runtime/mounts/id_mapping.h"
#include "runtime/mounts/long_options.h"
#include "runtime/mounts/sysfs.h"
#include "runtime/mounts/target.h"

namespace brig::mounts {

namespace {

Result<void> set_attributes(FdRef mount, const Change& change) {
  const unsigned recursive = change.recursive ? AT_RECURSIVE : 0;
  Result<void> done = sys::mount_setattr(mount, "", AT_EMPTY_PATH | recursive,
                                         {.set = change.set, .clear = change.clear, .propagation = change.propagation});
  if (!done.ok() && done.error().code() == EPERM)
    return std::move(done).error().with_hint("flags that a user namespace inherited are locked");
  return done;
}

// Until Linux 5.12 is the minimum: mount(2) on an attached mount, named by its descriptor in a /proc that was shown to
// be one. Leaves the working directory at "/".
Result<void> change_by_mount(FdRef mount, const Change& change) {
  const bool flags = change.set != 0 || change.clear != 0;
  if (flags && change.recursive)
    return Error::make(Error::Kind::kUnsupported, "mount flags for a whole tree need mount_setattr(2), Linux 5.12");
  const ProcDir proc = TRY(any_proc());
  TRY(sys::fchdir(proc.fd()));
  const std::string name = sys::self_fd_path(mount);
  if (flags) {
    const struct statfs fs = TRY(sys::fstatfs(mount));
    const unsigned long all = remount_flags(static_cast<unsigned long>(fs.f_flags), change);
    TRY(sys::mount("", name, nullptr, MS_REMOUNT | MS_BIND | all, nullptr));
  }
  const unsigned long recursive = change.recursive ? MS_REC : 0;
  if (change.propagation != 0) TRY(sys::mount("", name, nullptr, change.propagation | recursive, nullptr));
  return sys::chdir("/");
}

bool missing(const Result<void>& done) { return !done.ok() && done.error().code() == ENOSYS; }

// The kernel says EINVAL for a file over a directory; mount(2) and engines know ENOTDIR.
Result<void> move_onto(FdRef tree, FdRef target) {
  Result<void> moved = sys::move_mount(tree, target);
  if (moved.ok() || moved.error().code() != EINVAL) return moved;
  const struct stat from = TRY(sys::fstat(tree));
  const struct stat to = TRY(sys::fstat(target));
  if (S_ISDIR(from.st_mode) == S_ISDIR(to.st_mode)) return moved;
  return Error::system("mount", "", ENOTDIR)
      .with_hint(S_ISDIR(from.st_mode) ? "the source is a directory, and what is at the destination is none"
                                       : "the source is a file, and there is a directory at the destination");
}

// A superblock that several mounts share must not become read-only for one of them: a container that joins the network
// namespace of another one would find its own /sys so, and the host its own debugfs. The flag of the mount does for
// these: one for each namespace of a kind, or one for all.
bool shares_superblock(const std::string& type) {
  constexpr std::array<std::string_view, 12> kShared = {"sysfs",   "mqueue",     "binfmt_misc", "configfs",
                                                        "debugfs", "devtmpfs",   "efivarfs",    "fusectl",
                                                        "pstore",  "securityfs", "selinuxfs",   "tracefs"};
  return std::find(kShared.begin(), kShared.end(), type) != kShared.end();
}

bool has_key(const std::vector<std::string>& data, std::string_view key) {
  for (const std::string& option : data)
    if (option.starts_with(key)) return true;
  return false;
}

FileSystem file_system_of(const oci::Mount& mount, const Target& target) {
  FileSystem wanted{.type = mount.type,
                    .source = mount.source,
                    .superblock_flags = mount.options.superblock_flags,
                    .data = mount.options.data,
                    .attributes = merged(mount.options).set};
  std::erase(wanted.superblock_flags, "ro");
  if (readonly_waits(mount.type, mount.destination)) {
    wanted.attributes &= ~std::uint64_t{MOUNT_ATTR_RDONLY};
  } else if ((wanted.attributes & MOUNT_ATTR_RDONLY) != 0 && !shares_superblock(mount.type)) {
    wanted.superblock_flags.push_back("ro");
  }
  // A tmpfs looks like the directory it covers, as with runc and crun; without one, 1777 is the kernel's choice.
  if (mount.type == "tmpfs" && !target.made && !has_key(mount.options.data, "mode=")) {
    constexpr unsigned kPermissions = 07777;
    constexpr int kOctal = 8;
    std::array<char, 8> digits;
    const auto end = std::to_chars(digits.begin(), digits.end(), target.stat.stx_mode & kPermissions, kOctal).ptr;
    wanted.data.push_back("mode=" + std::string(digits.begin(), end));
  }
  return wanted;
}

// The descriptor to keep for later, if `mount` asks for read-only and that has to wait.
Result<UniqueFd> kept_for_later(FdRef tree, const oci::Mount& mount) {
  const bool readonly = (merged(mount.options).set & MOUNT_ATTR_RDONLY) != 0;
  if (!readonly || !readonly_waits(mount.type, mount.destination)) return UniqueFd();
  return sys::dup_above(tree, 0);
}

// An mqueue takes no context, but an attribute of its root, as with runc and crun.
Result<void> label_root(FdRef tree, const std::string& label) {
  const UniqueFd root = TRY(sys::openat(tree, ".", O_RDONLY | O_DIRECTORY));
  return sys::fsetxattr(root, "security.selinux", label);
}

Result<UniqueFd> perform_file_system(const Site& site, const PlannedMount& planned) {
  const oci::Mount& mount = planned.mount;
  const Target target = TRY(open_target(site, mount.destination, mount.type, TargetType::kDirectory));
  const FileSystem wanted = file_system_of(mount, target);
  Result<UniqueFd> made = has_long_option(wanted) ? make_by_mount(wanted, target.fd) : make_file_system(wanted);
  if (!made.ok()) {
    TRY(attach_host_sys(site, mount, target.fd, std::move(made).error()));
    return UniqueFd();
  }
  const UniqueFd tree = std::move(made).value();
  // Before ids are mapped: owners are copied as the file system is to have them.
  if (mount.options.tmpcopyup) TRY(copy_up(target.fd, tree));
  if (!planned.root_label.empty()) TRY(label_root(tree, planned.root_label));
  if (planned.id_mapped) TRY(map_ids(tree, planned.user_namespace, false));
  TRY(attach(tree, target.fd, propagation_changes(mount.options)));
  return kept_for_later(tree, mount);
}

// The source as this mount namespace has it. In a user namespace what the host mounted read-only or nosuid is locked
// here, and the container can't undo it (mount_namespaces(7)). Empty if our ids may not even look there and there is a
// clone from before.
Result<UniqueFd> clone_by_path(const PlannedMount& planned) {
  const int no_follow = planned.mount.options.src_nofollow ? O_NOFOLLOW : 0;
  Result<UniqueFd> here = sys::openat(FdRef::cwd(), planned.source_path, O_PATH | no_follow);
  if (!here.ok() && here.error().code() == EACCES && planned.source_is_tree) return UniqueFd();
  const UniqueFd found = TRY(std::move(here));
  const struct stat now = TRY(sys::fstat(found));
  const struct stat then = TRY(sys::fstat(planned.source));
  if (now.st_dev != then.st_dev || now.st_ino != then.st_ino)
    return Error::make(Error::Kind::kUnsafe, "the source is not what it was when it was checked");
  return clone_tree(found, planned.mount.options.recursive ? Submounts::kWith : Submounts::kWithout);
}

Result<UniqueFd> perform_bind(const Site& site, const PlannedMount& planned) {
  const oci::Mount& mount = planned.mount;
  const TargetType type = planned.source_is_directory ? TargetType::kDirectory : TargetType::kFile;
  const LastLink last_link = mount.options.dest_nofollow ? LastLink::kIsTheTarget : LastLink::kIsFollowed;
  const Target target = TRY(open_target(site, mount.destination, mount.type, type, last_link));
  UniqueFd own;
  if (!planned.id_mapped && (site.plan.new_user_namespace || !planned.source_is_tree))
    own = TRY(clone_by_path(planned));
  const FdRef tree = own ? FdRef(own) : FdRef(planned.source);
  oci::MountOptions options = mount.options;
  if (readonly_waits("", mount.destination)) options.set &= ~std::uint64_t{MOUNT_ATTR_RDONLY};
  TRY(attach(tree, target.fd, bind_changes(options, site.plan.rootfs_propagation)));
  return kept_for_later(tree, mount);
}

// "copy-symlink". What is there already must be the same link.
Result<UniqueFd> perform_link(const Site& site, const PlannedMount& planned) {
  const RootDir::Place place = TRY(site.root.parent_of(planned.mount.destination, RootDir::Parents::kMake));
  Result<void> made = sys::symlinkat(planned.link_target, place.dir, place.name);
  if (made.ok()) return UniqueFd();
  if (made.error().code() != EEXIST) return std::move(made).error();
  const Result<std::string> there = sys::readlinkat(place.dir, place.name);
  if (there.ok() && there.value() == planned.link_target) return UniqueFd();
  return std::move(made).error().with_hint("\"copy-symlink\" replaces nothing");
}

Result<UniqueFd> perform_remount(const Site& site, const PlannedMount& planned) {
  const UniqueFd target = TRY(site.root.open_at(planned.mount.destination, O_PATH));
  const oci::MountOptions& options = planned.mount.options;
  std::vector<Change> changes;
  if (options.recursive_set != 0 || options.recursive_clear != 0)
    changes.push_back({.set = options.recursive_set, .clear = options.recursive_clear, .recursive = true});
  Change own = merged(options);
  if (own.set != 0 || own.clear != 0) changes.push_back(own);
  for (const Change& change : propagation_changes(options)) changes.push_back(change);
  TRY(change_mount(target, changes), "change the mount");
  return UniqueFd();
}

}  // namespace

// The /proc of the moment, or, after the pivot into a container that has none, an instance of our own.
Result<ProcDir> any_proc() {
  Result<ProcDir> proc = ProcDir::open();
  if (proc.ok() || proc.error().code() != ENOENT) return proc;
  constexpr std::uint64_t kPlain = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  return ProcDir::adopt(TRY(make_file_system({.type = "proc", .source = "proc", .attributes = kPlain})));
}

Result<void> change_mount(FdRef mount, const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    Result<void> done = set_attributes(mount, change);
    if (missing(done)) done = change_by_mount(mount, change);
    TRY(std::move(done));
  }
  return {};
}

Result<void> attach(FdRef tree, FdRef target, const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    Result<void> done = set_attributes(tree, change);
    if (missing(done)) {
      TRY(move_onto(tree, target));
      return change_mount(tree, changes);
    }
    TRY(std::move(done));
  }
  return move_onto(tree, target);
}

Result<UniqueFd> clone_tree(FdRef object, Submounts submounts) {
  const unsigned recursive = submounts == Submounts::kWith ? AT_RECURSIVE : 0;
  return sys::open_tree(object, "", OPEN_TREE_CLONE | AT_EMPTY_PATH | recursive);
}

Result<UniqueFd> perform(const Site& site, const PlannedMount& planned) {
  switch (planned.kind) {
    case Kind::kBind: return perform_bind(site, planned);
    case Kind::kFileSystem: return perform_file_system(site, planned);
    case Kind::kCgroup: return perform_cgroup(site, planned);
    case Kind::kRemount: return perform_remount(site, planned);
    case Kind::kLink: return perform_link(site, planned);
  }
  return Error::make(Error::Kind::kInternal, "a mount of no kind");
}

}  // namespace brig::mounts
