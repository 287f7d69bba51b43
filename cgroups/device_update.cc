// Device rules of a container that is there.
#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "cgroups/devices.h"
#include "cgroups/rootless.h"
#include "cgroups/standstill.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

constexpr std::string_view kAllow = "devices.allow", kDeny = "devices.deny", kList = "devices.list";

// "c 1:3" and "rwm" of "c 1:3 rwm".
struct Entry {
  std::string_view devices, access;
};

Entry entry_of(std::string_view line) {
  const std::size_t blank = std::min(line.rfind(' '), line.size());
  return {.devices = line.substr(0, blank), .access = line.substr(std::min(blank + 1, line.size()))};
}

// What of an entry of the list none of the wanted ones, of the very same devices, has. The kernel too compares the
// numbers as they are, and never takes one out of a wider entry (device_cgroup.c, dev_exception_rm).
std::string superfluous_access(const Entry& entry, const std::vector<DeviceWrite>& wanted) {
  std::string access(entry.access);
  for (const DeviceWrite& write : wanted) {
    const Entry kept = entry_of(write.value);
    if (write.file == kAllow && kept.devices == entry.devices)
      std::erase_if(access, [&](char letter) { return kept.access.find(letter) != std::string_view::npos; });
  }
  return access;
}

Result<void> write_all(FdRef directory, const std::vector<DeviceWrite>& writes) {
  for (const DeviceWrite& write : writes) TRY(write_file(directory, write.file, write.value));
  return {};
}

// The whole list anew: held still, so that nobody meets the moment in which too little is allowed, or too much.
Result<void> rewrite(const Location& location, FdRef directory, const std::vector<DeviceWrite>& writes) {
  Standstill standstill = TRY(Standstill::begin(location));
  TRY(write_all(directory, writes));
  return standstill.end();
}

Result<UniqueFd> open_there(const Hierarchy& hierarchy) {
  UniqueFd directory = TRY(open_cgroup(hierarchy));
  if (!directory) return Error::make(Error::Kind::kState, text::cat("cgroup ", hierarchy.directory(), " is gone"));
  return directory;
}

Result<void> update_list(const Location& location, const Hierarchy& hierarchy,
                         const std::vector<oci::DeviceRule>& rules) {
  const std::vector<DeviceWrite> wanted = TRY(device_writes(rules));
  const UniqueFd directory = TRY(open_there(hierarchy));
  const std::string current = TRY(read_file(directory, std::string(kList)));
  const std::optional<std::vector<DeviceWrite>> changes = device_changes(current, wanted);
  return changes ? write_all(directory, *changes) : rewrite(location, directory, wanted);
}

Result<void> update_program(const Hierarchy& hierarchy, const std::vector<oci::DeviceRule>& rules) {
  const std::vector<bpf_insn> program = TRY(device_program(rules));
  const UniqueFd directory = TRY(open_there(hierarchy));
  Result<void> replaced = replace_device_program(directory, program);
  // As when it was made: cgroups are delegated to users, but only root may attach programs.
  if (replaced.ok() || replaced.error().code() != EPERM || !is_rootless()) return replaced;
  log::warn("without privilege linux.resources.devices can't be enforced, ignored");
  return {};
}

}  // namespace

std::optional<std::vector<DeviceWrite>> device_changes(std::string_view current,
                                                       const std::vector<DeviceWrite>& wanted) {
  if (wanted.empty() || wanted.front() != DeviceWrite{.file = std::string(kDeny), .value = "a"}) return std::nullopt;
  const std::vector<std::string> lines = text::split(current, '\n');
  std::vector<DeviceWrite> changes;
  for (const DeviceWrite& write : wanted)
    if (write.file == kAllow && !text::contains(lines, write.value)) changes.push_back(write);
  for (const std::string& line : lines) {
    if (line.starts_with('a')) return std::nullopt;
    const Entry entry = entry_of(line);
    const std::string access = superfluous_access(entry, wanted);
    if (!access.empty())
      changes.push_back({.file = std::string(kDeny), .value = text::cat(entry.devices, " ", access)});
  }
  return changes;
}

Result<void> update_devices(const Location& location, const std::vector<oci::DeviceRule>& configured) {
  const std::vector<oci::DeviceRule> rules = effective_rules(configured);
  if (const Hierarchy* hierarchy = location.with("devices")) return update_list(location, *hierarchy, rules);
  if (const Hierarchy* unified = location.unified()) return update_program(*unified, rules);
  return Error::make(
      Error::Kind::kUnsupported,
      "devices can't be limited: the container has neither a cgroup of v1's devices hierarchy nor one of "
      "cgroup2");
}

Result<std::optional<std::string>> read_device_list(const Location& location) {
  const Hierarchy* hierarchy = location.with("devices");
  if (hierarchy == nullptr) return std::optional<std::string>();
  const UniqueFd directory = TRY(open_there(*hierarchy));
  return std::optional(TRY(read_file(directory, std::string(kList))));
}

Result<void> write_device_list(const Location& location, std::string_view list) {
  std::vector<DeviceWrite> wanted = {{.file = std::string(kDeny), .value = "a"}};
  for (std::string& line : text::split(list, '\n')) {
    if (line.starts_with('a'))
      return Error::make(Error::Kind::kUnsupported, "what was denied of a list that allows by default is not known");
    if (!line.empty()) wanted.push_back({.file = std::string(kAllow), .value = std::move(line)});
  }
  const UniqueFd directory = TRY(open_there(*location.with("devices")));
  const std::string current = TRY(read_file(directory, std::string(kList)));
  const std::optional<std::vector<DeviceWrite>> changes = device_changes(current, wanted);
  return changes ? write_all(directory, *changes) : rewrite(location, directory, wanted);
}

}  // namespace brig::cgroups
