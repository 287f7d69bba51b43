// Runs in: runtime.
//
// What resctrl tells of a container: its shares of caches and memory bandwidth, those of the machine, and what was
// measured in its monitoring group. (Documentation/filesystems/resctrl.rst.)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/json.h"
#include "runtime/container/intel_rdt.h"

namespace brig::container {

struct RdtStats {
  struct L3Info {
    std::string cbm_mask;
    std::uint64_t min_cbm_bits = 0, num_closids = 0;
  };
  struct MemoryBandwidthInfo {
    std::uint64_t bandwidth_gran = 0, delay_linear = 0, min_bandwidth = 0, num_closids = 0;
  };
  struct Bandwidth {
    std::uint64_t total_bytes = 0, local_bytes = 0;
  };

  std::vector<std::string> schemata;  // of the container's class
  std::optional<L3Info> l3;
  std::string l3_schema_root, l3_schema;  // the line of the root, that of the class
  std::optional<MemoryBandwidthInfo> memory_bandwidth;
  std::string memory_bandwidth_schema_root, memory_bandwidth_schema;
  // For each domain of an L3 cache, if the machine measures it.
  std::optional<std::vector<Bandwidth>> bandwidth;
  std::optional<std::vector<std::uint64_t>> occupancy;
};

// Of the container's class, and of its monitoring group or, without one, of all that is in the class.
Result<RdtStats> read_rdt_stats(const RdtPlace& place);
// As the member intel_rdt of `runc events`: an object, empty without linux.intelRdt. Pure.
void write_rdt_stats(json::Writer& writer, const std::optional<RdtStats>& stats);

}  // namespace brig::container
