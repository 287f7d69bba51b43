// Runs in: runtime.
#pragma once

#include <string>
#include <string_view>

namespace brig::cli {

// What `brig --version` writes: three lines. Only the first may have the word "version": dockerd takes the last line
// with it for the version.
std::string version_text();

// The commit that this program was built of, "unknown" outside of a repository.
std::string_view commit();

}  // namespace brig::cli
