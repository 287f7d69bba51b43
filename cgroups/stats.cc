#include "cgroups/stats.h"

#include "cgroups/stats_parts.h"
#include "cgroups/stats_text.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

Result<std::optional<Pressure>> read_pressure(FdRef directory, CStr file) {
  const std::optional<std::string> text = TRY(read_optional(directory, file));
  return text ? std::optional(parse_pressure(*text)) : std::nullopt;
}

// Of cgroup2 itself, whichever hierarchy has the controllers.
Result<void> read_pressures(const Hierarchy& unified, Stats& stats) {
  const UniqueFd directory = TRY(open_cgroup(unified));
  if (!directory) return {};
  stats.cpu.pressure = TRY(read_pressure(directory, "cpu.pressure"));
  stats.memory.pressure = TRY(read_pressure(directory, "memory.pressure"));
  stats.block_io.pressure = TRY(read_pressure(directory, "io.pressure"));
  return {};
}

}  // namespace

Result<Stats> read_stats(const Location& location) {
  if (location.hierarchies.empty())
    return Error::make(Error::Kind::kUnsupported, "the container has no cgroup that would tell what it uses");
  Stats stats;
  if (location.v2_only()) {
    TRY(read_stats_v2(*location.unified(), stats), "read statistics");
  } else {
    TRY(read_stats_v1(location, stats), "read statistics");
  }
  if (location.unified() != nullptr) TRY(read_pressures(*location.unified(), stats), "read statistics");
  return stats;
}

}  // namespace brig::cgroups
