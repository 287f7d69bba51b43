// What a compiled filter does with one call.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "seccomp/filter.h"

namespace brig::seccomp {

// Whether a process under `filter` simply makes this call of the native architecture, with these first arguments (the
// others are 0). False for any other outcome, for a call that libseccomp does not know, and for what is no program.
// Pure.
bool allows(const Filter& filter, const std::string& call, std::span<const std::uint64_t> arguments);

}  // namespace brig::seccomp
