#include "cgroups/systemd_properties.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "base/text.h"
#include "cgroups/devices.h"
#include "cgroups/gvariant.h"
#include "oci/json.h"

namespace brig::cgroups {
namespace {

constexpr std::string_view kAnnotation = "org.systemd.property.";
constexpr std::uint64_t kUsecPerSec = 1'000'000;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_property_name(std::string_view name) {
  return name.size() >= 3 && std::all_of(name.begin(), name.end(), is_letter);
}

// "TimeoutStopSec", but not "TimeoutStopUSec".
bool is_in_seconds(std::string_view name) {
  if (!name.ends_with("Sec") || name.size() == 3) return false;
  const char before = name[name.size() - 4];
  return before >= 'a' && before <= 'z';
}

std::optional<dbus::Value> to_microseconds(const dbus::Value& seconds) {
  if (seconds.signature == "d") {
    const double usec = std::bit_cast<double>(seconds.bits) * static_cast<double>(kUsecPerSec);
    if (!(usec >= 0 && usec < 0x1p64)) return std::nullopt;
    return dbus::uint64(static_cast<std::uint64_t>(usec));
  }
  const bool is_integer =
      seconds.signature.size() == 1 && std::string_view("ynqiuxt").find(seconds.signature) != std::string_view::npos;
  const bool negative = std::string_view("nix").find(seconds.signature) != std::string_view::npos &&
                        static_cast<std::int64_t>(seconds.bits) < 0;
  if (!is_integer || negative || seconds.bits > UINT64_MAX / kUsecPerSec) return std::nullopt;
  return dbus::uint64(seconds.bits * kUsecPerSec);
}

Result<Property> read_annotation(std::string name, const std::string& text) {
  const auto wrong = [](std::string_view reason) { return Error::make(Error::Kind::kUsage, reason); };
  if (!is_property_name(name)) return wrong("a property's name has three letters or more, and nothing else");
  // Slice and PIDs come from cgroupsPath and the container: others would put it, or somebody else, elsewhere.
  for (const std::string_view own : {"Slice", "PIDs", "PIDFDs"})
    if (name == own) return wrong("this property can't be set");
  dbus::Value value = TRY(parse_gvariant(text));
  if (is_in_seconds(name)) {
    std::optional<dbus::Value> usec = to_microseconds(value);
    if (!usec) return wrong("is not a number of seconds");
    value = std::move(*usec);
    name.replace(name.size() - 3, 3, "USec");
  }
  return Property{.name = std::move(name), .value = std::move(value), .dispensable = false};
}

}  // namespace

void set_property(std::vector<Property>& properties, Property property) {
  const auto same = std::find_if(properties.begin(), properties.end(),
                                 [&](const Property& other) { return other.name == property.name; });
  if (same != properties.end()) properties.erase(same);
  properties.push_back(std::move(property));
}

std::vector<Property> scope_properties(const Unit& unit, std::string_view id, Version version) {
  std::vector<Property> properties = {
      {.name = "Description", .value = dbus::string(text::cat("brig container ", id))},
      {.name = "Slice", .value = dbus::string(unit.slice), .dispensable = false},
      // The container's cgroup is ours to write to, and what is below it is the container's.
      {.name = "Delegate", .value = dbus::boolean(true), .dispensable = false},
      // Otherwise the scope is stopped early when the machine goes down, before the engine that knows how to.
      {.name = "DefaultDependencies", .value = dbus::boolean(false)}};
  // Accounting keeps the controllers enabled, whether there is a limit or not: engines read statistics.
  for (const std::string_view what : {"CPU", "Memory", "Tasks"})
    properties.push_back({.name = text::cat(what, "Accounting"), .value = dbus::boolean(true)});
  properties.push_back(
      {.name = version == Version::kV1 ? "BlockIOAccounting" : "IOAccounting", .value = dbus::boolean(true)});
  return properties;
}

Result<std::vector<Property>> annotated_properties(const oci::Annotations& annotations) {
  std::vector<Property> properties;
  for (const auto& [key, text] : annotations) {
    if (!key.starts_with(kAnnotation)) continue;
    Result<Property> read = read_annotation(key.substr(kAnnotation.size()), text);
    if (!read.ok()) return Error::config(json::child_pointer("/annotations", key), read.error().to_string());
    properties.push_back(std::move(read).value());
  }
  return properties;
}

}  // namespace brig::cgroups
