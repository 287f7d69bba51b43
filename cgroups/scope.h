// A container's systemd scope. For cgroups/ itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cgroups/manager.h"
#include "cgroups/resources.h"
#include "cgroups/systemd_properties.h"

namespace brig::cgroups {

// What create_scope() found out, for Draft::start_scope.
struct Scope {
  Location location;
  std::string id;
  oci::Resources resources;
  std::vector<Setting> settings;
  std::vector<Property> annotated;
  bool started = false;  // there may be a unit that is ours
};

// locate() for Manager::kSystemd.
Result<Location> locate_scope(std::string_view cgroups_path, std::string_view id);

// Tells systemd of a container's new limits; of devices if there are any. For before they are written to the files: it
// writes all that it knows of a controller whenever it is told of a part. What the unit had of these properties before;
// nothing without a unit. On failure nothing is changed.
Result<std::vector<Property>> update_scope(const Location& location, const oci::Resources& resources,
                                           const std::vector<Setting>& settings);
// Tells it what update_scope() found.
Result<void> set_back_scope(const Location& location, const std::vector<Property>& before);

// Ends the unit, and clears it away if it failed. None of this name is fine; no systemd is a warning.
Result<void> stop_scope(const Unit& unit);

// The path of a process in one hierarchy, from /proc/PID/cgroup (cgroups(7)); "" if that has no line for it. Pure.
std::string path_in(std::string_view proc_cgroup, const Hierarchy& hierarchy);

}  // namespace brig::cgroups
