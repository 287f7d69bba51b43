// Runs in: runtime.
//
// From the text of an option's value to the value, one overload for each type that the tables store. Errors (kUsage)
// say what the text must be; the option's name is added by who knows it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/cli/arguments.h"

namespace brig::cli {

Result<void> assign(std::string& to, std::string_view value);
// "true" or "1", "false" or "0"; "" is the option by itself, and true.
Result<void> assign(bool& to, std::string_view value);
Result<void> assign(unsigned& to, std::string_view value);
// A length of time (duration.h) that is not zero.
Result<void> assign(std::chrono::nanoseconds& to, std::string_view value);
Result<void> assign(log::Level& to, std::string_view value);
Result<void> assign(log::Format& to, std::string_view value);
Result<void> assign(ListFormat& to, std::string_view value);
Result<void> assign(CgroupManager& to, std::string_view value);
Result<void> assign(RootlessChoice& to, std::string_view value);

}  // namespace brig::cli
