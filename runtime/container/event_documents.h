// Runs in: runtime.
//
// What `events` writes: the lines of `runc events`, member by member, so that its readers can read ours. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cgroups/stats.h"
#include "runtime/container/rdt_stats.h"

namespace brig::container {

// One line each, with its newline. A member that is an empty list, or a number that has nothing to tell, is left out
// where runc leaves it out; objects are always there.
std::string stats_event(std::string_view id, const cgroups::Stats& stats, const std::optional<RdtStats>& rdt);
std::string oom_event(std::string_view id);
// Of brig alone: {"type":"pressure","id":…,"data":{"memory":{"psi":…}}}.
std::string pressure_event(std::string_view id, const cgroups::Pressure& memory);

}  // namespace brig::container
