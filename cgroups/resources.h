// linux.resources -> what is to be written where. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "oci/config.h"

namespace brig::cgroups {

struct Setting {
  std::string controller;  // "memory"
  std::string file;        // "memory.limit_in_bytes"
  std::string value;
  std::string pointer;  // of the property it comes from: "/linux/resources/memory/limit"
  bool operator==(const Setting&) const = default;
};

// In the order they are to be written (memory.limit before memsw, cfs_period before quota …).
// kConfig / kUnsupported for a value that this version of cgroups has no place for where silence would weaken a limit.
Result<std::vector<Setting>> settings_v1(const oci::Resources& resources);
Result<std::vector<Setting>> settings_v2(const oci::Resources& resources);

}  // namespace brig::cgroups
