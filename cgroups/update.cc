// update(): new limits for a container that is there.
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

namespace brig::cgroups {
namespace {

const Hierarchy* hierarchy_for(const Location& location, const Setting& setting) {
  return location.v2_only() ? location.unified() : location.with(setting.controller);
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
  const UniqueFd leaf = TRY(open_cgroup(unified));
  if (!leaf) return Error::make(Error::Kind::kState, text::cat("cgroup ", unified.directory(), " is gone"));
  return enable_controllers(unified, leaf, controllers);
}

// No limit, where there is no controller that could have set one.
bool is_so_already(FdRef directory, const Setting& setting) {
  if (!is_default(setting)) return false;
  const Result<std::string> there = read_file(directory, setting.file);
  return !there.ok() && there.error().code() == ENOENT;
}

// Whether it was written.
Result<bool> write_one(const Location& location, const Setting& setting) {
  const Hierarchy* hierarchy = hierarchy_for(location, setting);
  if (hierarchy == nullptr) {
    // Only what is a default or optional can lack its controller: need_controllers.
    note_left_out(setting);
    return false;
  }
  const UniqueFd directory = TRY(open_cgroup(*hierarchy));
  if (!directory) return Error::make(Error::Kind::kState, text::cat("cgroup ", hierarchy->directory(), " is gone"));
  if (is_so_already(directory, setting)) return false;
  TRY(write_setting(directory, setting));
  return true;
}

// What an error in the middle leaves behind.
class Done {
 public:
  void add(std::string_view what) { text_ += text::cat(text_.empty() ? "" : ", ", what); }
  Error explain(Error error) const {
    if (!text_.empty()) error.add_frame(text::cat("done in part: ", text_, " already changed"));
    return error;
  }

 private:
  std::string text_;
};

Result<void> write_all(const Location& location, const std::vector<Setting>& settings, Done& done) {
  for (const Setting& setting : settings)
    if (TRY(write_one(location, setting))) done.add(text::cat(setting.file, " ", setting.value));
  return {};
}

// Before systemd writes its own list to v1's devices hierarchy it denies everything, for a moment.
Result<std::optional<Standstill>> hold_still(const Location& location, const oci::Resources& resources) {
  std::optional<Standstill> standstill;
  const bool needed = location.unit && location.with("devices") != nullptr && !resources.devices.empty();
  if (needed) standstill.emplace(TRY(Standstill::begin(location)));
  return standstill;
}

Result<void> apply(const Location& location, const oci::Resources& resources, const std::vector<Setting>& settings,
                   Done& done) {
  std::optional<Standstill> standstill = TRY(hold_still(location, resources));
  TRY(update_scope(location, resources, settings), "set properties of", location.unit ? location.unit->name : "");
  if (location.unit) done.add("systemd's properties");
  TRY(need_controllers(location, settings));
  TRY(write_all(location, settings, done));
  if (!resources.devices.empty()) TRY(update_devices(location, resources.devices), "limit devices");
  return standstill ? standstill->end() : Result<void>();
}

}  // namespace

Asked asked_of(const oci::Resources& resources) { return {.memory_and_swap = given(resources.memory.swap)}; }

Result<void> update(const Location& location, const oci::Resources& resources, Asked& asked) {
  if (location.hierarchies.empty())
    return Error::make(Error::Kind::kUnsupported, "the container has no cgroup: it was made with cgroups disabled");
  const Current current = TRY(read_current(location, resources), "read the limits that are set");
  const oci::Resources full = TRY(completed(resources, current, asked, location));
  TRY(check_outcome(resources, full, current, location));
  TRY(check_memory_usage(location, full.memory));
  TRY(check_devices(location, full.devices));
  std::vector<Setting> settings = TRY(location.v2_only() ? settings_v2(full) : settings_v1(full));
  put_in_order(settings, current);

  Done done;
  Result<void> applied = apply(location, full, settings, done);
  if (!applied.ok()) return done.explain(std::move(applied).error());
  if (given(resources.memory.limit) || given(resources.memory.swap)) asked = asked_of(full);
  return {};
}

}  // namespace brig::cgroups
