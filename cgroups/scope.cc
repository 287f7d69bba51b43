// What manager.h offers, with systemd making the cgroup.
#include "cgroups/scope.h"

#include <limits>
#include <utility>

#include "base/log.h"
#include "base/proc_dir.h"
#include "base/sys.h"
#include "base/text.h"
#include "cgroups/apply.h"
#include "cgroups/devices.h"
#include "cgroups/occupants.h"
#include "cgroups/systemd.h"
#include "cgroups/systemd_unit.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

Whose whose(const Unit& unit) { return unit.of_user ? Whose::kUser : Whose::kMachine; }

Version version_of(const Location& location) { return location.v2_only() ? Version::kV2 : Version::kV1; }

Result<std::vector<Setting>> settings_for(const Location& location, const oci::Resources& resources) {
  return location.v2_only() ? settings_v2(resources) : settings_v1(resources);
}

// linux.resources. Devices are the machine's affair: a user's systemd can't limit them.
Result<std::vector<Property>> resource_properties(const Location& location, const oci::Resources& resources,
                                                  const std::vector<Setting>& settings, int systemd) {
  std::vector<Property> properties = TRY(limit_properties(settings, systemd));
  if (location.unit->of_user) return properties;
  for (Property& property : device_properties(effective_rules(resources.devices), version_of(location)))
    properties.push_back(std::move(property));
  return properties;
}

// What is asked of a systemd that executes itself anew meanwhile (`systemctl daemon-reexec`) is asked again.
template <typename Ask>
auto until_answered(Ask ask) -> decltype(ask()) {
  constexpr int kMostTimes = 3;
  for (int times = 1;; ++times) {
    auto answer = ask();
    if (answer.ok() || !went_away(answer.error()) || times == kMostTimes) return answer;
    log::debug(answer.error().to_string());
  }
}

// What annotations say goes before what brig says by default, and after what linux.resources says.
Result<std::vector<Property>> all_properties(const Scope& scope, int systemd) {
  std::vector<Property> properties = scope_properties(*scope.location.unit, scope.id, version_of(scope.location));
  for (const Property& property : scope.annotated) set_property(properties, property);
  std::vector<Property> limits = TRY(resource_properties(scope.location, scope.resources, scope.settings, systemd));
  for (Property& property : limits) properties.push_back(std::move(property));
  return properties;
}

// Leftovers in the cgroup that systemd is about to take: their limits would be shared, and the container's end would be
// theirs.
Result<void> check_empty(const Location& location) {
  for (const Hierarchy& hierarchy : location.hierarchies) {
    const UniqueFd directory = TRY(open_cgroup(hierarchy));
    if (directory) TRY(check_unused(hierarchy, directory));
  }
  return {};
}

// A user's systemd has the controllers that the machine's gives it, and no way to ask for more.
Result<void> hint_at_delegation(Result<void> limited, const Unit& unit) {
  if (limited.ok() || !unit.of_user || limited.error().kind() != Error::Kind::kUnsupported) return limited;
  return std::move(limited).error().with_hint(
      text::cat("users have the controllers that Delegate= of user@", sys::geteuid(),
                ".service names: systemctl edit user@.service (systemd.resource-control(5))"));
}

// Whether systemd's idea of the place and ours are the same: the hierarchy it keeps its units in is v2 if there is
// nothing else, otherwise the one with its name.
Result<void> check_membership(const Location& location, pid_t pid) {
  const Hierarchy* kept = location.v2_only() ? location.unified() : location.with("name=systemd");
  if (kept == nullptr) return {};
  const ProcDir proc = TRY(ProcDir::open());
  const std::string found = path_in(TRY(proc.read(text::cat(pid, "/cgroup"))), *kept);
  if (found == kept->path) return {};
  return Error::make(Error::Kind::kUnsafe,
                     text::cat("systemd has put the container into the cgroup ", found, " instead of ", kept->path));
}

}  // namespace

std::string path_in(std::string_view proc_cgroup, const Hierarchy& hierarchy) {
  for (const std::string& line : text::split(proc_cgroup, '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (controllers == text::join(hierarchy.controllers, ",")) return line.substr(second + 1);
  }
  return "";
}

Result<Location> locate_scope(std::string_view cgroups_path, std::string_view id) {
  const Systemd systemd = TRY(Systemd::connect());
  const bool of_user = systemd.whose() == Whose::kUser;
  Unit unit = TRY(unit_for(cgroups_path, id, of_user));
  Location location = TRY(locate(Manager::kCgroupfs, cgroup_path_of(unit, systemd.control_group()), id));
  if (of_user && !location.v2_only())
    return Error::make(Error::Kind::kUnsupported, "a user's systemd can limit containers on cgroup v2 only");
  location.unit = std::move(unit);
  return location;
}

Result<Draft> create_scope(const Location& location, const oci::Config& config, std::string_view id) {
  Scope scope = {.location = location,
                 .id = std::string(id),
                 .resources = config.linux_.resources,
                 .settings = TRY(settings_for(location, config.linux_.resources)),
                 .annotated = {}};
  scope.annotated = TRY(annotated_properties(config.annotations));
  // What no systemd could be told is found now, by the rules of the newest.
  TRY(limit_properties(scope.settings, std::numeric_limits<int>::max()));
  Draft draft;
  draft.scope_ = std::make_unique<Scope>(std::move(scope));
  return draft;
}

// The directory that systemd has made; on v1 it makes none for the controllers that it does not manage.
Result<void> Draft::adopt(const Hierarchy& hierarchy) {
  UniqueFd directory = TRY(open_cgroup(hierarchy));
  if (!directory) return make(hierarchy);
  made_.push_back({.hierarchy = hierarchy, .directory = std::move(directory), .fresh = false});
  return {};
}

Result<void> Draft::start_scope(pid_t pid) {
  if (!scope_) return {};
  const Location& location = scope_->location;
  TRY(check_empty(location));
  const auto start = [&]() -> Result<void> {
    Systemd systemd = TRY(Systemd::connect_to(whose(*location.unit)));
    std::vector<Property> properties = TRY(all_properties(*scope_, systemd.version()));
    return systemd.start_scope(location.unit->name, std::move(properties), pid, scope_->started);
  };
  TRY(until_answered(start), "start unit");
  TRY(check_membership(location, pid));
  for (const Hierarchy& hierarchy : location.hierarchies)
    TRY(adopt(hierarchy), "take over cgroup", hierarchy.directory());
  return hint_at_delegation(limit(scope_->settings, scope_->resources, location.v2_only()), *location.unit);
}

Result<std::vector<Property>> update_scope(const Location& location, const oci::Resources& resources,
                                           const std::vector<Setting>& settings) {
  std::vector<Property> before;
  if (!location.unit) return before;
  // What no systemd could be told is found before anything is changed, by the rules of the newest.
  const std::vector<Property> most = TRY(limit_properties(settings, std::numeric_limits<int>::max()));
  if (most.empty() && resources.devices.empty()) return before;
  const auto set = [&]() -> Result<void> {
    Systemd systemd = TRY(Systemd::connect_to(whose(*location.unit)));
    std::vector<Property> properties = resources.devices.empty()
                                           ? TRY(limit_properties(settings, systemd.version()))
                                           : TRY(resource_properties(location, resources, settings, systemd.version()));
    if (properties.empty()) return {};
    if (before.empty()) before = TRY(systemd.properties(location.unit->name, properties), "read what is set");
    return systemd.set_properties(location.unit->name, std::move(properties));
  };
  TRY(until_answered(set));
  return before;
}

Result<void> set_back_scope(const Location& location, const std::vector<Property>& before) {
  return until_answered([&]() -> Result<void> {
    Systemd systemd = TRY(Systemd::connect_to(whose(*location.unit)));
    return systemd.set_properties(location.unit->name, before);
  });
}

Result<void> stop_scope(const Unit& unit) {
  return until_answered([&]() -> Result<void> {
    Result<Systemd> systemd = Systemd::connect_to(whose(unit));
    if (!systemd.ok() && systemd.error().kind() == Error::Kind::kUnsupported) {
      log::warn(text::cat(unit.name, " is not stopped, ignored: ", systemd.error().to_string()));
      return {};
    }
    return TRY(std::move(systemd)).stop(unit.name);
  });
}

}  // namespace brig::cgroups
