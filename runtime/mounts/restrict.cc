// Runs in: init.
#include "runtime/mounts/restrict.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/mount.h>

#include <optional>

#include "base/sys.h"
#include "base/text.h"
#include "runtime/mounts/mount.h"

namespace brig::mounts {

namespace {

constexpr std::uint64_t kSealed = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;

// The object to restrict, or nothing if there is none. A link's object is meant. Only the target may be missing;
// nothing else is forgiven (CVE-2025-31133).
Result<UniqueFd> find(const PivotedRoot& root, const std::string& path) {
  Result<UniqueFd> target = root.root().open_at(path, O_PATH);
  if (!target.ok() && (target.error().code() == ENOENT || target.error().code() == ENOTDIR)) return UniqueFd();
  return target;
}

// An empty directory that stays so. Some kernels that distributions patched want two inodes.
Result<UniqueFd> make_empty_directory(const std::string& label_option) {
  FileSystem wanted{.type = "tmpfs",
                    .source = "tmpfs",
                    .superblock_flags = {"ro"},
                    .data = {"nr_blocks=1", "nr_inodes=1"},
                    .attributes = kSealed | MOUNT_ATTR_NODEV};
  if (!label_option.empty()) wanted.data.insert(wanted.data.begin(), label_option);
  Result<UniqueFd> made = make_file_system(wanted);
  if (made.ok() || made.error().code() != EINVAL) return made;
  wanted.data.back() = "nr_inodes=2";
  return make_file_system(wanted);
}

// What covers masked paths: one mount each for files and directories, attached the first time, cloned from there
// afterwards (a detached mount can't be cloned before Linux 6.15).
class Masks {
 public:
  Masks(FdRef null_device, const std::string& label_option) : null_device_(null_device), label_option_(label_option) {}

  Result<void> cover(FdRef target) {
    const struct stat stat = TRY(sys::fstat(target));
    return S_ISDIR(stat.st_mode) ? cover_directory(target) : cover_file(target);
  }

 private:
  // Read-only, for a device means: its mode, owner and times, which are those of the host's /dev/null, stay.
  Result<void> cover_file(FdRef target) {
    if (null_attached_) return attach(TRY(clone_tree(null_device_, Submounts::kWithout)), target, {});
    TRY(attach(null_device_, target, {{.set = kSealed, .propagation = MS_PRIVATE}}));
    null_attached_ = true;
    return {};
  }

  Result<void> cover_directory(FdRef target) {
    if (empty_) return attach(TRY(clone_tree(empty_, Submounts::kWithout)), target, {});
    UniqueFd made = TRY(make_empty_directory(label_option_));
    TRY(attach(made, target, {}));
    empty_ = std::move(made);
    return {};
  }

  FdRef null_device_;
  const std::string& label_option_;
  bool null_attached_ = false;
  UniqueFd empty_;
};

// Whether that is the root, by a link or its own name. What is attached there covers it for nobody: a process looks its
// paths up from below such a mount.
Result<bool> is_root(const PivotedRoot& root, FdRef target) {
  constexpr unsigned kMask = STATX_MNT_ID | STATX_INO;
  const struct statx a = TRY(sys::statx(root.root().fd(), "", AT_EMPTY_PATH, kMask));
  const struct statx b = TRY(sys::statx(target, "", AT_EMPTY_PATH, kMask));
  return a.stx_mnt_id == b.stx_mnt_id && a.stx_ino == b.stx_ino;
}

Result<void> mask_paths(const Plan& plan, const PivotedRoot& root) {
  Masks masks(root.unfinished().null_device, plan.label_option);
  for (const std::string& path : plan.masked_paths) {
    const UniqueFd target = TRY(find(root, path), "mask", path);
    if (!target) continue;
    if (TRY(is_root(root, target), "mask", path))
      return Error::make(Error::Kind::kUnsupported, text::cat("mask `", path, "`: the root can't be hidden"));
    TRY(masks.cover(target), "mask", path);
  }
  return {};
}

// The clone keeps nosuid, nodev and noexec. Mounts below it keep their own flags, as with runc and crun.
Result<void> make_readonly(const PivotedRoot& root, FdRef target) {
  if (TRY(is_root(root, target))) return change_mount(root.root().fd(), {{.set = MOUNT_ATTR_RDONLY}});
  const UniqueFd tree = TRY(clone_tree(target, Submounts::kWith));
  return attach(tree, target, {{.set = MOUNT_ATTR_RDONLY}});
}

Result<void> make_paths_readonly(const Plan& plan, const PivotedRoot& root) {
  for (const std::string& path : plan.readonly_paths) {
    const UniqueFd target = TRY(find(root, path), "make read-only", path);
    if (target) TRY(make_readonly(root, target), "make read-only", path);
  }
  return {};
}

}  // namespace

Result<void> restrict_paths(const Plan& plan, const PivotedRoot& root) {
  TRY(mask_paths(plan, root));
  TRY(make_paths_readonly(plan, root));
  const std::vector<Change> readonly = {{.set = MOUNT_ATTR_RDONLY}};
  for (const UniqueFd& mount : root.unfinished().readonly_mounts)
    TRY(change_mount(mount, readonly), "make a mount read-only");
  if (plan.rootfs_readonly) TRY(change_mount(root.root().fd(), readonly), "make the root read-only");
  return {};
}

}  // namespace brig::mounts
