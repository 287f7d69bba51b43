// Internal to oci/: how read_config takes a JSON document apart. A Node is a value and the way to it; tables of Fields
// say which member of an object goes where.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/text.h"
#include "oci/json.h"

namespace brig::oci {

// A value and its place. The place is spelled out only in errors: a Node links to the one around it, which therefore
// must outlive it. Reading moves strings out of the value.
class Node {
 public:
  explicit Node(json::Value& root) : value_(root) {}
  Node(const Node& parent, std::string_view key, json::Value& value) : value_(value), parent_(&parent), key_(key) {}
  Node(const Node& parent, std::size_t index, json::Value& value) : value_(value), parent_(&parent), index_(index) {}

  json::Value& value() const { return value_; }
  std::string_view key() const { return key_; }
  std::string pointer() const;  // RFC 6901
  // kConfig at this place, or at a member of this object.
  [[gnu::cold]] Error error(std::string_view reason) const;
  [[gnu::cold]] Error member_error(std::string_view key, std::string_view reason) const;
  // "must be `what`, is …".
  [[gnu::cold]] Error type_error(std::string_view what) const;

 private:
  json::Value& value_;
  const Node* parent_ = nullptr;
  std::string_view key_;
  std::size_t index_ = 0;
};

// ---- single values

Result<bool> read_bool(const Node& node);
Result<std::string> read_string(const Node& node);
// Begins with "/".
Result<std::string> read_absolute_path(const Node& node);
// An integer in a range; `most` is not negative.
Result<std::uint64_t> read_unsigned(const Node& node, std::uint64_t most);
Result<std::int64_t> read_signed(const Node& node, std::int64_t least, std::int64_t most);

template <typename Int, Int kLeast = std::numeric_limits<Int>::min(), Int kMost = std::numeric_limits<Int>::max()>
Result<Int> read_number(const Node& node) {
  if constexpr (std::is_unsigned_v<Int> && kLeast == 0) {
    return static_cast<Int>(TRY(read_unsigned(node, kMost)));
  } else {
    return static_cast<Int>(TRY(read_signed(node, std::int64_t{kLeast}, std::int64_t{kMost})));
  }
}

// A user or group id. 2^32-1 is none: setresuid(2) reads it as "leave" (T-20).
inline constexpr std::uint32_t kLargestId = 0xFFFFFFFE;
Result<std::uint32_t> read_id(const Node& node);

// ---- arrays and objects

Result<void> expect_array(const Node& node);
Result<void> expect_object(const Node& node);

template <auto kRead>
using ReadType = std::remove_cvref_t<decltype(kRead(std::declval<const Node&>()).value())>;

// Each element by `kRead`, a function of a Node.
template <auto kRead>
Result<std::vector<ReadType<kRead>>> read_array(const Node& node) {
  TRY(expect_array(node));
  std::vector<json::Value>& elements = node.value().array;
  std::vector<ReadType<kRead>> out;
  out.reserve(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) out.push_back(TRY(kRead(Node(node, i, elements[i]))));
  return out;
}

inline constexpr auto& read_strings = read_array<&read_string>;

// What to do with one member of an object that becomes a T.
enum class Presence : std::uint8_t { kOptional, kRequired };
template <typename T>
struct Field {
  std::string_view name;
  Result<void> (*read)(const Node& node, T& into);
  Presence presence = Presence::kOptional;
};

// The member's value, by `kRead`, into a data member: field<&User::uid, read_id>("uid").
template <auto kMember, auto kRead, typename T>
Result<void> read_into(const Node& node, T& into) {
  into.*kMember = TRY(kRead(node));
  return {};
}
template <typename T, typename M>
T class_of(M T::*);
template <auto kMember, auto kRead>
constexpr auto field(std::string_view name, Presence presence = Presence::kOptional) {
  using T = decltype(class_of(kMember));
  return Field<T>{name, &read_into<kMember, kRead, T>, presence};
}

// Properties of the specification that mean nothing on Linux or were read already.
template <typename T>
constexpr Field<T> ignored(std::string_view name) {
  return {name, [](const Node&, T&) -> Result<void> { return {}; }};
}

void note_unknown_property(const Node& node);

// Reads `node`, an object, by the table: members in the file's order; null is as good as absent; unknown ones are
// ignored (config.md#extensibility). Fails for a wrong type, a required member that is missing, and what fields find.
template <typename T, std::size_t n>
Result<void> read_object(const Node& node, const Field<T> (&fields)[n], T& into) {
  static_assert(n <= 64);
  TRY(expect_object(node));
  std::uint64_t seen = 0;
  for (auto& [key, value] : node.value().object) {
    const Node child(node, key, value);
    std::size_t i = 0;
    while (i < n && fields[i].name != key) ++i;
    if (i == n) {
      note_unknown_property(child);
    } else if (value.type != json::Value::Type::kNull) {
      TRY(fields[i].read(child, into));
      seen |= std::uint64_t{1} << i;
    }
  }
  for (std::size_t i = 0; i < n; ++i)
    if (fields[i].presence == Presence::kRequired && (seen >> i & 1) == 0)
      return node.member_error(fields[i].name, "required, but missing");
  return {};
}

}  // namespace brig::oci
