// Messages to bytes.
#include <utility>

#include "base/text.h"
#include "cgroups/dbus_message.h"

namespace brig::cgroups::dbus {
namespace {

class Writer {
 public:
  void align(std::size_t to) { out_.resize((out_.size() + to - 1) / to * to); }
  void number(std::uint64_t n, std::size_t bytes) {
    align(bytes);
    for (std::size_t i = 0; i < bytes; ++i) out_.push_back(static_cast<char>(n >> (8 * i)));
  }
  // false if the value is not what its signature says.
  bool value(const Value& v);
  void overwrite(std::size_t at, std::uint32_t n) {
    for (std::size_t i = 0; i < sizeof n; ++i) out_[at + i] = static_cast<char>(n >> (8 * i));
  }
  std::size_t size() const { return out_.size(); }
  std::string take() && { return std::move(out_); }

 private:
  bool text(const Value& v);
  bool array(const Value& v);
  bool members(const Value& v);

  std::string out_;
};

bool Writer::text(const Value& v) {
  if (!text::valid_utf8(v.text) || v.text.find('\0') != std::string::npos) return false;
  std::vector<std::string> ignored;
  if (v.signature == "o" && !is_object_path(v.text)) return false;
  if (v.signature == "g" && !split_signature(v.text, ignored)) return false;
  number(v.text.size(), v.signature == "g" ? 1 : 4);
  out_ += v.text;
  out_.push_back('\0');
  return true;
}

bool Writer::array(const Value& v) {
  const std::string_view element = std::string_view(v.signature).substr(1);
  align(4);
  const std::size_t length_at = out_.size();
  number(0, 4);
  align(alignment_of(element[0]));
  const std::size_t begin = out_.size();
  for (const Value& item : v.items)
    if (item.signature != element || !value(item)) return false;
  overwrite(length_at, static_cast<std::uint32_t>(out_.size() - begin));
  return true;
}

bool Writer::members(const Value& v) {
  align(8);
  std::string signature(1, v.signature[0]);
  for (const Value& item : v.items) {
    signature += item.signature;
    if (!value(item)) return false;
  }
  signature.push_back(v.signature.back());
  return signature == v.signature;
}

bool Writer::value(const Value& v) {
  if (v.signature.empty()) return false;
  switch (v.signature[0]) {
    case 's':
    case 'o':
    case 'g': return text(v);
    case 'a': return array(v);
    case '(':
    case '{': return members(v);
    case 'v':
      if (v.items.size() != 1 || !is_complete_type(v.items[0].signature)) return false;
      number(v.items[0].signature.size(), 1);
      out_ += v.items[0].signature;
      out_.push_back('\0');
      return value(v.items[0]);
    default: number(v.bits, alignment_of(v.signature[0])); return v.signature.size() == 1;
  }
}

Value field(Field code, Value value) { return structure({byte(code), variant(std::move(value))}); }

Value header_fields(const Message& message, const std::string& signature) {
  std::vector<Value> fields;
  const auto add = [&fields](Field code, const std::string& text, const char* type) {
    if (!text.empty()) fields.push_back(field(code, {.signature = type, .bits = 0, .text = text, .items = {}}));
  };
  add(kPath, message.path, "o");
  add(kInterface, message.interface, "s");
  add(kMember, message.member, "s");
  add(kErrorName, message.error_name, "s");
  if (message.reply_serial != 0) fields.push_back(field(kReplySerial, uint32(message.reply_serial)));
  add(kDestination, message.destination, "s");
  add(kSender, message.sender, "s");
  add(kSignature, signature, "g");
  return array("(yv)", std::move(fields));
}

}  // namespace

Result<std::string> encode(const Message& message) {
  std::string signature;
  for (const Value& value : message.body) signature += value.signature;
  Writer out;
  out.number('l', 1);
  out.number(static_cast<std::uint8_t>(message.type), 1);
  out.number(0, 1);  // flags
  out.number(kProtocolVersion, 1);
  constexpr std::size_t kBodySize = 4;  // where it stands
  out.number(0, 4);
  out.number(message.serial, 4);
  bool good = out.value(header_fields(message, signature));
  out.align(8);
  const std::size_t begin = out.size();
  for (const Value& value : message.body) good = good && out.value(value);
  if (!good) return Error::make(Error::Kind::kInternal, text::cat("a D-Bus message that can't be: ", message.member));
  if (out.size() > kMostMessageBytes)
    return Error::make(Error::Kind::kUnsupported, text::cat("a D-Bus message of ", out.size(), " bytes is too long"));
  out.overwrite(kBodySize, static_cast<std::uint32_t>(out.size() - begin));
  return std::move(out).take();
}

}  // namespace brig::cgroups::dbus
