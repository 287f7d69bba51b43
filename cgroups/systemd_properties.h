// What a container's scope is to have, as properties of systemd's (systemd.resource-control(5),
// org.freedesktop.systemd1(5)). For cgroups/ itself; pure.
//
// Every limit is also written to the cgroup's files, which have more of them and are exact. The properties are there so
// that systemd knows: it writes its own values again after a daemon-reload, or when somebody sets another property.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cgroups/dbus_value.h"
#include "cgroups/manager.h"
#include "cgroups/resources.h"
#include "oci/config.h"

namespace brig::cgroups {

struct Property {
  std::string name;
  dbus::Value value;
  // A systemd that does not know it does no harm: it is left out then.
  bool dispensable = true;
};

enum class Version { kV1, kV2 };  // of the hierarchies that limit the container

// What every scope of a container has: its slice, the processes it starts with, accounting, and the right to manage
// what is below it.
std::vector<Property> scope_properties(const Unit& unit, std::string_view id, Version version);

// Of the annotations org.systemd.property.NAME, whose values are GVariant text. NAME has three letters or more and
// nothing else; "…Sec", as the unit files spell it, is "…USec" here, and its number of seconds becomes microseconds.
// kConfig for what can't be read, and for what brig itself says of each scope (Slice, PIDs).
Result<std::vector<Property>> annotated_properties(const oci::Annotations& annotations);

// Of settings_v1 or settings_v2, as far as systemd `systemd` (252 …) has properties for them. kConfig for a value that
// the property can't have; what there is no property for is in the cgroup's files only.
Result<std::vector<Property>> limit_properties(const std::vector<Setting>& settings, int systemd);

// DevicePolicy and DeviceAllow. What systemd has no words for (all majors of one minor, denials out of what was
// allowed) is allowed more widely on v2, where our own program is asked as well, and left out on v1, where systemd's
// list takes the place of ours when it writes it again.
std::vector<Property> device_properties(const std::vector<oci::DeviceRule>& effective_rules, Version version);

// Scalars that are said twice: the last holds.
void set_property(std::vector<Property>& properties, Property property);

}  // namespace brig::cgroups
