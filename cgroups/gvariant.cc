#include "cgroups/gvariant.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cgroups/gvariant_text.h"

namespace brig::cgroups {
namespace {

using dbus::Value;

constexpr std::size_t kMostText = 64 * 1024;
constexpr int kMostDepth = 32;

// What was read, before it is known of which type it is.
struct Node {
  enum class Kind { kBoolean, kNumber, kString, kBytes, kArray, kTuple, kDictionary, kVariant };
  Kind kind = Kind::kBoolean;
  std::string type;         // given by a word or by "@"; empty: none
  std::string text;         // of a boolean, number or string
  std::vector<Node> items;  // of a dictionary: key, value, key, value …
};

Error wrong(std::string_view reason) { return Error::make(Error::Kind::kUsage, reason); }

Error wrong_at(std::size_t position, std::string_view reason) {
  return wrong(text::cat(reason, " at character ", position + 1));
}

std::string_view type_of_word(std::string_view word) {
  struct Name {
    std::string_view word, type;
  };
  static constexpr Name kNames[] = {{"boolean", "b"}, {"byte", "y"},   {"int16", "n"},      {"uint16", "q"},
                                    {"int32", "i"},   {"uint32", "u"}, {"int64", "x"},      {"uint64", "t"},
                                    {"double", "d"},  {"string", "s"}, {"objectpath", "o"}, {"signature", "g"}};
  for (const Name& name : kNames)
    if (name.word == word) return name.type;
  return "";
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}
  Result<Node> whole();

 private:
  Result<Node> value(int depth);
  Result<Node> quoted(Node::Kind kind);
  Result<Node> list(Node::Kind kind, char end, int depth);
  Result<Node> dictionary(int depth);
  Result<Node> variant(int depth);
  Result<Node> word(int depth);
  Result<Node> typed(std::string type, int depth);

  void skip_blanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // Up to a blank, or what ends a value.
  std::string_view take_word() { return take_until(text_.find_first_of(" \t\r\n,:]})>", at_)); }
  std::string_view take_any_of(const char* set) { return take_until(text_.find_first_not_of(set, at_)); }
  std::string_view take_until(std::size_t end) {
    end = std::min(end, text_.size());
    const std::string_view found = text_.substr(at_, end - at_);
    at_ = end;
    return found;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Result<Node> Parser::whole() {
  Node node = TRY(value(0));
  skip_blanks();
  if (at_ != text_.size()) return wrong_at(at_, "more than one value");
  return node;
}

Result<Node> Parser::value(int depth) {
  if (depth > kMostDepth) return wrong_at(at_, "nested too deep");
  skip_blanks();
  const std::string_view rest = text_.substr(at_);
  if (rest.empty()) return wrong("a value is missing");
  if (rest[0] == '\'' || rest[0] == '"') return quoted(Node::Kind::kString);
  if (rest.starts_with("b'") || rest.starts_with("b\"")) {
    ++at_;
    return quoted(Node::Kind::kBytes);
  }
  if (take('[')) return list(Node::Kind::kArray, ']', depth);
  if (take('(')) return list(Node::Kind::kTuple, ')', depth);
  if (take('{')) return dictionary(depth);
  if (take('<')) return variant(depth);
  return word(depth);
}

Result<Node> Parser::quoted(Node::Kind kind) {
  const std::size_t length = quoted_length(text_.substr(at_));
  if (length == 0) return wrong_at(at_, "a quote without an end");
  const std::string_view inner = text_.substr(at_, length);
  std::optional<std::string> text = kind == Node::Kind::kBytes ? unquote_bytes(inner) : unquote(inner);
  if (!text) return wrong_at(at_, "a string that can't be");
  at_ += length;
  return Node{.kind = kind, .type = {}, .text = std::move(*text), .items = {}};
}

// A tuple of one has a comma behind it; so may every list.
Result<Node> Parser::list(Node::Kind kind, char end, int depth) {
  Node node = {.kind = kind, .type = {}, .text = {}, .items = {}};
  while (!take(end)) {
    node.items.push_back(TRY(value(depth + 1)));
    if (take(',')) continue;
    if (!take(end)) return wrong_at(at_, "a list without an end");
    break;
  }
  if (kind == Node::Kind::kTuple && node.items.empty()) return wrong_at(at_, "a structure of nothing");
  return node;
}

Result<Node> Parser::dictionary(int depth) {
  Node node = {.kind = Node::Kind::kDictionary, .type = {}, .text = {}, .items = {}};
  while (!take('}')) {
    node.items.push_back(TRY(value(depth + 1)));
    if (!take(':')) return wrong_at(at_, "a key without a value");
    node.items.push_back(TRY(value(depth + 1)));
    if (take(',')) continue;
    if (!take('}')) return wrong_at(at_, "a dictionary without an end");
    break;
  }
  return node;
}

Result<Node> Parser::variant(int depth) {
  Node node = {.kind = Node::Kind::kVariant, .type = {}, .text = {}, .items = {}};
  node.items.push_back(TRY(value(depth + 1)));
  if (!take('>')) return wrong_at(at_, "a variant without an end");
  return node;
}

Result<Node> Parser::word(int depth) {
  const std::size_t start = at_;
  if (take('@')) return typed(std::string(take_any_of("ybnqiuxtdsogva(){}")), depth);
  const std::string_view found = take_word();
  if (found == "true" || found == "false")
    return Node{.kind = Node::Kind::kBoolean, .type = {}, .text = std::string(found), .items = {}};
  if (const std::string_view type = type_of_word(found); !type.empty()) return typed(std::string(type), depth);
  if (!number_as(found, 'd') && !number_as(found, 't') && !number_as(found, 'x'))
    return wrong_at(start, text::cat("not a value: ", text::json_quote(found)));
  return Node{.kind = Node::Kind::kNumber, .type = {}, .text = std::string(found), .items = {}};
}

Result<Node> Parser::typed(std::string type, int depth) {
  if (!dbus::is_complete_type(type)) return wrong_at(at_, text::cat("not a type: ", text::json_quote(type)));
  Node node = TRY(value(depth + 1));
  if (!node.type.empty()) return wrong_at(at_, "a value of two types");
  node.type = std::move(type);
  return node;
}

// ---- types

// What a node's type is, if nothing around it says. `sure`: it can't be another. Empty: it can't be told.
struct Guess {
  std::string type;
  bool sure = true;
};
Guess guess(const Node& node);

// The type that all of these have: that of the first that is sure of its own, otherwise "d" if one is a double.
Guess guess_common(const Node& node, std::size_t first, std::size_t step) {
  Guess common = {.type = "", .sure = false};
  for (std::size_t i = first; i < node.items.size(); i += step) {
    Guess one = guess(node.items[i]);
    if (one.sure && !one.type.empty()) return one;
    if (common.type.empty() || one.type == "d") common = std::move(one);
  }
  return common;
}

Guess guess(const Node& node) {
  if (!node.type.empty()) return {.type = node.type};
  switch (node.kind) {
    case Node::Kind::kBoolean: return {.type = "b"};
    case Node::Kind::kNumber: return {.type = looks_real(node.text) ? "d" : "i", .sure = false};
    case Node::Kind::kString: return {.type = "s", .sure = false};
    case Node::Kind::kBytes: return {.type = "ay"};
    case Node::Kind::kVariant: return {.type = "v"};
    case Node::Kind::kArray: {
      const Guess element = guess_common(node, 0, 1);
      return {.type = element.type.empty() ? "" : text::cat("a", element.type), .sure = element.sure};
    }
    case Node::Kind::kDictionary: {
      const Guess key = guess_common(node, 0, 2), value = guess_common(node, 1, 2);
      const bool known = !key.type.empty() && !value.type.empty();
      return {.type = known ? text::cat("a{", key.type, value.type, "}") : "", .sure = key.sure && value.sure};
    }
    case Node::Kind::kTuple: {
      Guess all = {.type = "("};
      for (const Node& item : node.items) {
        const Guess one = guess(item);
        if (one.type.empty()) return {.type = "", .sure = false};
        all.type += one.type;
        all.sure = all.sure && one.sure;
      }
      all.type += ")";
      return all;
    }
  }
  return {};
}

Error mismatch(const std::string& type) { return wrong(text::cat("a value that is not of type ", type)); }

Result<Value> build(const Node& node, const std::string& type);

Result<Value> build_dictionary(const Node& node, const std::string& type) {
  std::vector<std::string> pair;
  if (!type.starts_with("a{") || !dbus::split_signature(std::string_view(type).substr(2, type.size() - 3), pair))
    return mismatch(type);
  Value out = dbus::array(std::string_view(type).substr(1), {});
  for (std::size_t i = 0; i < node.items.size(); i += 2) {
    Value entry = {.signature = type.substr(1), .bits = 0, .text = {}, .items = {}};
    entry.items.push_back(TRY(build(node.items[i], pair[0])));
    entry.items.push_back(TRY(build(node.items[i + 1], pair[1])));
    out.items.push_back(std::move(entry));
  }
  return out;
}

Result<Value> build_tuple(const Node& node, const std::string& type) {
  std::vector<std::string> members;
  if (type[0] != '(' || !dbus::split_signature(std::string_view(type).substr(1, type.size() - 2), members) ||
      members.size() != node.items.size())
    return mismatch(type);
  Value out = {.signature = type, .bits = 0, .text = {}, .items = {}};
  for (std::size_t i = 0; i < members.size(); ++i) out.items.push_back(TRY(build(node.items[i], members[i])));
  return out;
}

Result<Value> build_array(const Node& node, const std::string& type) {
  if (type[0] != 'a' || type[1] == '{') return mismatch(type);
  Value out = {.signature = type, .bits = 0, .text = {}, .items = {}};
  for (const Node& item : node.items) out.items.push_back(TRY(build(item, type.substr(1))));
  return out;
}

Result<Value> build_string(const Node& node, const std::string& type) {
  std::vector<std::string> ignored;
  const bool good = type == "s" || (type == "o" && dbus::is_object_path(node.text)) ||
                    (type == "g" && dbus::split_signature(node.text, ignored));
  if (!good) return mismatch(type);
  return Value{.signature = type, .bits = 0, .text = node.text, .items = {}};
}

Result<Value> build(const Node& node, const std::string& type) {
  if (!node.type.empty() && node.type != type) return mismatch(type);
  switch (node.kind) {
    case Node::Kind::kBoolean:
      if (type != "b") return mismatch(type);
      return dbus::boolean(node.text == "true");
    case Node::Kind::kNumber: {
      const std::optional<std::uint64_t> bits = type.size() == 1 ? number_as(node.text, type[0]) : std::nullopt;
      if (!bits) return wrong(text::cat(node.text, " is not a number of type ", type));
      return Value{.signature = type, .bits = *bits, .text = {}, .items = {}};
    }
    case Node::Kind::kString: return build_string(node, type);
    case Node::Kind::kBytes:
      if (type != "ay") return mismatch(type);
      return dbus::bytes(node.text + '\0');
    case Node::Kind::kArray: return build_array(node, type);
    case Node::Kind::kTuple: return build_tuple(node, type);
    case Node::Kind::kDictionary: return build_dictionary(node, type);
    case Node::Kind::kVariant: {
      if (type != "v") return mismatch(type);
      const Guess inner = guess(node.items[0]);
      if (inner.type.empty()) return wrong("an empty list needs a type, as in @as []");
      return dbus::variant(TRY(build(node.items[0], inner.type)));
    }
  }
  return mismatch(type);
}

}  // namespace

Result<dbus::Value> parse_gvariant(std::string_view text) {
  if (text.size() > kMostText) return wrong("too long");
  const Node node = TRY(Parser(text).whole());
  const Guess type = guess(node);
  if (type.type.empty()) return wrong("an empty list needs a type, as in @as []");
  if (!dbus::is_complete_type(type.type)) return wrong("a value that D-Bus has no type for");
  return build(node, type.type);
}

}  // namespace brig::cgroups
