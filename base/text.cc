#include "base/text.h"

#include <algorithm>
#include <array>

namespace brig::text {

std::string cat_pieces(std::initializer_list<Piece> pieces) {
  std::size_t size = 0;
  for (const Piece& piece : pieces) size += piece.view().size();
  std::string out;
  out.reserve(size);
  for (const Piece& piece : pieces) out += piece.view();
  return out;
}

std::vector<std::string> split(std::string_view s, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t at = s.find(separator);
    parts.emplace_back(s.substr(0, at));
    if (at == std::string_view::npos) return parts;
    s.remove_prefix(at + 1);
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i != 0) out += separator;
    out += parts[i];
  }
  return out;
}

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string_view trim(std::string_view s) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = s.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return s.substr(first, s.find_last_not_of(kBlank) - first + 1);
}

std::string clean_path(std::string_view path) {
  std::vector<std::string> kept;
  for (std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (!kept.empty()) kept.pop_back();
    } else {
      kept.push_back(std::move(part));
    }
  }
  const bool absolute = !path.empty() && path.front() == '/';
  return (absolute ? "/" : "") + join(kept, "/");
}

std::string clean_absolute_path(std::string_view path) { return clean_path(cat('/', path)); }

std::string without_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    // U+0080 to U+009F in UTF-8, of which U+009B begins an escape sequence, too.
    const bool two_bytes = c == 0xC2 && next >= 0x80 && next < 0xA0;
    out += c < 0x20 || c == 0x7F || two_bytes ? '?' : text[i];
    if (two_bytes) ++i;
  }
  return out;
}

namespace {

// The length of the valid UTF-8 sequence at the start of s, or 0 (Unicode 15, table 3-7).
std::size_t utf8_length(std::string_view s) {
  const auto byte = [s](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const auto tail = [&](std::size_t n) {
    if (s.size() < n) return false;
    for (std::size_t i = 2; i < n; ++i)
      if ((byte(i) & 0xC0) != 0x80) return false;
    return true;
  };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (s.size() < 2) return 0;
  unsigned char low = 0x80, high = 0xBF;
  if (first == 0xE0) low = 0xA0;
  if (first == 0xED) high = 0x9F;
  if (first == 0xF0) low = 0x90;
  if (first == 0xF4) high = 0x8F;
  if (byte(1) < low || byte(1) > high) return 0;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return tail(3) ? 3 : 0;
  if (first >= 0xF0 && first <= 0xF4) return tail(4) ? 4 : 0;
  return 0;
}

std::string padded(std::int64_t n, std::size_t width) {
  std::string digits = std::to_string(n);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

}  // namespace

bool valid_utf8(std::string_view s) {
  while (!s.empty()) {
    const std::size_t n = utf8_length(s);
    if (n == 0) return false;
    s.remove_prefix(n);
  }
  return true;
}

std::string json_quote(std::string_view s) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  while (!s.empty()) {
    const std::size_t n = utf8_length(s);
    const auto c = static_cast<unsigned char>(s[0]);
    if (n == 0) {
      out += "\xEF\xBF\xBD";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += s[0];
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c < 0x20 || c == 0x7F) {
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
    } else {
      out += s.substr(0, n);
    }
    s.remove_prefix(n == 0 ? 1 : n);
  }
  return out + '"';
}

// By the proleptic Gregorian calendar in eras of 400 years: no gmtime(3), which would bring time zones along.
std::string rfc3339(std::int64_t seconds, std::int64_t nanoseconds) {
  constexpr std::int64_t kDay = 86400, kDaysInEra = 146097, kDaysToEpoch = 719468;
  const std::int64_t in_day = seconds % kDay;
  const std::int64_t days = seconds / kDay + kDaysToEpoch;
  const std::int64_t day_of_era = days % kDaysInEra;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;  // March is 0
  const std::int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const std::int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const std::int64_t year = year_of_era + days / kDaysInEra * 400 + (month <= 2 ? 1 : 0);
  return cat(padded(year, 4), '-', padded(month, 2), '-', padded(day, 2), 'T', padded(in_day / 3600, 2), ':',
             padded(in_day / 60 % 60, 2), ':', padded(in_day % 60, 2), '.', padded(nanoseconds, 9), 'Z');
}

}  // namespace brig::text
