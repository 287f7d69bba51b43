// The limits that a container has, as far as new ones depend on them. For cgroups/ itself; pure but for read_current.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "cgroups/manager.h"
#include "cgroups/resources.h"

namespace brig::cgroups {

// From the files of its cgroup; nullopt: the file is not there. -1: unlimited.
struct Current {
  std::optional<std::int64_t> memory;
  std::optional<std::int64_t> swap;  // v1: memory and swap together; v2: swap alone
  std::optional<std::int64_t> quota, realtime_runtime;
  std::optional<std::uint64_t> period, burst, realtime_period;
  bool idle = false;
};

// Reads what `wanted` is about, memory and CPU, and nothing for what it leaves alone.
Result<Current> read_current(const Location& location, const oci::Resources& wanted);

// What is to be written: `wanted`, with what its values are understood by. v2: the limit of memory for one of memory
// and swap, and the sum that was asked for before (`asked`) for one of memory; quota and period each by the other, with
// systemd whenever it is told of the CPU, as it rounds quotas. Without what can't be changed any more: kernel memory
// (since Linux 5.16 it is within the other limits) and useHierarchy, with a warning. kConfig for shares while the group
// is idle.
Result<oci::Resources> completed(oci::Resources wanted, const Current& current, const Asked& asked,
                                 const Location& location);

// The rules of oci::check_resources for what comes out of it; kConfig, with a hint if it is about what is not in
// `wanted`.
Result<void> check_outcome(const oci::Resources& wanted, const oci::Resources& completed, const Current& current,
                           const Location& location);

// Puts settings into an order in which the kernel takes each: what is raised goes before what must not be above it, and
// what is lowered after.
void put_in_order(std::vector<Setting>& settings, const Current& current);

}  // namespace brig::cgroups
