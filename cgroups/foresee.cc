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
#include "cgroups/occupants.h"
#include "cgroups/resources.h"
#include "cgroups/rootless.h"
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

// cgroup2: no process can be moved to where only threads may be (cgroup-v2, "Threads").
Result<void> check_type(const std::string& name, FdRef directory) {
  const auto type = read_file(directory, "cgroup.type");
  if (!type.ok() || type.value() == "domain") return {};
  return Error::make(Error::Kind::kUnsupported,
                     text::cat("a cgroup below ", name, " can't hold a container: its type is \"", type.value(), "\""));
}

// `free`: it does not matter whether it can be made.
Result<void> check_place(const Hierarchy& hierarchy, bool free) {
  Nearest place = TRY(nearest(hierarchy));
  if (place.is_leaf) return check_unused(hierarchy, place.directory);
  Hierarchy above = hierarchy;
  above.path = place.path;
  TRY(check_not_frozen(above, place.directory));
  if (hierarchy.unified) TRY(check_type(above.directory(), place.directory));
  if (free) return {};
  auto writable = sys::faccessat(place.directory, ".", W_OK, AT_EACCESS);
  if (writable.ok()) return {};
  return Error::make(Error::Kind::kUnsupported, text::cat("can't make a cgroup in ", hierarchy.mount, place.path, ": ",
                                                          errno_words(writable.error().code())));
}

Result<std::string> obstacle(const Location& location, const std::string& controller) {
  if (location.with(controller) != nullptr) return std::string();
  // The files of "cgroup" are in every cgroup of v2.
  if (location.v2_only() && controller == "cgroup") return std::string();
  if (location.v2_only()) {
    const Obstacle found = TRY(obstacle_on_way(*location.unified(), controller));
    return found.hint.empty() ? found.text : text::cat(found.text, " (", found.hint, ")");
  }
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
  if (location.hierarchies.empty() && !location.by_default) {
    log::warn("/linux/resources: ignored, cgroups are disabled");
    return found;
  }
  auto settings = location.v2_only() ? settings_v2(resources) : settings_v1(resources);
  bool limited = true;
  if (settings.ok()) {
    check_controllers(location, settings.value(), found);
    limited = !controllers_of(settings.value()).needed.empty();
  } else {
    found.push_back(std::move(settings).error());
  }
  const bool free = location.by_default && !limited && is_rootless();
  for (const Hierarchy& hierarchy : location.hierarchies)
    if (auto place = check_place(hierarchy, free); !place.ok()) found.push_back(std::move(place).error());
  if (auto devices = check_devices(location, resources); !devices.ok())
    found.push_back(Error::config("/linux/resources/devices", devices.error().to_string()));
  return found;
}

}  // namespace brig::cgroups
