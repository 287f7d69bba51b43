// linux.resources -> what is to be written where. Pure, but for warnings about what is left out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/config.h"

namespace brig::cgroups {

// One write(2) to one file of the container's cgroup.
struct Setting {
  std::string controller;  // "memory"
  std::string file;        // "memory.limit_in_bytes"
  std::string value;
  std::string pointer;  // of the property it comes from: "/linux/resources/memory/limit"
  // Written instead if this kernel has no `file`; empty: there is no other.
  std::string other_file = {}, other_value = {};
  // Where the machine has no such controller, or the kernel no such file: left out with a warning, as nothing is
  // weakened by that. Otherwise an error.
  bool optional = false;
  // Written even if a new cgroup has this value: an earlier setting may have changed it (`unified`).
  bool always = false;
  bool operator==(const Setting&) const = default;
};

// In the order they are to be written to a new cgroup (memory.limit before memsw, cfs_period before quota …); on v2
// those of `unified` last, so that they prevail. Zero means "not given" where the kernel has no use for it, as engines
// rely on: memory, shares, quota, period, weights.
//
// What only the other version has is ignored with a warning if engines send it unasked and it is no limit (v2:
// swappiness, disableOOMKiller, kernel memory, which memory.max includes, real-time bandwidth), and kUnsupported
// otherwise (v1: unified; v2: leafWeight, network). kConfig for shares that v1 would silently change, and for a limit
// of swap that v2 can't tell from memory, which oci::validate lets through in no config. (config-linux.md#unified: "If
// the conversion is not possible the runtime MUST generate an error".)
Result<std::vector<Setting>> settings_v1(const oci::Resources& resources);
Result<std::vector<Setting>> settings_v2(const oci::Resources& resources);

// Whether a new cgroup has this value already, so that it need not be written.
bool is_default(const Setting& setting);

// cpu.shares (2 … 262144, default 1024) as cpu.weight (1 … 10000, default 100), by the curve that runc and crun use
// now: 10 ^ ((l^2 + 125 l) / 612 - 7/34), l = log2(shares), rounded up. It meets both ends and both defaults.
std::uint64_t weight_of_shares(std::uint64_t shares);

// A weight of blkio or bfq (10 … 1000) as io.weight (1 … 10000), on the straight line that runc and crun use.
std::uint64_t io_weight(std::uint16_t weight);

}  // namespace brig::cgroups
