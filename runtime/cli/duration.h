// Runs in: runtime.
//
// Lengths of time on the command line. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace brig::cli {

// "5s", "1m30s", "1.5h", "500ms": numbers with units (ns, us, ms, s, m, h), as Go programs write them and engines pass
// them; a whole number by itself is seconds. nullopt if it is something else or more than 292 years.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

}  // namespace brig::cli
