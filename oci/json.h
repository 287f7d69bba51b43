// Strict, bounded JSON over nlohmann/json's SAX parser: UTF-8 only, duplicate keys and NUL refused, depth and size
// limited, a JSON pointer (RFC 6901) for every value. The one file that meets that library is json.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace brig::json {

// A parsed value: a tree that owns its parts, moved but not copied. Object members keep the order of the file.
class Value {
 public:
  enum class Type : std::uint8_t { kNull, kBool, kInteger, kUnsigned, kFloat, kString, kArray, kObject };
  using Member = std::pair<std::string, Value>;

  Value() : integer(0) {}
  explicit Value(Type of);
  Value(Value&& other) noexcept;
  Value& operator=(Value&& other) noexcept;
  ~Value() { clear(); }

  // Fixed once it is a string, an array or an object.
  Type type = Type::kNull;
  // The one that `type` says; looking at another is a mistake. A document has thousands of values, each of which would
  // otherwise touch three times the memory.
  union {
    bool boolean;
    std::int64_t integer;     // kInteger: a number below 0
    std::uint64_t unsigned_;  // kUnsigned
    double floating;          // kFloat: written with a fraction or an exponent, or beyond 64 bits
    std::string string;
    std::vector<Value> array;
    std::vector<Member> object;
  };

  // The member of this name, or nullptr (also if this is no object).
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);

 private:
  void clear();
  void take(Value& other) noexcept;
};

struct Limits {
  std::size_t size = 4 * 1024 * 1024;  // bytes
  std::size_t depth = 64;              // of arrays and objects in each other
  std::size_t values = 256 * 1024;     // in all: a tree is some 50 times as large as "[0,0,0 …"
};

// The one value that `text` is (RFC 8259). kConfig with the pointer of the place where it stops being acceptable, and
// why: over a limit, not JSON (with line and column), a byte order mark, NUL, invalid UTF-8, a duplicate key.
Result<Value> parse(std::string_view text, const Limits& limits = {});

// `pointer` + "/" + key, escaped as RFC 6901 says.
std::string child_pointer(std::string_view pointer, std::string_view key);
std::string child_pointer(std::string_view pointer, std::size_t index);

// Writes JSON text piece by piece, commas and quoting by itself: w.begin_object().key("id").string(id).end_object().
class Writer {
 public:
  // indent 0: one line.
  explicit Writer(int indent = 0) : indent_(indent) {}
  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);
  Writer& string(std::string_view value);
  Writer& number(std::int64_t value);
  Writer& number_unsigned(std::uint64_t value);
  Writer& number_floating(double value);  // finite
  Writer& boolean(bool value);
  Writer& null();
  std::string take() &&;

 private:
  Writer& begin(char bracket);
  Writer& end(char bracket);
  Writer& write(std::string_view value);
  void separate();
  void newline();
  std::string out_;
  int indent_, depth_ = 0;
  bool first_ = true, after_key_ = false;
};

}  // namespace brig::json
