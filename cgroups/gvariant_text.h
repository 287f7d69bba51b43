// The lexical side of gvariant.h: quoted strings and numbers. For cgroups/ itself; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace brig::cgroups {

// How much of `text`, which begins with a quote, is the string: up to and with the quote that ends it. 0 if none does.
std::size_t quoted_length(std::string_view text);
// What a quoted string says; nullopt for an escape that is none, NUL, or what is not UTF-8.
std::optional<std::string> unquote(std::string_view quoted);
// What a quoted byte string says: \ooo in octal, and C's letters; without the NUL that ends it.
std::optional<std::string> unquote_bytes(std::string_view quoted);

// A word that is a number of a D-Bus type (y n q i u x t d), as the bits of a dbus::Value; nullopt if it is none, or
// out of the type's range.
std::optional<std::uint64_t> number_as(std::string_view word, char type);
// Whether a word without a type is a double.
bool looks_real(std::string_view word);

}  // namespace brig::cgroups
