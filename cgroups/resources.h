// linux.resources -> what is to be written where. Pure.
#pragma once

#include <cstdint>
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

// In the order they are to be written to a new cgroup (memory.limit before memsw, cfs_period before quota …). Zero
// means "not given" where the kernel has no use for it, as engines rely on: memory, shares, quota, period.
// kConfig for a value that would weaken a limit if it were left out; what v2 has no place for and is no limit
// (real-time periods) is ignored with a warning.
Result<std::vector<Setting>> settings_v1(const oci::Resources& resources);
Result<std::vector<Setting>> settings_v2(const oci::Resources& resources);

// Whether a new cgroup has this value already, so that it need not be written.
bool is_default(const Setting& setting);

// cpu.shares (2 … 262144, default 1024) as cpu.weight (1 … 10000, default 100), by the curve that runc and crun use
// now: 10 ^ ((l^2 + 125 l) / 612 - 7/34), l = log2(shares), rounded up. It meets both ends and both defaults.
std::uint64_t weight_of_shares(std::uint64_t shares);

}  // namespace brig::cgroups
