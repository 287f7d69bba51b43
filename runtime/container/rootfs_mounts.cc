// Runs in: runtime.
#include "runtime/container/rootfs_mounts.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/mount.h>

#include <utility>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "runtime/container/directory.h"

namespace brig::container {
namespace {

constexpr unsigned kMountIdUnique = 0x4000;  // STATX_MNT_ID_UNIQUE, linux/stat.h since Linux 6.8

struct Shown {
  std::uint64_t mount = 0;  // by which the directory is seen
  bool is_mount_root = false;
};

// An older kernel does not know the unique id, and gives the other one.
Result<Shown> shown_by(FdRef directory) {
  const struct statx stat = TRY(sys::statx(directory, "", AT_EMPTY_PATH, STATX_MNT_ID | kMountIdUnique));
  return Shown{.mount = stat.stx_mnt_id, .is_mount_root = (stat.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0};
}

// What a path leads to now; empty if that is no directory any more.
Result<UniqueFd> look(const std::string& path) {
  auto opened = sys::openat(FdRef::cwd(), path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  if (opened.ok()) return opened;
  const int code = opened.error().code();
  if (code == ENOENT || code == ENOTDIR || code == ELOOP) return UniqueFd();
  return opened;
}

// Work on a mount by "." while its root is the working directory: the very mount, whatever its path leads to.
template <typename Work>
Result<void> at_root_of(FdRef mount, Work work) {
  const UniqueFd before = TRY(sys::openat(FdRef::cwd(), ".", O_PATH | O_DIRECTORY));
  TRY(sys::fchdir(mount));
  Result<void> done = work();
  TRY(sys::fchdir(before));
  return done;
}

Result<void> make_private(FdRef mount, unsigned long recursive) {
  return at_root_of(mount, [=] { return sys::mount("", ".", nullptr, MS_PRIVATE | recursive, nullptr); });
}

// Private first: an unmount goes to all peers, and a bind with "rshared" has the host's own mounts for peers.
Result<void> take_away(FdRef mount) {
  TRY(make_private(mount, MS_REC));
  return at_root_of(mount, [] { return sys::umount2(".", MNT_DETACH | UMOUNT_NOFOLLOW); });
}

Result<UniqueFd> clone(FdRef rootfs, unsigned recursive) {
  return sys::open_tree(rootfs, "", OPEN_TREE_CLONE | AT_EMPTY_PATH | recursive);
}

}  // namespace

void write_rootfs_mounts(json::Writer& w, const std::optional<RootfsMounts>& mounts) {
  if (!mounts) return;
  w.key("rootfsMounts").begin_object().key("bootId").string(mounts->boot_id);
  w.key("below").number_unsigned(mounts->below).key("fence").number_unsigned(mounts->fence);
  w.key("tree").number_unsigned(mounts->tree).end_object();
}

Result<std::optional<RootfsMounts>> read_rootfs_mounts(const Members& members) {
  if (members.find("rootfsMounts") == nullptr) return std::optional<RootfsMounts>();
  const Members object = TRY(members.object("rootfsMounts"));
  RootfsMounts mounts;
  mounts.boot_id = TRY(object.string("bootId"));
  mounts.below = TRY(object.number("below", UINT64_MAX));
  mounts.fence = TRY(object.number("fence", UINT64_MAX));
  mounts.tree = TRY(object.number("tree", UINT64_MAX));
  // What showed the rootfs before is the host's.
  if (mounts.boot_id.empty() || mounts.below == mounts.fence || mounts.below == mounts.tree)
    return broken("rootfsMounts");
  return std::optional(std::move(mounts));
}

RootfsMountsDraft::RootfsMountsDraft(RootfsMountsDraft&& other) noexcept
    : fence_(std::move(other.fence_)),
      tree_(std::move(other.tree_)),
      ids_(std::move(other.ids_)),
      attached_at_(std::exchange(other.attached_at_, {})),
      left_(other.left_) {}

RootfsMountsDraft::~RootfsMountsDraft() {
  if (attached_at_.empty()) return;
  auto gone = unmount_rootfs(attached_at_, *ids_);
  if (gone.ok()) return;
  log::warn(text::cat("`", attached_at_, "` stays a mount: ", gone.error().to_string()));
  if (left_ != nullptr) *left_ = true;
}

Result<RootfsMountsDraft> RootfsMountsDraft::prepare(const mounts::Plan& plan, const ProcDir& proc) {
  RootfsMountsDraft draft;
  if (!plan.wants_rootfs_mount) return draft;
  RootfsMounts ids;
  ids.boot_id = TRY(boot_id(proc));
  draft.fence_ = TRY(clone(plan.rootfs, 0));
  draft.tree_ = TRY(clone(plan.rootfs, AT_RECURSIVE));
  const Shown below = TRY(shown_by(plan.rootfs));
  const Shown fence = TRY(shown_by(draft.fence_));
  const Shown tree = TRY(shown_by(draft.tree_));
  ids.below = below.mount;
  ids.fence = fence.mount;
  ids.tree = tree.mount;
  draft.ids_ = std::move(ids);
  return draft;
}

// What is attached to a shared mount becomes shared itself; to a private one, it stays what it was.
Result<void> RootfsMountsDraft::stack_on(FdRef rootfs) const {
  TRY(sys::move_mount(fence_, rootfs));
  TRY(make_private(fence_, 0));
  TRY(sys::move_mount(tree_, fence_));
  return make_private(tree_, MS_REC);
}

Result<void> RootfsMountsDraft::attach(mounts::Plan& plan) {
  if (!ids_) return {};
  attached_at_ = plan.rootfs_path;
  TRY(stack_on(plan.rootfs));
  const UniqueFd found = TRY(look(plan.rootfs_path));
  if (!found || TRY(shown_by(found)).mount != ids_->tree) {
    TRY(take_away(tree_));
    TRY(take_away(fence_));
    return Error::make(Error::Kind::kUnsafe, "the path of the rootfs leads elsewhere now");
  }
  plan.rootfs_mount = std::move(tree_);
  return {};
}

Result<void> refuse_rootfs_in_use(const Globals& globals, const Record& record) {
  if (!record.rootfs_mounts) return {};
  const auto has_it = [&record](const Record& other) {
    if (!other.rootfs_mounts || other.rootfs_mounts->boot_id != record.rootfs_mounts->boot_id) return false;
    return other.rootfs == record.rootfs || other.rootfs_mounts->tree == record.rootfs_mounts->below;
  };
  const std::optional<Record> other = TRY(find_other(globals, record.id, has_it));
  if (!other) return {};
  return Error::make(Error::Kind::kState, text::cat("container ", other->id, " has its mounts on the rootfs `",
                                                    record.rootfs, "`, as neither has a \"mount\" namespace"));
}

Result<void> unmount_rootfs(const std::string& rootfs, const RootfsMounts& mounts) {
  const ProcDir proc = TRY(ProcDir::open());
  if (TRY(boot_id(proc)) != mounts.boot_id) return {};
  for (const std::uint64_t id : {mounts.tree, mounts.fence}) {
    const UniqueFd top = TRY(look(rootfs));
    if (!top) return {};
    const Shown shown = TRY(shown_by(top));
    if (shown.mount == id && shown.is_mount_root) TRY(take_away(top));
  }
  const UniqueFd left = TRY(look(rootfs));
  if (!left) return {};
  const Shown shown = TRY(shown_by(left));
  if (shown.is_mount_root && shown.mount != mounts.below)
    log::warn(text::cat("`", rootfs, "`: what is mounted there now is not the container's, and stays"));
  return {};
}

}  // namespace brig::container
