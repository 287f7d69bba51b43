#include "oci/read_all_errors.h"

#include <algorithm>

#include "base/text.h"
#include "oci/json.h"
#include "oci/read_config.h"

namespace brig::oci {
namespace {

using Type = json::Value::Type;
using Tokens = std::vector<std::string>;  // a JSON pointer's parts, escaped as they are in it

constexpr std::size_t kMostErrors = 100;

Tokens tokens_of(std::string_view pointer) {
  if (pointer.empty()) return {};
  return text::split(pointer.substr(1), '/');
}

std::string pointer_of(const Tokens& tokens) {
  std::string pointer;
  for (const std::string& token : tokens) pointer += "/" + token;
  return pointer;
}

// RFC 6901, 4.
std::string unescape(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool escape = token[i] == '~' && i + 1 < token.size();
    out += !escape ? token[i] : token[++i] == '1' ? '/' : '~';
  }
  return out;
}

// A member or an element of `value`; nullptr if there is none.
json::Value* child(json::Value& value, const std::string& token) {
  if (value.type != Type::kArray) return value.find(unescape(token));
  const auto index = text::parse_int<std::size_t>(token);
  return index && *index < value.array.size() ? &value.array[*index] : nullptr;
}

json::Value* find(json::Value& root, const Tokens& tokens) {
  json::Value* at = &root;
  for (std::size_t i = 0; i < tokens.size() && at != nullptr; ++i) at = child(*at, tokens[i]);
  return at;
}

void erase(json::Value& root, const Tokens& tokens) {
  json::Value* around = find(root, {tokens.begin(), tokens.end() - 1});
  if (around == nullptr) return;
  if (around->type == Type::kArray) {
    const auto index = text::parse_int<std::ptrdiff_t>(tokens.back());
    if (index && *index < std::ssize(around->array)) around->array.erase(around->array.begin() + *index);
  } else if (around->type == Type::kObject) {
    std::erase_if(around->object,
                  [key = unescape(tokens.back())](const json::Value::Member& m) { return m.first == key; });
  }
}

// From the end of the document to its beginning, what is inside before what is around it: so that taking one away
// moves none of those that follow in the list.
bool comes_later(const Tokens& a, const Tokens& b) {
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (x == a.end() || y == b.end()) return a.size() > b.size();
  const auto m = text::parse_int<std::size_t>(*x), n = text::parse_int<std::size_t>(*y);
  return m && n ? *m > *n : *x > *y;
}

void write(json::Writer& writer, const json::Value& value) {
  switch (value.type) {
    case Type::kNull: writer.null(); return;
    case Type::kBool: writer.boolean(value.boolean); return;
    case Type::kInteger: writer.number(value.integer); return;
    case Type::kUnsigned: writer.number_unsigned(value.unsigned_); return;
    case Type::kString: writer.string(value.string); return;
    case Type::kFloat: writer.number_floating(value.floating); return;
    case Type::kArray:
      writer.begin_array();
      for (const json::Value& element : value.array) write(writer, element);
      writer.end_array();
      return;
    case Type::kObject:
      writer.begin_object();
      for (const auto& [key, member] : value.object) write(writer.key(key), member);
      writer.end_object();
      return;
  }
}

// The error's text without its place, which is the reduced document's.
std::string reason_of(const Error& error) {
  const std::string_view place = error.subject().empty() ? "/" : std::string_view(error.subject());
  return error.to_string().substr(text::cat("config.json: ", place, ": ").size());
}

// A document of which parts are taken away. Pointers are those of the whole one.
class Reduced {
 public:
  explicit Reduced(std::string_view text) : text_(text) {}

  Result<std::string> document() const {
    json::Value root = TRY(json::parse(text_));
    for (const Tokens& tokens : gone_) erase(root, tokens);
    json::Writer writer;
    write(writer, root);
    return std::move(writer).take();
  }

  void take_away(const Tokens& tokens) {
    gone_.push_back(tokens);
    std::sort(gone_.begin(), gone_.end(), comes_later);
  }

  // Whether this, or something in it, was taken away.
  bool lacks(const Tokens& tokens) const {
    return std::any_of(gone_.begin(), gone_.end(), [&](const Tokens& gone) {
      return gone.size() >= tokens.size() && std::equal(tokens.begin(), tokens.end(), gone.begin());
    });
  }

  // A pointer into the reduced document as one into the whole: elements count as if none had been taken away.
  Tokens whole(const Tokens& reduced, json::Value& root) const {
    Tokens found;
    for (const std::string& token : reduced) {
      const json::Value* around = find(root, found);
      found.push_back(token);
      auto left =
          around != nullptr && around->type == Type::kArray ? text::parse_int<std::size_t>(token) : std::nullopt;
      if (!left) continue;
      for (std::size_t index = 0;; ++index) {
        found.back() = std::to_string(index);
        if (std::find(gone_.begin(), gone_.end(), found) != gone_.end()) continue;
        if ((*left)-- == 0) break;
      }
    }
    return found;
  }

 private:
  std::string_view text_;
  std::vector<Tokens> gone_;  // by comes_later
};

}  // namespace

ReadResult read_all_errors(std::string_view text) {
  ReadResult result;
  Result<Config> config = read_config(text);
  Reduced reduced(text);
  while (!config.ok()) {
    Error error = std::move(config).error();
    Result<json::Value> root = json::parse(text);
    if (!root.ok()) {
      result.errors.push_back(std::move(error));
      result.more = true;
      return result;
    }
    Tokens place = reduced.whole(tokens_of(error.subject()), root.value());
    const bool known = reduced.lacks(place);
    const bool missing = known || find(root.value(), place) == nullptr;
    if (!known) result.errors.push_back(Error::config(pointer_of(place), reason_of(error)));
    if (missing && !place.empty()) place.pop_back();
    if (place.empty() || result.errors.size() == kMostErrors) {
      result.more = true;
      return result;
    }
    reduced.take_away(place);
    Result<std::string> document = reduced.document();
    if (!document.ok()) return result;
    config = read_config(document.value());
  }
  if (result.errors.empty()) result.config = std::move(config).value();
  return result;
}

}  // namespace brig::oci
