#include "oci/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace brig::json {
namespace {

using Nlohmann = nlohmann::json;

// The key that an object has twice, or nullptr.
const std::string* duplicate_key(const std::vector<Value::Member>& members) {
  constexpr std::size_t kFew = 16;  // below it comparing all pairs is faster than sorting
  if (members.size() <= kFew) {
    for (std::size_t i = 1; i < members.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (members[i].first == members[j].first) return &members[i].first;
    return nullptr;
  }
  std::vector<const std::string*> keys;
  keys.reserve(members.size());
  for (const Value::Member& member : members) keys.push_back(&member.first);
  std::sort(keys.begin(), keys.end(), [](const std::string* a, const std::string* b) { return *a < *b; });
  for (std::size_t i = 1; i < keys.size(); ++i)
    if (*keys[i] == *keys[i - 1]) return keys[i];
  return nullptr;
}

// What the parser reports to: builds the tree. Every function returns whether to go on; if not, error() says why.
class Builder {
 public:
  explicit Builder(const Limits& limits) : limits_(limits) { open_.reserve(limits.depth); }

  bool null() { return place() != nullptr; }
  bool boolean(bool value) { return put(Value::Type::kBool, &Value::boolean, value); }
  bool number_integer(std::int64_t value) {
    // "-0" is the one that is not below 0.
    return value == 0 ? number_unsigned(0) : put(Value::Type::kInteger, &Value::integer, value);
  }
  bool number_unsigned(std::uint64_t value) { return put(Value::Type::kUnsigned, &Value::unsigned_, value); }
  bool number_float(double value, const std::string& /*token*/) {
    return put(Value::Type::kFloat, &Value::floating, value);
  }
  // Copied, not moved: most strings are short and need no allocation, and the lexer keeps its buffer.
  bool string(const std::string& value) {
    if (has_nul(value)) return fail("contains a NUL character");
    Value* place = this->place();
    if (place == nullptr) return false;
    *place = Value(Value::Type::kString);
    place->string = value;
    return true;
  }
  bool binary(Nlohmann::binary_t& /*value*/) { return false; }  // not in JSON

  bool start_object(std::size_t /*unknown*/) { return open(Value::Type::kObject); }
  bool start_array(std::size_t /*unknown*/) { return open(Value::Type::kArray); }
  bool end_array() { return close(); }
  bool end_object() {
    const std::string* twice = duplicate_key(open_.back()->object);
    if (twice != nullptr) {
      error_ = Error::config(child_pointer(pointer(), *twice), "duplicate key");
      return false;
    }
    return close();
  }
  bool key(const std::string& name) {
    if (has_nul(name)) return fail("has a key that contains a NUL character");
    open_.back()->object.emplace_back(name, Value{});
    after_key_ = true;
    return true;
  }

  // The library's message is "[json.exception.…] parse error at line 1, column 2: syntax error while parsing …".
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/, const Nlohmann::exception& exception) {
    std::string_view what = exception.what();
    if (const std::size_t at = what.find("] "); at != std::string_view::npos) what.remove_prefix(at + 2);
    constexpr std::string_view kPrefix = "parse error at ";
    if (what.starts_with(kPrefix)) what.remove_prefix(kPrefix.size());
    return fail(text::cat("not valid JSON: ", what));
  }

  Value take_root() { return std::move(root_); }
  Error take_error() { return error_ ? std::move(*error_) : Error::config(pointer(), "not valid JSON"); }

 private:
  static bool has_nul(const std::string& s) { return s.find('\0') != std::string::npos; }

  bool fail(std::string_view reason) {
    error_ = Error::config(pointer(), reason);
    return false;
  }

  // Where the value that comes now belongs; nullptr (and an error) if there are too many. Pointers in open_ stay good:
  // a container's parent does not grow while it is open.
  Value* place() {
    if (++count_ > limits_.values) {
      fail(text::cat("more than ", limits_.values, " values"));
      return nullptr;
    }
    if (open_.empty()) return &root_;
    Value& parent = *open_.back();
    if (parent.type == Value::Type::kArray) return &parent.array.emplace_back();
    after_key_ = false;
    return &parent.object.back().second;
  }

  template <typename T>
  bool put(Value::Type type, T Value::*member, T value) {
    Value* place = this->place();
    if (place == nullptr) return false;
    place->type = type;
    place->*member = value;
    return true;
  }

  bool open(Value::Type type) {
    if (open_.size() >= limits_.depth) return fail(text::cat("nested more than ", limits_.depth, " deep"));
    Value* place = this->place();
    if (place == nullptr) return false;
    *place = Value(type);
    open_.push_back(place);
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  // Of the value that was being read and has no place yet.
  std::string pointer() const {
    std::string out;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const Value& value = *open_[i];
      const bool innermost = i + 1 == open_.size();
      if (value.type == Value::Type::kArray) {
        out = child_pointer(out, innermost ? value.array.size() : value.array.size() - 1);
      } else if (!value.object.empty() && (!innermost || after_key_)) {
        out = child_pointer(out, value.object.back().first);
      }
    }
    return out;
  }

  const Limits limits_;
  Value root_;
  std::vector<Value*> open_;  // the containers around the place, outermost first
  std::size_t count_ = 0;
  bool after_key_ = false;  // between a key and its value
  std::optional<Error> error_;
};

}  // namespace

// Here and not in the class: there, Member is not complete yet.
Value::Value(Type of) : type(of), integer(0) {
  if (of == Type::kString) new (&string) std::string();
  if (of == Type::kArray) new (&array) std::vector<Value>();
  if (of == Type::kObject) new (&object) std::vector<Member>();
}

void Value::clear() {
  if (type == Type::kString) string.~basic_string();
  if (type == Type::kArray) array.~vector();
  if (type == Type::kObject) object.~vector();
  type = Type::kNull;
}

void Value::take(Value& other) noexcept {
  type = other.type;
  switch (type) {
    case Type::kNull:
    case Type::kBool: boolean = other.boolean; break;
    case Type::kInteger:
    case Type::kUnsigned: unsigned_ = other.unsigned_; break;
    case Type::kFloat: floating = other.floating; break;
    case Type::kString: new (&string) std::string(std::move(other.string)); break;
    case Type::kArray: new (&array) std::vector<Value>(std::move(other.array)); break;
    case Type::kObject: new (&object) std::vector<Member>(std::move(other.object)); break;
  }
}

Value::Value(Value&& other) noexcept : integer(0) { take(other); }
Value& Value::operator=(Value&& other) noexcept {
  if (this != &other) {
    clear();
    take(other);
  }
  return *this;
}

const Value* Value::find(std::string_view key) const {
  if (type != Type::kObject) return nullptr;
  for (const Member& member : object)
    if (member.first == key) return &member.second;
  return nullptr;
}

Value* Value::find(std::string_view key) {
  if (type != Type::kObject) return nullptr;
  for (Member& member : object)
    if (member.first == key) return &member.second;
  return nullptr;
}

Result<Value> parse(std::string_view text, const Limits& limits) {
  if (text.size() > limits.size) return Error::config("", text::cat("larger than ", limits.size, " bytes"));
  // The library takes NUL for the end of the text and skips a byte order mark; RFC 8259 has neither.
  if (text.find('\0') != std::string_view::npos) return Error::config("", "not valid JSON: contains a NUL byte");
  if (text.starts_with("\xEF\xBB\xBF")) return Error::config("", "not valid JSON: starts with a byte order mark");
  Builder builder(limits);
  const char* begin = text.data();
  if (!Nlohmann::sax_parse(begin, begin + text.size(), &builder)) return builder.take_error();
  return builder.take_root();
}

std::string child_pointer(std::string_view pointer, std::string_view key) {
  std::string out(pointer);
  out += '/';
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string child_pointer(std::string_view pointer, std::size_t index) { return text::cat(pointer, '/', index); }

}  // namespace brig::json
