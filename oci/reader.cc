#include "oci/reader.h"

#include "base/log.h"

namespace brig::oci {

using Type = json::Value::Type;

std::string Node::pointer() const {
  if (parent_ == nullptr) return "";
  const std::string around = parent_->pointer();
  return parent_->value_.type == Type::kArray ? json::child_pointer(around, index_) : json::child_pointer(around, key_);
}

Error Node::error(std::string_view reason) const { return Error::config(pointer(), reason); }

Error Node::member_error(std::string_view key, std::string_view reason) const {
  return Error::config(json::child_pointer(pointer(), key), reason);
}

namespace {

std::string_view type_name(Type type) {
  switch (type) {
    case Type::kNull: return "null";
    case Type::kBool: return "a boolean";
    case Type::kInteger: return "a negative number";
    case Type::kUnsigned: return "a number";
    case Type::kFloat: return "a number with a fraction or exponent, or a very large one";
    case Type::kString: return "a string";
    case Type::kArray: return "an array";
    case Type::kObject: return "an object";
  }
  return "something else";
}

}  // namespace

Error Node::type_error(std::string_view what) const {
  return error(text::cat("must be ", what, ", is ", type_name(value_.type)));
}

Result<bool> read_bool(const Node& node) {
  if (node.value().type != Type::kBool) return node.type_error("a boolean");
  return node.value().boolean;
}

Result<std::string> read_string(const Node& node) {
  if (node.value().type != Type::kString) return node.type_error("a string");
  return std::move(node.value().string);
}

Result<std::string> read_absolute_path(const Node& node) {
  std::string path = TRY(read_string(node));
  if (!path.starts_with('/')) return node.error(text::cat("must be an absolute path, is ", text::json_quote(path)));
  return path;
}

Result<std::uint64_t> read_unsigned(const Node& node, std::uint64_t most) {
  const json::Value& value = node.value();
  if (value.type == Type::kUnsigned && value.unsigned_ <= most) return value.unsigned_;
  const std::string wanted = text::cat("an integer from 0 to ", most);
  if (value.type != Type::kUnsigned) return node.type_error(wanted);
  return node.error(text::cat("must be ", wanted, ", is ", value.unsigned_));
}

Result<std::int64_t> read_signed(const Node& node, std::int64_t least, std::int64_t most) {
  const json::Value& value = node.value();
  const auto wanted = [&] { return text::cat("an integer from ", least, " to ", most); };
  if (value.type == Type::kUnsigned) {
    if (value.unsigned_ > static_cast<std::uint64_t>(most) || static_cast<std::int64_t>(value.unsigned_) < least)
      return node.error(text::cat("must be ", wanted(), ", is ", value.unsigned_));
    return static_cast<std::int64_t>(value.unsigned_);
  }
  if (value.type != Type::kInteger) return node.type_error(wanted());
  if (value.integer < least) return node.error(text::cat("must be ", wanted(), ", is ", value.integer));
  return value.integer;
}

Result<std::uint32_t> read_id(const Node& node) { return read_number<std::uint32_t, 0, kLargestId>(node); }

Result<void> expect_array(const Node& node) {
  if (node.value().type != Type::kArray) return node.type_error("an array");
  return {};
}

Result<void> expect_object(const Node& node) {
  if (node.value().type != Type::kObject) return node.type_error("an object");
  return {};
}

void note_unknown_property(const Node& node) {
  if (log::debug_enabled())
    log::debug(text::cat("config.json: ", node.pointer(), ": ignored, the specification has no such property"));
}

}  // namespace brig::oci
