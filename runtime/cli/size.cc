// Runs in: runtime.
#include "runtime/cli/size.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

#include "base/text.h"

namespace brig::cli {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

// By how many bits a unit shifts; nullopt if there is none of this name.
std::optional<unsigned> shift_of(std::string_view unit) {
  constexpr std::string_view kUnits = "bkmgtp";
  constexpr unsigned kStep = 10;
  if (unit.empty()) return 0;
  std::string lower(unit);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const std::size_t power = kUnits.find(lower.front());
  const std::string rest = lower.substr(1);
  if (power == std::string_view::npos || (power == 0 && !rest.empty())) return std::nullopt;
  if (!rest.empty() && rest != "b" && rest != "ib") return std::nullopt;
  return static_cast<unsigned>(power) * kStep;
}

std::optional<std::int64_t> whole(std::string_view digits, unsigned shift) {
  const std::optional<std::uint64_t> number = text::parse_int<std::uint64_t>(digits);
  if (!number || *number > static_cast<std::uint64_t>(kMost) >> shift) return std::nullopt;
  return static_cast<std::int64_t>(*number << shift);
}

std::optional<std::int64_t> fraction(std::string_view digits, unsigned shift) {
  double number = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, failure] = std::from_chars(digits.data(), end, number, std::chars_format::fixed);
  if (failure != std::errc() || stop != end) return std::nullopt;
  number *= static_cast<double>(std::uint64_t{1} << shift);
  // The largest number rounds up to 2^63 as a double.
  return number < static_cast<double>(kMost) ? std::optional(static_cast<std::int64_t>(number)) : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_size(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  std::string_view unit = text.substr(end);
  if (unit.size() > 1 && unit.front() == ' ') unit.remove_prefix(1);
  const std::optional<unsigned> shift = shift_of(unit);
  const std::string_view digits = text.substr(0, end);
  // "." by itself, or "1.2.3", is none for from_chars either.
  if (!shift || digits.empty()) return std::nullopt;
  return digits.find('.') == std::string_view::npos ? whole(digits, *shift) : fraction(digits, *shift);
}

}  // namespace brig::cli
