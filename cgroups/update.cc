// Update: new limits for a container that is there, all of them or none.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cgroups/apply.h"
#include "cgroups/controllers.h"
#include "cgroups/current.h"
#include "cgroups/devices.h"
#include "cgroups/manager.h"
#include "cgroups/resources.h"
#include "cgroups/scope.h"
#include "cgroups/setting_list.h"
#include "cgroups/standstill.h"
#include "cgroups/tree.h"
#include "cgroups/undo.h"

namespace brig::cgroups {
namespace {

const Hierarchy* hierarchy_for(const Location& location, const Setting& setting) {
  return location.v2_only() ? location.unified() : location.with(setting.controller);
}

Result<UniqueFd> open_existing(const Hierarchy& hierarchy) {
  UniqueFd directory = TRY(open_cgroup(hierarchy));
  if (directory) return directory;
  return Error::make(Error::Kind::kState, text::cat("cgroup ", hierarchy.directory(), " is gone"));
}

// A device list that can't be said is found before anything is written.
Result<void> check_devices(const Location& location, const std::vector<oci::DeviceRule>& configured) {
  if (configured.empty()) return {};
  const std::vector<oci::DeviceRule> rules = effective_rules(configured);
  if (location.with("devices") != nullptr)
    TRY(device_writes(rules));
  else
    TRY(device_program(rules));
  return {};
}

Result<void> need_controllers(const Location& location, const std::vector<Setting>& settings) {
  const Controllers controllers = controllers_of(settings);
  if (!location.v2_only()) return check_hierarchies(location, controllers.needed);
  if (settings.empty()) return {};
  const Hierarchy& unified = *location.unified();
  const UniqueFd leaf = TRY(open_existing(unified));
  return enable_controllers(unified, leaf, controllers);
}

// No limit, where there is no controller that could have set one.
bool is_so_already(FdRef directory, const Setting& setting) {
  if (!is_default(setting)) return false;
  const Result<std::string> there = read_file(directory, setting.file);
  return !there.ok() && there.error().code() == ENOENT;
}

Result<void> write_one(const Location& location, const Setting& setting, Undo* undo) {
  const Hierarchy* hierarchy = hierarchy_for(location, setting);
  if (hierarchy == nullptr) {
    // Only what is a default or optional can lack its controller: need_controllers.
    note_left_out(setting);
    return {};
  }
  UniqueFd directory = TRY(open_existing(*hierarchy));
  if (is_so_already(directory, setting)) return {};
  std::vector<Former> former;
  if (undo != nullptr) former = formers(directory, setting);
  TRY(write_setting(directory, setting));
  if (undo != nullptr) undo->add(std::move(directory), std::move(former));
  return {};
}

// systemd writes all that it knows of a controller at once, and rounds: what is to be set back is read before it is
// told. Of each setting, whether there was something to be read: its controller may come only then.
Result<std::vector<bool>> remember_all(const Location& location, const std::vector<Setting>& settings, Undo& undo) {
  std::vector<bool> known(settings.size());
  for (std::size_t i = 0; i < settings.size(); ++i) {
    const Hierarchy* hierarchy = hierarchy_for(location, settings[i]);
    if (hierarchy == nullptr) continue;
    UniqueFd directory = TRY(open_existing(*hierarchy));
    std::vector<Former> former = formers(directory, settings[i]);
    known[i] = !former.empty();
    undo.add(std::move(directory), std::move(former));
  }
  return known;
}

// Before systemd writes its own list to v1's devices hierarchy it denies everything, for a moment.
Result<std::optional<Standstill>> hold_still(const Location& location, const oci::Resources& resources) {
  std::optional<Standstill> standstill;
  const bool needed = location.unit && location.with("devices") != nullptr && !resources.devices.empty();
  if (needed) standstill.emplace(TRY(Standstill::begin(location)));
  return standstill;
}

}  // namespace

struct Update::Plan {
  Location location;
  oci::Resources resources;  // complete
  std::vector<Setting> settings;
  Asked asked;

  // What was, as far as apply() has changed it.
  std::vector<Property> properties = {};
  Undo undo = {};
  std::optional<std::string> device_list = {};  // of v1
  bool devices_touched = false, devices_as_before = true;

  Result<void> change();
  Error set_back(Error why);
  std::string set_back_devices();
};

Result<void> Update::Plan::change() {
  if (!resources.devices.empty()) device_list = TRY(read_device_list(location), "limit devices");
  std::vector<bool> remembered(settings.size());
  if (location.unit) {
    Undo all;
    remembered = TRY(remember_all(location, settings, all));
    properties = TRY(update_scope(location, resources, settings), "set properties of", location.unit->name);
    undo = std::move(all);
    devices_touched = !resources.devices.empty();
  }
  TRY(need_controllers(location, settings));
  for (std::size_t i = 0; i < settings.size(); ++i)
    TRY(write_one(location, settings[i], remembered[i] ? nullptr : &undo));
  if (resources.devices.empty()) return {};
  devices_touched = true;
  TRY(update_devices(location, resources.devices), "limit devices");
  return {};
}

// cgroup v2 has one program or the other, v1 may have a part of the list.
std::string Update::Plan::set_back_devices() {
  if (!devices_touched || !device_list) return "";
  const Result<void> done = write_device_list(location, *device_list);
  devices_as_before = devices_as_before && done.ok();
  return done.ok() ? "" : text::cat("devices: ", done.error().to_string());
}

Error Update::Plan::set_back(Error why) {
  std::vector<std::string> failures;
  if (!properties.empty()) {
    const Result<void> told = set_back_scope(location, properties);
    if (!told.ok()) failures.push_back(told.error().to_string());
    devices_as_before = told.ok() || !devices_touched;
  }
  for (std::string failure : {undo.run(), set_back_devices()})
    if (!failure.empty()) failures.push_back(std::move(failure));
  if (!failures.empty())
    why.add_frame(text::cat("done in part, as not all could be set back (", text::join(failures, ", "), ')'));
  return why;
}

Update::Update(std::unique_ptr<Plan> plan) : plan_(std::move(plan)) {}
Update::Update(Update&&) noexcept = default;
Update::~Update() = default;
const Asked& Update::asked() const { return plan_->asked; }
bool Update::devices_as_before() const { return plan_->devices_as_before; }

Asked asked_of(const oci::Resources& resources) { return {.memory_and_swap = given(resources.memory.swap)}; }

Result<Update> Update::plan(const Location& location, const oci::Resources& resources, const Asked& asked) {
  if (location.hierarchies.empty())
    return Error::make(Error::Kind::kUnsupported, "the container has no cgroup: it was made with cgroups disabled");
  const Current current = TRY(read_current(location, resources), "read the limits that are set");
  const oci::Resources full = TRY(completed(resources, current, asked, location));
  TRY(check_outcome(resources, full, current, location));
  TRY(check_memory_usage(location, full.memory));
  TRY(check_devices(location, full.devices));
  std::vector<Setting> settings = TRY(location.v2_only() ? settings_v2(full) : settings_v1(full));
  put_in_order(settings, current);
  const bool of_memory = given(resources.memory.limit) || given(resources.memory.swap);
  return Update(std::make_unique<Plan>(Plan{.location = location,
                                            .resources = full,
                                            .settings = std::move(settings),
                                            .asked = of_memory ? asked_of(full) : asked}));
}

Result<void> Update::apply() {
  std::optional<Standstill> standstill = TRY(hold_still(plan_->location, plan_->resources));
  Result<void> done = plan_->change();
  if (done.ok() && standstill) done = standstill->end();
  return done.ok() ? Result<void>() : plan_->set_back(std::move(done).error());
}

}  // namespace brig::cgroups
