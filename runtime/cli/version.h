// Runs in: runtime.
#pragma once

#include <string>

namespace brig::cli {

// What `brig --version` writes: three lines. Only the first may have the word "version": dockerd takes the last line
// with it for the version.
std::string version_text();

}  // namespace brig::cli
