// Runs in: runtime.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace brig::process {

// A connection to the SOCK_STREAM socket at `path`, which is the engine's and may be of any length (sun_path has 108
// bytes): its directory is opened, the name is what is connected to. If connecting, and sending later, take longer than
// `seconds` they fail with EAGAIN; 0 is no limit.
Result<UniqueFd> connect_to(const std::string& path, int seconds = 0);

}  // namespace brig::process
