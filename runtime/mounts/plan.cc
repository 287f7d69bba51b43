// Runs in: runtime.
#include "runtime/mounts/plan.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/stat.h>
#include <sched.h>
#include <sys/mount.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "base/root_dir.h"
#include "base/sys.h"
#include "base/text.h"
#include "runtime/mounts/destination.h"
#include "runtime/mounts/label.h"
#include "runtime/mounts/remount.h"

namespace brig::mounts {

namespace {

// procfs gives its root this inode number, and no other file of it (linux/proc_ns.h, PROC_ROOT_INO).
constexpr ino_t kProcRootInode = 1;

// A path of the config: absolute, or below the bundle (config.md#root, #mounts).
std::string on_host(const std::string& path, const std::string& bundle) {
  return path.starts_with('/') ? path : text::cat(bundle, '/', path);
}

Kind kind_of(const oci::Mount& mount) {
  if (mount.options.remount) return Kind::kRemount;
  if (mount.options.bind) return Kind::kBind;
  return mount.type == "cgroup" || mount.type == "cgroup2" ? Kind::kCgroup : Kind::kFileSystem;
}

// The rules that need no look at any file system.
Result<void> check_destination(const PlannedMount& planned) {
  const oci::Mount& mount = planned.mount;
  const auto refuse = [&](std::string_view why) { return Error::config(planned.pointer + "/destination", why); };
  switch (proc_place(mount.destination)) {
    case ProcPlace::kOutside:
    case ProcPlace::kEmulated: return {};
    case ProcPlace::kForbidden: return refuse(text::cat(mount.destination, " is inside /proc"));
    case ProcPlace::kRoot: break;
  }
  const bool procfs = planned.kind == Kind::kBind || planned.kind == Kind::kRemount || mount.type == "proc";
  return procfs ? Result<void>() : refuse("only a procfs may be mounted on /proc");
}

// With "copy-symlink" a source that is a link is no mount, but a link.
Result<void> look_for_link(PlannedMount& planned) {
  const UniqueFd source = TRY(sys::openat(FdRef::cwd(), planned.source_path, O_PATH | O_NOFOLLOW));
  const struct stat found = TRY(sys::fstat(source));
  if (!S_ISLNK(found.st_mode)) return {};
  planned.kind = Kind::kLink;
  planned.link_target = TRY(sys::readlinkat(source, ""));
  return {};
}

bool is_below(std::string_view path, std::string_view directory) {
  return directory == "/" || (path.starts_with(directory) && path.substr(directory.size()).starts_with('/'));
}

// Whether init finds the same mounts by the source's path in its own mount namespace, so that it can clone them there.
// Not what holds the rootfs or is in it: what the container has mounted by then would be cloned as well. Not what is to
// stay a peer of the host's mount: init has made its own a slave.
bool found_by_init(const Plan& plan, const PlannedMount& planned) {
  const oci::MountOptions& options = planned.mount.options;
  const std::string source = text::clean_absolute_path(planned.source_path);
  const bool overlaps =
      source == plan.rootfs_path || is_below(source, plan.rootfs_path) || is_below(plan.rootfs_path, source);
  const bool id_mapped = !planned.mount.uid_mappings.empty() || options.idmap || options.recursive_idmap;
  return plan.mount_namespace == MountNamespace::kNew && !plan.new_user_namespace && !id_mapped && !overlaps &&
         (plan.rootfs_propagation & MS_SHARED) == 0;
}

// A handle of the source, if no link is on the way to it: /proc/self is another one for init.
Result<UniqueFd> open_without_links(const PlannedMount& planned) {
  const std::uint64_t no_follow = planned.mount.options.src_nofollow ? O_NOFOLLOW : 0;
  return sys::openat2(FdRef::cwd(), planned.source_path,
                      {.flags = O_PATH | O_CLOEXEC | no_follow, .mode = 0, .resolve = RESOLVE_NO_SYMLINKS});
}

Result<UniqueFd> clone_source(PlannedMount& planned) {
  const oci::MountOptions& options = planned.mount.options;
  const unsigned recursive = options.recursive ? AT_RECURSIVE : 0;
  const unsigned no_follow = options.src_nofollow ? AT_SYMLINK_NOFOLLOW : 0;
  Result<UniqueFd> tree = sys::open_tree(FdRef::cwd(), planned.source_path, OPEN_TREE_CLONE | recursive | no_follow);
  planned.source_is_tree = tree.ok();
  // Rootless: the mount namespace is not ours to clone from. init can, in its own.
  if (!tree.ok() && tree.error().code() == EPERM)
    return sys::openat(FdRef::cwd(), planned.source_path, O_PATH | (options.src_nofollow ? O_NOFOLLOW : 0));
  return tree;
}

// A mount has its id from when it was cloned, and since Linux 6.8 /proc/PID/mountinfo is in the order of ids, where
// tools take the later one for the one on top. So init clones what it can, in the order of the list.
Result<UniqueFd> handle_or_clone(const Plan& plan, PlannedMount& planned) {
  if (found_by_init(plan, planned)) {
    Result<UniqueFd> handle = open_without_links(planned);
    if (handle.ok()) return handle;
  }
  return clone_source(planned);
}

Result<void> open_source(const Plan& plan, PlannedMount& planned) {
  if (planned.mount.options.copy_symlink) TRY(look_for_link(planned));
  if (planned.kind == Kind::kLink) return {};
  planned.source = TRY(handle_or_clone(plan, planned));
  const struct stat found = TRY(sys::fstat(planned.source));
  planned.source_is_directory = S_ISDIR(found.st_mode);
  if (planned.mount.destination != "/proc") return {};
  const struct statfs fs = TRY(sys::fstatfs(planned.source));
  if (fs.f_type == PROC_SUPER_MAGIC && found.st_ino == kProcRootInode) return {};
  return Error::config(planned.pointer + "/source", "only the root of a procfs may be mounted on /proc");
}

Result<PlannedMount> plan_mount(const Plan& plan, const oci::Mount& mount, std::size_t index,
                                const std::string& bundle) {
  PlannedMount planned{.kind = kind_of(mount), .mount = mount, .pointer = text::cat("/mounts/", index)};
  TRY(check_destination(planned));
  if (planned.kind != Kind::kBind) return planned;
  planned.source_path = on_host(mount.source, bundle);
  TRY(open_source(plan, planned), text::cat("mount `", mount.destination, "` (", planned.pointer, ")"));
  return planned;
}

// config-linux.md#default-devices; /dev/console and /dev/ptmx are made in other ways.
std::vector<oci::Device> default_devices() {
  struct Node {
    const char* path;
    std::int64_t major, minor;
  };
  constexpr std::array<Node, 6> kNodes = {{{"/dev/null", 1, 3},
                                           {"/dev/zero", 1, 5},
                                           {"/dev/full", 1, 7},
                                           {"/dev/random", 1, 8},
                                           {"/dev/urandom", 1, 9},
                                           {"/dev/tty", 5, 0}}};
  std::vector<oci::Device> devices;
  devices.reserve(std::size(kNodes));
  for (const Node& node : kNodes)
    devices.push_back({.type = 'c', .path = node.path, .major = node.major, .minor = node.minor});
  return devices;
}

// The default ones first; one of the config's takes the place of a default one of its path.
Result<std::vector<oci::Device>> plan_devices(const std::vector<oci::Device>& configured) {
  std::vector<oci::Device> devices = default_devices();
  for (std::size_t i = 0; i < configured.size(); ++i) {
    const oci::Device& device = configured[i];
    if (device.path == "/dev/ptmx") continue;
    if (device.path == "/" || proc_place(device.path) != ProcPlace::kOutside)
      return Error::config(text::cat("/linux/devices/", i, "/path"), text::cat(device.path, ": no place for a device"));
    const auto same = [&](const oci::Device& other) { return other.path == device.path; };
    const auto known = std::find_if(devices.begin(), devices.end(), same);
    if (known != devices.end())
      *known = device;
    else
      devices.push_back(device);
  }
  return devices;
}

std::vector<std::string> each_once(const std::vector<std::string>& paths) {
  std::vector<std::string> once;
  for (const std::string& path : paths) {
    std::string clean = text::clean_absolute_path(path);
    if (!text::contains(once, clean)) once.push_back(std::move(clean));
  }
  return once;
}

MountNamespace mount_namespace_of(const oci::Config& config) {
  const oci::Namespace* ns = config.namespace_of(CLONE_NEWNS);
  if (ns == nullptr) return MountNamespace::kHost;
  return ns->path.empty() ? MountNamespace::kNew : MountNamespace::kJoined;
}

// A terminal is bound on /dev/console.
bool changes_mounts(const oci::Config& config) {
  const bool terminal = config.process && config.process->terminal;
  return !config.mounts.empty() || !config.linux_.masked_paths.empty() || !config.linux_.readonly_paths.empty() ||
         config.linux_.rootfs_propagation != 0 || config.root.readonly || terminal;
}

// A mount on the root of a process covers it for nobody: paths are looked up from below it.
Result<void> refuse_own_root(const Plan& plan) {
  constexpr unsigned kMask = STATX_MNT_ID | STATX_INO;
  const struct statx rootfs = TRY(sys::statx(plan.rootfs, "", AT_EMPTY_PATH, kMask));
  const struct statx own = TRY(sys::statx(FdRef::cwd(), "/", 0, kMask));
  if (rootfs.stx_mnt_id != own.stx_mnt_id || rootfs.stx_ino != own.stx_ino) return {};
  return Error::config("/root/path", "is the runtime's own root, where mounts take a \"mount\" namespace");
}

}  // namespace

Result<Plan> make_plan(const oci::ValidConfig& valid, const std::string& bundle, CgroupView cgroup, bool no_pivot) {
  const oci::Config& config = *valid;
  Plan plan;
  plan.rootfs_path = text::clean_absolute_path(on_host(config.root.path, bundle));
  plan.rootfs = TRY(RootDir::open(plan.rootfs_path), "open the rootfs (/root/path)").take();
  plan.rootfs_readonly = config.root.readonly;
  plan.rootfs_propagation = config.linux_.rootfs_propagation;
  plan.no_pivot = no_pivot;
  plan.mount_namespace = mount_namespace_of(config);
  plan.wants_rootfs_mount = plan.mount_namespace == MountNamespace::kHost && changes_mounts(config);
  if (plan.wants_rootfs_mount) TRY(refuse_own_root(plan));
  plan.new_user_namespace = config.namespace_of(CLONE_NEWUSER) != nullptr;
  plan.new_cgroup_namespace = config.namespace_of(CLONE_NEWCGROUP) != nullptr;
  plan.cgroup = std::move(cgroup);
  bool own_dev = false;
  for (std::size_t i = 0; i < config.mounts.size(); ++i) {
    plan.mounts.push_back(TRY(plan_mount(plan, config.mounts[i], i, bundle)));
    if (plan.mounts.back().kind == Kind::kRemount) TRY(settle_remount(plan.mounts));
    own_dev = own_dev || (plan.mounts.back().kind == Kind::kBind && config.mounts[i].destination == "/dev");
  }
  TRY(label_mounts(config, plan));
  if (!own_dev) plan.devices = TRY(plan_devices(config.linux_.devices));
  if (own_dev && !config.linux_.devices.empty())
    log::warn("/linux/devices: ignored, as /dev is a bind mount, in which nothing is made");
  plan.make_dev_links = !own_dev;
  plan.masked_paths = each_once(config.linux_.masked_paths);
  plan.readonly_paths = each_once(config.linux_.readonly_paths);
  return plan;
}

}  // namespace brig::mounts
