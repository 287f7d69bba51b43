// device_properties().
#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "cgroups/devices.h"
#include "cgroups/systemd_properties.h"

namespace brig::cgroups {
namespace {

std::string access_letters(unsigned access) {
  return text::cat((access & kRead) != 0 ? "r" : "", (access & kWrite) != 0 ? "w" : "",
                   (access & kMknod) != 0 ? "m" : "");
}

// "/dev/char/1:3", "char-136", "char-*": systemd takes the numbers from the name, the file need not be there
// (systemd.resource-control(5), DeviceAllow=). nullopt: it has no words for one minor of all majors.
std::optional<std::string> device_name(char type, const DeviceDecision& decision, Version version) {
  const std::string_view kind = type == 'c' ? "char" : "block";
  if (decision.major && decision.minor) return text::cat("/dev/", kind, "/", *decision.major, ":", *decision.minor);
  if (decision.major) return text::cat(kind, "-", *decision.major);
  if (decision.minor && version == Version::kV1) return std::nullopt;
  return text::cat(kind, "-*");
}

bool overlap(const DeviceDecision& a, const DeviceDecision& b) {
  const auto meet = [](const std::optional<std::uint32_t>& m, const std::optional<std::uint32_t>& n) {
    return !m || !n || *m == *n;
  };
  return meet(a.major, b.major) && meet(a.minor, b.minor);
}

// Whether a later rule takes back some of what this one allows to be read or written. Nodes that can be made but not
// opened are of no use to anybody.
bool is_narrowed(const std::vector<DeviceDecision>& decisions, std::size_t index) {
  const unsigned access = decisions[index].access & (kRead | kWrite);
  return std::any_of(decisions.begin(), decisions.begin() + static_cast<std::ptrdiff_t>(index),
                     [&](const DeviceDecision& later) {
                       return !later.allow && (later.access & access) != 0 && overlap(later, decisions[index]);
                     });
}

bool allows_everything(const std::vector<DeviceDecision>& decisions) {
  unsigned access = 0;
  for (const DeviceDecision& decision : decisions) {
    if (!decision.allow) return false;
    if (decision.any()) access |= decision.access;
  }
  return access == kAnyAccess;
}

// Whether `wide` is about all devices that `narrow` is about.
bool covers(const DeviceDecision& wide, const DeviceDecision& narrow) {
  return (!wide.major || wide.major == narrow.major) && (!wide.minor || wide.minor == narrow.minor);
}

void add_entries(const std::vector<DeviceDecision>& decisions, char type, Version version,
                 std::vector<dbus::Value>& entries) {
  std::vector<DeviceDecision> said;
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    const bool left_out = version == Version::kV1 && is_narrowed(decisions, i);
    if (decisions[i].allow && !left_out && device_name(type, decisions[i], version)) said.push_back(decisions[i]);
  }
  for (const DeviceDecision& one : said) {
    // Who opens for reading and writing needs one entry that allows both, so each takes from the wider ones.
    unsigned access = one.access;
    for (const DeviceDecision& other : said)
      if (covers(other, one)) access |= other.access;
    const std::string name = device_name(type, one, version).value_or("");
    entries.push_back(dbus::structure({dbus::string(name), dbus::string(access_letters(access))}));
  }
}

Property device_allow(std::vector<dbus::Value> entries) {
  return {.name = "DeviceAllow", .value = dbus::array("(ss)", std::move(entries))};
}

}  // namespace

std::vector<Property> device_properties(const std::vector<oci::DeviceRule>& effective_rules, Version version) {
  const std::vector<DeviceDecision> character = device_decisions(effective_rules, 'c');
  const std::vector<DeviceDecision> block = device_decisions(effective_rules, 'b');
  // An empty list is what clears those before it.
  if (allows_everything(character) && allows_everything(block))
    return {{.name = "DevicePolicy", .value = dbus::string("auto")}, device_allow({})};
  std::vector<dbus::Value> entries;
  add_entries(character, 'c', version, entries);
  add_entries(block, 'b', version, entries);
  return {
      {.name = "DevicePolicy", .value = dbus::string("strict")}, device_allow({}), device_allow(std::move(entries))};
}

}  // namespace brig::cgroups
