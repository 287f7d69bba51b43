// Text: strict numbers, splitting, joining, quoting. Pure.
#pragma once

#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace brig::text {

// The whole of `digits` as a number of type Int in the given base: no sign for unsigned types, no blanks, no
// "+" or "0x", within the type's range. nullopt otherwise.
template <typename Int>
std::optional<Int> parse_int(std::string_view digits, int base = 10) {
  Int value{};
  const char* end = digits.data() + digits.size();
  const auto [stop, failure] = std::from_chars(digits.data(), end, value, base);
  if (digits.empty() || failure != std::errc() || stop != end) return std::nullopt;
  return value;
}

// One part of what cat() joins: a string, a character or an integer, which is spelled in a buffer of its own. Lives no
// longer than the call.
class Piece {
 public:
  Piece(std::string_view s) : view_(s) {}
  Piece(const std::string& s) : view_(s) {}
  Piece(const char* s) : view_(s) {}
  Piece(char c) : view_(digits_, 1) { digits_[0] = c; }
  template <typename Int>
  requires std::is_integral_v<Int> Piece(Int n)
      : view_(digits_, static_cast<std::size_t>(std::to_chars(digits_, digits_ + sizeof digits_, n).ptr - digits_)) {}
  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;
  std::string_view view() const { return view_; }

 private:
  char digits_[21];
  std::string_view view_;
};
std::string cat_pieces(std::initializer_list<Piece> pieces);

// The arguments (strings, characters, integers), one after the other.
template <typename... Parts>
std::string cat(const Parts&... parts) {
  return cat_pieces({Piece(parts)...});
}

// The parts between separators, empty ones included: "a,,b" gives "a", "", "b"; "" gives "".
std::vector<std::string> split(std::string_view s, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
bool contains(const std::vector<std::string>& list, std::string_view word);
// Without blanks, tabs and newlines at both ends.
std::string_view trim(std::string_view s);

// The path without empty and "." components and with ".." taken lexically, never above the start:
// "/a//./b/../c" gives "/a/c"; "/.." gives "/"; "../x" gives "x". Not for paths with links that matter.
std::string clean_path(std::string_view path);
// clean_path, made absolute: "a/b" gives "/a/b".
std::string clean_absolute_path(std::string_view path);

// With "?" for each control character: a record, a row and a terminal are not to be forged by a path or a JSON string.
std::string without_controls(std::string_view text);

// A JSON string with its quotes (RFC 8259): control characters escaped, invalid UTF-8 replaced by U+FFFD.
std::string json_quote(std::string_view s);
bool valid_utf8(std::string_view s);

// "2026-01-31T12:00:00.123456789Z" for a time of CLOCK_REALTIME (RFC 3339, UTC).
std::string rfc3339(std::int64_t seconds, std::int64_t nanoseconds);

}  // namespace brig::text
