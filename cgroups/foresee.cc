#include "cgroups/foresee.h"

#include <unistd.h>

#include <string>
#include <utility>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "cgroups/apply.h"
#include "cgroups/controllers.h"
#include "cgroups/devices.h"
#include "cgroups/resources.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

// The cgroup itself, or the nearest one above it that exists.
struct Nearest {
  UniqueFd directory;
  std::string path;  // below the mount: "/a/b"
  bool is_leaf = false;
};

Result<Nearest> nearest(const Hierarchy& hierarchy) {
  const UniqueFd mount = TRY(open_mount(hierarchy));
  std::string path = hierarchy.path;
  for (;;) {
    auto opened = open_below(mount, path);
    if (opened.ok())
      return Nearest{.directory = std::move(opened).value(), .path = path, .is_leaf = path == hierarchy.path};
    if (opened.error().code() != ENOENT || path == "/") return std::move(opened).error();
    path.resize(path.rfind('/') == 0 ? 1 : path.rfind('/'));
  }
}

Result<void> check_place(const Hierarchy& hierarchy) {
  const Nearest place = TRY(nearest(hierarchy));
  if (place.is_leaf) return check_unused(hierarchy, place.directory);
  auto writable = sys::faccessat(place.directory, ".", W_OK, AT_EACCESS);
  if (writable.ok()) return {};
  return Error::make(Error::Kind::kUnsupported, text::cat("can't make a cgroup in ", hierarchy.mount, place.path, ": ",
                                                          errno_words(writable.error().code())));
}

bool lists(FdRef directory, CStr file, const std::string& controller) {
  const auto content = read_file(directory, file);
  return content.ok() && text::contains(text::split(content.value(), ' '), controller);
}

// cgroup v2: the first on the way down to the container's cgroup that won't pass the controller on, and why; "" if all
// do or can be told to.
Result<std::string> obstacle_on_way(const Hierarchy& hierarchy, const std::string& controller) {
  const UniqueFd mount = TRY(open_mount(hierarchy));
  if (!lists(mount, "cgroup.controllers", controller))
    return text::cat("controller ", controller, " is not available in ", hierarchy.mount);
  std::size_t end = 0;  // of the path so far: "", "/a", "/a/b"; not the cgroup itself
  do {
    const std::string path = hierarchy.path.substr(0, end);
    auto directory = open_below(mount, path.empty() ? "/" : path);
    if (!directory.ok()) break;  // not made yet, and free to pass on what it gets
    if (!lists(directory.value(), "cgroup.subtree_control", controller) && TRY(occupied(directory.value())))
      return text::cat("controller ", controller, " can't be enabled in ", hierarchy.mount, path,
                       ": it has processes of its own");
    end = hierarchy.path.find('/', end + 1);
  } while (end != std::string::npos);
  return std::string();
}

Result<std::string> obstacle(const Location& location, const std::string& controller) {
  if (location.with(controller) != nullptr) return std::string();
  if (location.v2_only()) return obstacle_on_way(*location.unified(), controller);
  return text::cat("controller ", controller, " is not mounted writable in any cgroup v1 hierarchy");
}

void check_controllers(const Location& location, const std::vector<Setting>& settings, std::vector<Error>& found) {
  for (const Setting& setting : settings) {
    if (is_default(setting)) continue;
    auto why = obstacle(location, setting.controller);
    if (!why.ok()) {
      found.push_back(std::move(why).error());
    } else if (!why.value().empty() && setting.optional) {
      note_left_out(setting);
    } else if (!why.value().empty()) {
      found.push_back(Error::config(setting.pointer, why.value()));
    }
  }
}

Result<void> check_devices(const Location& location, const oci::Resources& resources) {
  const std::vector<oci::DeviceRule> rules = effective_rules(resources.devices);
  if (location.with("devices") != nullptr) {
    TRY(device_writes(rules));
  } else {
    TRY(device_program(rules));
  }
  return {};
}

}  // namespace

std::vector<Error> foresee(const Location& location, const oci::Resources& resources) {
  std::vector<Error> found;
  if (location.hierarchies.empty()) {
    log::warn("/linux/resources: ignored, cgroups are disabled");
    return found;
  }
  auto settings = location.v2_only() ? settings_v2(resources) : settings_v1(resources);
  if (settings.ok()) {
    check_controllers(location, settings.value(), found);
  } else {
    found.push_back(std::move(settings).error());
  }
  for (const Hierarchy& hierarchy : location.hierarchies)
    if (auto place = check_place(hierarchy); !place.ok()) found.push_back(std::move(place).error());
  if (auto devices = check_devices(location, resources); !devices.ok())
    found.push_back(Error::config("/linux/resources/devices", devices.error().to_string()));
  return found;
}

}  // namespace brig::cgroups
