// Runs in: runtime.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace brig::cli {

// The script that makes "bash", "zsh" or "fish" complete brig's commands, options, their values, and the IDs of
// containers (by `brig list --quiet`); nullopt for another shell. Made of the tables; installed by
// scripts/install.cmake. Pure.
std::optional<std::string> completion_script(std::string_view shell);

}  // namespace brig::cli
