// Runs in: runtime.
#pragma once

#include <string>

#include "base/result.h"

namespace brig::cli {

enum class SpecKind { kRoot, kRootless };

// Writes a new config.json into the directory `bundle` ("": the current one), mode 0666 less the umask. A rootless one
// maps the caller's own ids to 0. Never overwrites: with O_EXCL a file, and a link too, is an error (kSystem, EEXIST).
// What a failed write left is removed.
Result<void> write_spec(const std::string& bundle, SpecKind kind);

}  // namespace brig::cli
