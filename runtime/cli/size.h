// Runs in: runtime.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace brig::cli {

// "512M", "1.5g", "64 KiB", "1048576": bytes, in units of 1024, as engines and runc spell sizes: a letter of b k m g t
// p in either case, with "b" or "ib" behind it or not. nullopt for anything else, negative or beyond 2^63-1. Pure.
std::optional<std::int64_t> parse_size(std::string_view text);

}  // namespace brig::cli
