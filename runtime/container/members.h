// Runs in: runtime.
//
// The members of an object of state.json, by name and each of the type that is asked for. For record.cc and its parts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/text.h"
#include "oci/json.h"

namespace brig::container {

// kState: what was read is nothing that brig wrote.
inline Error broken(std::string_view what) {
  return Error::make(Error::Kind::kState, text::cat("state.json is not a state of brig's: ", what));
}

class Members {
 public:
  explicit Members(const json::Value& object) : object_(object) {}

  Result<std::string> string(std::string_view key) const {
    const json::Value* v = object_.find(key);
    if (v == nullptr || v->type != json::Value::Type::kString) return broken(key);
    return v->string;
  }
  Result<std::uint64_t> number(std::string_view key, std::uint64_t most) const {
    const json::Value* v = object_.find(key);
    if (v == nullptr || v->type != json::Value::Type::kUnsigned || v->unsigned_ > most) return broken(key);
    return v->unsigned_;
  }
  Result<bool> boolean(std::string_view key) const {
    const json::Value* v = object_.find(key);
    if (v == nullptr || v->type != json::Value::Type::kBool) return broken(key);
    return v->boolean;
  }
  // Absent is empty.
  Result<std::vector<std::string>> strings(std::string_view key) const {
    std::vector<std::string> out;
    const json::Value* v = object_.find(key);
    if (v == nullptr) return out;
    if (v->type != json::Value::Type::kArray) return broken(key);
    for (const json::Value& item : v->array) {
      if (item.type != json::Value::Type::kString) return broken(key);
      out.push_back(item.string);
    }
    return out;
  }
  // Absent is empty.
  Result<std::vector<std::uint64_t>> numbers(std::string_view key, std::uint64_t most) const {
    std::vector<std::uint64_t> out;
    const json::Value* v = object_.find(key);
    if (v == nullptr) return out;
    if (v->type != json::Value::Type::kArray) return broken(key);
    for (const json::Value& item : v->array) {
      if (item.type != json::Value::Type::kUnsigned || item.unsigned_ > most) return broken(key);
      out.push_back(item.unsigned_);
    }
    return out;
  }
  Result<std::int64_t> signed_number(std::string_view key, std::int64_t least, std::int64_t most) const {
    const json::Value* v = object_.find(key);
    if (v != nullptr && v->type == json::Value::Type::kInteger && v->integer >= least) return v->integer;
    return static_cast<std::int64_t>(TRY(number(key, static_cast<std::uint64_t>(most))));
  }
  Result<Members> object(std::string_view key) const {
    const json::Value* v = object_.find(key);
    if (v == nullptr || v->type != json::Value::Type::kObject) return broken(key);
    return Members(*v);
  }
  const json::Value* find(std::string_view key) const { return object_.find(key); }
  // An array; nullptr if it is absent.
  Result<const std::vector<json::Value>*> array(std::string_view key) const {
    const json::Value* v = object_.find(key);
    if (v == nullptr) return nullptr;
    if (v->type != json::Value::Type::kArray) return broken(key);
    return &v->array;
  }

 private:
  const json::Value& object_;
};

}  // namespace brig::container
