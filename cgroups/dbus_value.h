// Values of D-Bus's types, as a tree of plain data (D-Bus Specification, "Type System"). For cgroups/ itself; pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace brig::cgroups::dbus {

struct Value {
  std::string signature;     // one complete type: "s", "a(ss)", "v"
  std::uint64_t bits = 0;    // y b n q i u x t: the number, sign extended; d: its IEEE 754 bits
  std::string text;          // s o g
  std::vector<Value> items;  // of an array, structure or dict entry; v: the one value within
  bool operator==(const Value&) const = default;
};

Value byte(std::uint8_t n);
Value boolean(bool b);
Value uint32(std::uint32_t n);
Value uint64(std::uint64_t n);
Value real(double d);
Value string(std::string_view s);
Value object_path(std::string_view s);
// All of `items` are of type `element`, which an empty array needs.
Value array(std::string_view element, std::vector<Value> items);
Value bytes(std::string_view data);  // "ay"
Value structure(std::vector<Value> items);
Value variant(Value value);

// The complete types that a signature is made of: "sa(sv)" gives "s", "a(sv)". false if it is not valid: unknown types,
// more than 255 characters, more than 32 arrays or 32 structures within each other, empty structures.
bool split_signature(std::string_view signature, std::vector<std::string>& types);
bool is_complete_type(std::string_view signature);
// "/", or parts of [A-Za-z0-9_] each with a slash before it.
bool is_object_path(std::string_view path);
// Where a value of this type begins: at a multiple of so many bytes from the message's start.
std::size_t alignment_of(char type);

}  // namespace brig::cgroups::dbus
