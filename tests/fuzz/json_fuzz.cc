// Any bytes: parsed or refused with a pointer, and what was parsed is parsed again, the same, from what we write.
#include <cstddef>
#include <cstdint>

#include "base/text.h"
#include "oci/json.h"

namespace {

using brig::json::Value;

void write(brig::json::Writer& writer, const Value& value) {
  switch (value.type) {
    case Value::Type::kNull: writer.null(); return;
    case Value::Type::kBool: writer.boolean(value.boolean); return;
    case Value::Type::kInteger: writer.number(value.integer); return;
    case Value::Type::kUnsigned: writer.number_unsigned(value.unsigned_); return;
    case Value::Type::kFloat: writer.null(); return;  // brig writes none
    case Value::Type::kString: writer.string(value.string); return;
    case Value::Type::kArray:
      writer.begin_array();
      for (const Value& element : value.array) write(writer, element);
      writer.end_array();
      return;
    case Value::Type::kObject:
      writer.begin_object();
      for (const Value::Member& member : value.object) write(writer.key(member.first), member.second);
      writer.end_object();
      return;
  }
}

std::string written(const Value& value, int indent) {
  brig::json::Writer writer(indent);
  write(writer, value);
  return std::move(writer).take();
}

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const brig::Result<Value> parsed = brig::json::parse({reinterpret_cast<const char*>(data), size});
  if (!parsed.ok()) {
    require(parsed.error().kind() == brig::Error::Kind::kConfig);
    require(brig::text::valid_utf8(parsed.error().subject()));
    return 0;
  }
  const std::string line = written(parsed.value(), 0);
  for (const int indent : {0, 2}) {
    const brig::Result<Value> again = brig::json::parse(written(parsed.value(), indent));
    require(again.ok() && written(again.value(), 0) == line);
  }
  return 0;
}
