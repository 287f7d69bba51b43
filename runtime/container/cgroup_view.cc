// Runs in: runtime.
#include "runtime/container/cgroup_view.h"

#include <sched.h>
#include <sys/mount.h>

#include <algorithm>

#include "base/text.h"

namespace brig::container {
namespace {

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

mounts::CgroupView::V1 v1_view(const cgroups::Hierarchy& hierarchy) {
  mounts::CgroupView::V1 view;
  view.name = last_part(hierarchy.mount);
  view.directory = hierarchy.directory();
  view.options = text::join(hierarchy.controllers, ",");
  if (view.options.starts_with("name=")) view.options = text::cat("none,", view.options);
  if (hierarchy.controllers.size() > 1)
    for (const std::string& controller : hierarchy.controllers)
      if (controller != view.name) view.links.push_back(controller);
  return view;
}

// "the configuration's `mounts` array contains an object where" … `options` "does not contain the value "ro"".
bool is_writable_cgroup_mount(const oci::Mount& mount) {
  const bool readonly = (mount.options.set & MOUNT_ATTR_RDONLY) != 0;
  return mount.source == "cgroup" && mount.destination == "/sys/fs/cgroup" && !readonly;
}

// The id outside of the container's user namespace.
std::optional<uid_t> host_uid(const oci::Config& config, uid_t uid) {
  if (config.namespace_of(CLONE_NEWUSER) == nullptr) return uid;
  for (const oci::IdMapping& mapping : config.linux_.uid_mappings)
    if (uid >= mapping.container_id && uid - mapping.container_id < mapping.size)
      return mapping.host_id + (uid - mapping.container_id);
  return std::nullopt;
}

}  // namespace

std::optional<uid_t> cgroup_owner(const oci::Config& config) {
  if (!config.process || !config.new_namespace(CLONE_NEWCGROUP)) return std::nullopt;
  if (std::none_of(config.mounts.begin(), config.mounts.end(), is_writable_cgroup_mount)) return std::nullopt;
  const std::optional<uid_t> owner = host_uid(config, config.process->user.uid);
  return owner == uid_t{0} ? std::nullopt : owner;
}

mounts::CgroupView cgroup_view(const cgroups::Location& location) {
  mounts::CgroupView view;
  view.unified = location.v2_only();
  for (const cgroups::Hierarchy& hierarchy : location.hierarchies) {
    if (hierarchy.unified) {
      view.unified_directory = hierarchy.directory();
    } else {
      view.v1.push_back(v1_view(hierarchy));
    }
  }
  return view;
}

bool needs_attach(const cgroups::Location& location, const cgroups::Draft& draft) {
  if (location.hierarchies.empty()) return false;
  return !location.v2_only() || !draft.clone_target();
}

}  // namespace brig::container
