// Runs in: init.
#include "runtime/mounts/cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>

#include "base/sys.h"
#include "base/text.h"
#include "runtime/mounts/mount.h"
#include "runtime/mounts/target.h"

namespace brig::mounts {

namespace {

constexpr std::uint64_t kPlain = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

// A detached clone of the container's own directory, shown to be on a cgroup file system.
Result<UniqueFd> clone_directory(const std::string& directory, decltype(statfs::f_type) magic) {
  UniqueFd tree = TRY(sys::open_tree(FdRef::cwd(), directory, OPEN_TREE_CLONE));
  const struct statfs fs = TRY(sys::fstatfs(tree));
  if (fs.f_type != magic) return Error::make(Error::Kind::kUnsafe, text::cat('`', directory, "` is not a cgroup"));
  return tree;
}

Result<void> attach_directory(const std::string& directory, decltype(statfs::f_type) magic, FdRef target,
                              const oci::MountOptions& options) {
  const UniqueFd tree = TRY(clone_directory(directory, magic));
  oci::MountOptions alone = options;
  alone.recursive = false;
  return attach(tree, target, bind_changes(alone, MS_PRIVATE));
}

Result<UniqueFd> make_tmpfs(const Site& site, const std::string& mode, std::uint64_t attributes) {
  FileSystem wanted{.type = "tmpfs", .source = "tmpfs", .data = {mode}, .attributes = attributes};
  if (!site.plan.label_option.empty()) wanted.data.push_back(site.plan.label_option);
  return make_file_system(wanted);
}

// Where no cgroup could be made for the container: nothing of the user's own may be seen or changed there.
Result<void> attach_nothing(const Site& site, FdRef target) {
  const UniqueFd tree = TRY(make_tmpfs(site, "mode=555", kPlain | MOUNT_ATTR_RDONLY));
  return attach(tree, target, {});
}

Result<void> attach_unified(const Site& site, const PlannedMount& planned, FdRef target) {
  const oci::Mount& mount = planned.mount;
  const std::string& own = site.plan.cgroup.unified_directory;
  if (site.plan.new_cgroup_namespace) {
    Result<UniqueFd> fresh = make_file_system(
        {.type = "cgroup2", .source = "cgroup", .data = mount.options.data, .attributes = merged(mount.options).set});
    if (fresh.ok()) return attach(fresh.value(), target, propagation_changes(mount.options));
    // A user namespace that doesn't own the cgroup namespace may not; the bind shows no more than the mount would.
    const int code = fresh.error().code();
    if ((code != EPERM && code != EBUSY) || own.empty()) return std::move(fresh).error();
  }
  if (own.empty()) return attach_nothing(site, target);
  return attach_directory(own, CGROUP2_SUPER_MAGIC, target, mount.options);
}

Result<void> attach_hierarchy(const Site& site, const CgroupView::V1& hierarchy, FdRef target,
                              const oci::MountOptions& options) {
  if (!site.plan.new_cgroup_namespace)
    return attach_directory(hierarchy.directory, CGROUP_SUPER_MAGIC, target, options);
  const UniqueFd tree = TRY(make_file_system({.type = "cgroup",
                                              .source = "cgroup",
                                              .data = text::split(hierarchy.options, ','),
                                              .attributes = merged(options).set | kPlain}));
  return attach(tree, target, {});
}

// `tree` is the tmpfs, attached: nothing can be mounted below a detached tree before Linux 6.15.
Result<void> fill(const Site& site, FdRef tree, const oci::MountOptions& options) {
  for (const CgroupView::V1& hierarchy : site.plan.cgroup.v1) {
    TRY(sys::mkdirat(tree, hierarchy.name, 0755));
    const UniqueFd target = TRY(sys::openat(tree, hierarchy.name, O_PATH | O_DIRECTORY | O_NOFOLLOW));
    TRY(attach_hierarchy(site, hierarchy, target, options), "mount the cgroup hierarchy", hierarchy.name);
    for (const std::string& link : hierarchy.links) TRY(sys::symlinkat(hierarchy.name, tree, link));
  }
  return {};
}

}  // namespace

Result<UniqueFd> perform_cgroup(const Site& site, const PlannedMount& planned) {
  const oci::Mount& mount = planned.mount;
  const Target target = TRY(open_target(site, mount.destination, mount.type, TargetType::kDirectory));
  if (site.plan.cgroup.unified || mount.type == "cgroup2") {
    TRY(attach_unified(site, planned, target.fd));
    return UniqueFd();
  }
  const UniqueFd tree = TRY(make_tmpfs(site, "mode=755", kPlain));
  TRY(attach(tree, target.fd, propagation_changes(mount.options)));
  TRY(fill(site, tree, mount.options));
  if ((merged(mount.options).set & MOUNT_ATTR_RDONLY) != 0) TRY(change_mount(tree, {{.set = MOUNT_ATTR_RDONLY}}));
  return UniqueFd();
}

}  // namespace brig::mounts
