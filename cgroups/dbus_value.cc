#include "cgroups/dbus_value.h"

#include <bit>
#include <utility>

#include "base/text.h"

namespace brig::cgroups::dbus {
namespace {

constexpr std::size_t kMostSignature = 255;  // "Valid Signatures"
constexpr int kMostDepth = 32;               // of arrays, and of structures
constexpr std::string_view kBasic = "ybnqiuxtdsog";

// One complete type at the beginning of `rest`: its length, or 0 if there is none.
std::size_t complete_type(std::string_view rest, int arrays, int structures);

// "{" key value "}", which is a type of array elements only.
std::size_t dict_entry(std::string_view rest, int arrays, int structures) {
  if (rest.size() < 2 || kBasic.find(rest[1]) == std::string_view::npos || structures == kMostDepth) return 0;
  const std::size_t value = complete_type(rest.substr(2), arrays, structures + 1);
  return value != 0 && rest.substr(2 + value).starts_with('}') ? value + 3 : 0;
}

std::size_t array_type(std::string_view rest, int arrays, int structures) {
  if (arrays == kMostDepth) return 0;
  const std::string_view element = rest.substr(1);
  const std::size_t length = element.starts_with('{') ? dict_entry(element, arrays + 1, structures)
                                                      : complete_type(element, arrays + 1, structures);
  return length == 0 ? 0 : length + 1;
}

std::size_t structure_type(std::string_view rest, int arrays, int structures) {
  if (structures == kMostDepth) return 0;
  std::size_t end = 1;
  while (end < rest.size() && rest[end] != ')') {
    const std::size_t member = complete_type(rest.substr(end), arrays, structures + 1);
    if (member == 0) return 0;
    end += member;
  }
  return end == 1 || end == rest.size() ? 0 : end + 1;
}

std::size_t complete_type(std::string_view rest, int arrays, int structures) {
  if (rest.empty()) return 0;
  if (rest[0] == 'a') return array_type(rest, arrays, structures);
  if (rest[0] == '(') return structure_type(rest, arrays, structures);
  return rest[0] == 'v' || kBasic.find(rest[0]) != std::string_view::npos ? 1 : 0;
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

Value number(const char* signature, std::uint64_t bits) {
  return {.signature = signature, .bits = bits, .text = {}, .items = {}};
}

Value text_value(const char* signature, std::string_view text) {
  return {.signature = signature, .bits = 0, .text = std::string(text), .items = {}};
}

}  // namespace

Value byte(std::uint8_t n) { return number("y", n); }
Value boolean(bool b) { return number("b", b ? 1 : 0); }
Value uint32(std::uint32_t n) { return number("u", n); }
Value uint64(std::uint64_t n) { return number("t", n); }
Value real(double d) { return number("d", std::bit_cast<std::uint64_t>(d)); }
Value string(std::string_view s) { return text_value("s", s); }
Value object_path(std::string_view s) { return text_value("o", s); }

Value array(std::string_view element, std::vector<Value> items) {
  return {.signature = text::cat("a", element), .bits = 0, .text = {}, .items = std::move(items)};
}

Value bytes(std::string_view data) {
  std::vector<Value> items;
  items.reserve(data.size());
  for (const char c : data) items.push_back(byte(static_cast<std::uint8_t>(c)));
  return array("y", std::move(items));
}

Value structure(std::vector<Value> items) {
  std::string signature = "(";
  for (const Value& item : items) signature += item.signature;
  return {.signature = signature + ")", .bits = 0, .text = {}, .items = std::move(items)};
}

Value variant(Value value) {
  Value out = {.signature = "v", .bits = 0, .text = {}, .items = {}};
  out.items.push_back(std::move(value));
  return out;
}

bool split_signature(std::string_view signature, std::vector<std::string>& types) {
  types.clear();
  if (signature.size() > kMostSignature) return false;
  while (!signature.empty()) {
    const std::size_t length = complete_type(signature, 0, 0);
    if (length == 0) return false;
    types.emplace_back(signature.substr(0, length));
    signature.remove_prefix(length);
  }
  return true;
}

bool is_complete_type(std::string_view signature) {
  return !signature.empty() && signature.size() <= kMostSignature && complete_type(signature, 0, 0) == signature.size();
}

bool is_object_path(std::string_view path) {
  if (path == "/") return true;
  if (!path.starts_with('/') || path.ends_with('/')) return false;
  for (std::size_t i = 1; i < path.size(); ++i)
    if (!is_name_character(path[i]) && (path[i] != '/' || path[i - 1] == '/')) return false;
  return true;
}

std::size_t alignment_of(char type) {
  switch (type) {
    case 'n':
    case 'q': return 2;
    case 'b':
    case 'i':
    case 'u':
    case 's':
    case 'o':
    case 'a': return 4;
    case 'x':
    case 't':
    case 'd':
    case '(':
    case '{': return 8;
    default: return 1;  // y g v
  }
}

}  // namespace brig::cgroups::dbus
