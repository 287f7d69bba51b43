// Runs in: runtime.
#include "runtime/cli/duration.h"

#include <cstdint>

#include "base/text.h"

namespace brig::cli {
namespace {

constexpr std::string_view kDigits = "0123456789";

struct Unit {
  std::string_view name;
  std::int64_t ns;
};
constexpr Unit kUnits[] = {{"ns", 1},
                           {"us", 1'000},
                           {"µs", 1'000},
                           {"ms", 1'000'000},
                           {"s", 1'000'000'000},
                           {"m", 60'000'000'000},
                           {"h", 3'600'000'000'000}};

std::int64_t unit_ns(std::string_view name) {
  for (const Unit& unit : kUnits)
    if (unit.name == name) return unit.ns;
  return 0;
}

// The first `length` characters of `text` (all, if it has fewer), taken off it.
std::string_view take(std::string_view& text, std::size_t length) {
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(taken.size());
  return taken;
}

// ".25" of a unit, in nanoseconds; digits below one nanosecond don't count.
std::int64_t fraction_ns(std::string_view digits, std::int64_t unit) {
  std::int64_t total = 0;
  for (const char digit : digits) {
    unit /= 10;
    total += unit * (digit - '0');
  }
  return total;
}

// One number with its unit from the front of `text`.
std::optional<std::int64_t> take_part(std::string_view& text) {
  const std::string_view whole = take(text, text.find_first_not_of(kDigits));
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = take(text, text.find_first_not_of(kDigits));
  }
  if (whole.empty() && fraction.empty()) return std::nullopt;
  const std::int64_t unit = unit_ns(take(text, text.find_first_of("0123456789.")));
  const std::optional<std::int64_t> count = whole.empty() ? 0 : text::parse_int<std::int64_t>(whole);
  std::int64_t ns = 0;
  if (unit == 0 || !count || __builtin_mul_overflow(*count, unit, &ns)) return std::nullopt;
  if (__builtin_add_overflow(ns, fraction_ns(fraction, unit), &ns)) return std::nullopt;
  return ns;
}

}  // namespace

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  const bool bare = !text.empty() && text.find_first_not_of(kDigits) == std::string_view::npos;
  const std::string with_unit = bare ? text::cat(text, 's') : std::string(text);
  std::string_view rest = with_unit;
  if (rest.empty()) return std::nullopt;
  std::int64_t total = 0;
  while (!rest.empty()) {
    const std::optional<std::int64_t> part = take_part(rest);
    if (!part || __builtin_add_overflow(total, *part, &total)) return std::nullopt;
  }
  return std::chrono::nanoseconds(total);
}

}  // namespace brig::cli
