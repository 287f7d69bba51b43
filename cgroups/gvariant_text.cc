#include "cgroups/gvariant_text.h"

#include <bit>
#include <charconv>
#include <limits>

#include "base/text.h"

namespace brig::cgroups {
namespace {

// The character that a backslash and this letter stand for; nullopt if the letter has no meaning of its own.
std::optional<char> simple_escape(char letter) {
  constexpr std::string_view kLetters = "abfnrtv", kMeanings = "\a\b\f\n\r\t\v";
  const std::size_t at = kLetters.find(letter);
  if (at == std::string_view::npos) return std::nullopt;
  return kMeanings[at];
}

// UTF-8 (RFC 3629). valid_utf8 finds surrogates and what is beyond U+10FFFF.
void append_utf8(std::uint32_t code, std::string& out) {
  const auto tail = [&](int shift) { out.push_back(static_cast<char>(0x80 | (code >> shift & 0x3f))); };
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xc0 | code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | code >> 12));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xf0 | (code >> 18 & 7)));
    tail(12);
    tail(6);
    tail(0);
  }
}

// \uXXXX or \UXXXXXXXX at the backslash; how long it is, 0 if it is not one.
std::size_t append_unicode(std::string_view escape, std::string& out) {
  const std::size_t digits = escape[1] == 'u' ? 4 : 8;
  if (escape.size() < 2 + digits) return 0;
  const std::optional<std::uint32_t> code = text::parse_int<std::uint32_t>(escape.substr(2, digits), 16);
  if (!code || *code == 0 || *code > 0x10ffff) return 0;
  append_utf8(*code, out);
  return 2 + digits;
}

std::optional<double> parse_real(std::string_view word) {
  const bool negative = word.starts_with('-');
  if (negative || word.starts_with('+')) word.remove_prefix(1);
  double value = 0;
  const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (word.empty() || word[0] == '-' || failure != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return negative ? -value : value;
}

struct Magnitude {
  bool negative = false;
  std::uint64_t value = 0;
};

std::optional<Magnitude> parse_magnitude(std::string_view word) {
  Magnitude out = {.negative = word.starts_with('-')};
  if (out.negative || word.starts_with('+')) word.remove_prefix(1);
  int base = 10;
  if (word.starts_with("0x") || word.starts_with("0X")) {
    base = 16;
    word.remove_prefix(2);
  } else if (word.size() > 1 && word[0] == '0') {
    base = 8;
  }
  const std::optional<std::uint64_t> value = text::parse_int<std::uint64_t>(word, base);
  if (!value) return std::nullopt;
  out.value = *value;
  return out;
}

// The largest of an unsigned type, or the largest positive of a signed one.
std::uint64_t largest(char type) {
  switch (type) {
    case 'y': return std::numeric_limits<std::uint8_t>::max();
    case 'n': return std::numeric_limits<std::int16_t>::max();
    case 'q': return std::numeric_limits<std::uint16_t>::max();
    case 'i': return std::numeric_limits<std::int32_t>::max();
    case 'u': return std::numeric_limits<std::uint32_t>::max();
    case 'x': return std::numeric_limits<std::int64_t>::max();
    default: return std::numeric_limits<std::uint64_t>::max();
  }
}

}  // namespace

std::size_t quoted_length(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == text[0]) {
      return i + 1;
    }
  }
  return 0;
}

std::optional<std::string> unquote(std::string_view quoted) {
  const std::string_view inner = quoted.substr(1, quoted.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] != '\\') {
      out.push_back(inner[i]);
      continue;
    }
    const char letter = inner[++i];  // quoted_length: a backslash is never the last
    if (letter == 'u' || letter == 'U') {
      const std::size_t length = append_unicode(inner.substr(i - 1), out);
      if (length == 0) return std::nullopt;
      i += length - 2;
    } else if (letter != '\n') {  // a backslash at the end of a line joins it to the next
      out.push_back(simple_escape(letter).value_or(letter));
    }
  }
  if (out.find('\0') != std::string::npos || !text::valid_utf8(out)) return std::nullopt;
  return out;
}

std::optional<std::string> unquote_bytes(std::string_view quoted) {
  const std::string_view inner = quoted.substr(1, quoted.size() - 2);
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string out;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] != '\\') {
      out.push_back(inner[i]);
      continue;
    }
    const char letter = inner[++i];
    if (!octal(letter)) {
      if (letter != '\n') out.push_back(simple_escape(letter).value_or(letter));
      continue;
    }
    std::size_t digits = 1;
    while (digits < 3 && i + digits < inner.size() && octal(inner[i + digits])) ++digits;
    const std::optional<unsigned char> code = text::parse_int<unsigned char>(inner.substr(i, digits), 8);
    if (!code) return std::nullopt;
    out.push_back(static_cast<char>(*code));
    i += digits - 1;
  }
  return out;
}

bool looks_real(std::string_view word) {
  if (word.starts_with('-') || word.starts_with('+')) word.remove_prefix(1);
  if (word == "inf" || word == "nan") return true;
  return !word.starts_with("0x") && !word.starts_with("0X") && word.find_first_of(".eE") != std::string_view::npos;
}

std::optional<std::uint64_t> number_as(std::string_view word, char type) {
  if (type == 'd') {
    const std::optional<double> value = parse_real(word);
    if (!value) return std::nullopt;
    return std::bit_cast<std::uint64_t>(*value);
  }
  if (std::string_view("ynqiuxt").find(type) == std::string_view::npos) return std::nullopt;
  const bool has_sign = type == 'n' || type == 'i' || type == 'x';
  const std::optional<Magnitude> number = parse_magnitude(word);
  if (!number) return std::nullopt;
  if (!number->negative) return number->value <= largest(type) ? std::optional(number->value) : std::nullopt;
  // Two's complement reaches one further down. "-0" is 0 of any type.
  if (number->value > (has_sign ? largest(type) + 1 : 0)) return std::nullopt;
  return 0 - number->value;
}

}  // namespace brig::cgroups
