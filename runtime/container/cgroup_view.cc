// Runs in: runtime.
#include "runtime/container/cgroup_view.h"

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

}  // namespace

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
