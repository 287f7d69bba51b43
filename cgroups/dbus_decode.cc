// Bytes to messages.
#include <utility>

#include "base/text.h"
#include "cgroups/dbus_message.h"

namespace brig::cgroups::dbus {
namespace {

constexpr std::size_t kFixedHeader = 16;  // up to and with the length of the array of fields

Error broken(std::string_view what) {
  return Error::make(Error::Kind::kUnsafe, text::cat("the other side does not speak D-Bus: ", what));
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes), big_(bytes[0] == 'B') {}

  Result<std::uint64_t> number(std::size_t size);
  Result<Value> value(std::string_view type, int depth = 0);
  Result<void> align(std::size_t to);
  bool at_end() const { return at_ == bytes_.size(); }

 private:
  Result<void> text(Value& v);
  Result<void> array(Value& v, int depth);
  Result<void> members(Value& v, int depth);
  Result<void> basic(Value& v);
  std::size_t left() const { return bytes_.size() - at_; }

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::size_t values_ = 0;
  bool big_;
};

Result<void> Reader::align(std::size_t to) {
  for (; at_ % to != 0; ++at_)
    if (left() == 0 || bytes_[at_] != '\0') return broken("padding");
  return {};
}

Result<std::uint64_t> Reader::number(std::size_t size) {
  TRY(align(size));
  if (left() < size) return broken("too short");
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t from = big_ ? i : size - 1 - i;
    n = n << 8 | static_cast<unsigned char>(bytes_[at_ + from]);
  }
  at_ += size;
  return n;
}

Result<void> Reader::text(Value& v) {
  const std::size_t size = TRY(number(v.signature == "g" ? 1 : 4));
  if (left() <= size || bytes_[at_ + size] != '\0') return broken("unterminated text");
  v.text = bytes_.substr(at_, size);
  at_ += size + 1;
  std::vector<std::string> ignored;
  if (v.text.find('\0') != std::string::npos || !text::valid_utf8(v.text)) return broken("not UTF-8");
  if (v.signature == "o" && !is_object_path(v.text)) return broken("not an object path");
  if (v.signature == "g" && !split_signature(v.text, ignored)) return broken("not a signature");
  return {};
}

Result<void> Reader::array(Value& v, int depth) {
  const std::string element = v.signature.substr(1);
  const std::size_t size = TRY(number(4));
  TRY(align(alignment_of(element[0])));
  if (size > left()) return broken("an array longer than its message");
  const std::size_t end = at_ + size;
  while (at_ < end) v.items.push_back(TRY(value(element, depth + 1)));
  if (at_ != end) return broken("the length of an array");
  return {};
}

Result<void> Reader::members(Value& v, int depth) {
  TRY(align(8));
  std::vector<std::string> types;
  if (!split_signature(std::string_view(v.signature).substr(1, v.signature.size() - 2), types))
    return broken("not a signature");
  for (const std::string& type : types) v.items.push_back(TRY(value(type, depth + 1)));
  return {};
}

Result<void> Reader::basic(Value& v) {
  const char type = v.signature[0];
  v.bits = TRY(number(alignment_of(type)));
  if (type == 'n') v.bits = static_cast<std::uint64_t>(static_cast<std::int16_t>(v.bits));
  if (type == 'i') v.bits = static_cast<std::uint64_t>(static_cast<std::int32_t>(v.bits));
  if (type == 'b' && v.bits > 1) return broken("a boolean that is neither");
  return {};
}

Result<Value> Reader::value(std::string_view type, int depth) {
  constexpr int kMostDepth = 64;  // "Message Protocol", "Valid Signatures": with variants
  if (depth > kMostDepth) return broken("nested too deep");
  if (++values_ > kMostValues) return broken("too many values");
  Value v = {.signature = std::string(type), .bits = 0, .text = {}, .items = {}};
  switch (type[0]) {
    case 's':
    case 'o':
    case 'g': TRY(text(v)); break;
    case 'a': TRY(array(v, depth)); break;
    case '(':
    case '{': TRY(members(v, depth)); break;
    case 'v': {
      const Value inner = TRY(value("g", depth + 1));
      if (!is_complete_type(inner.text)) return broken("a variant without one type");
      v.items.push_back(TRY(value(inner.text, depth + 1)));
      break;
    }
    default: TRY(basic(v));
  }
  return v;
}

Result<void> read_field(std::uint64_t code, Value& value, Message& message, std::string& signature) {
  const auto take = [&value](std::string_view type, std::string& into) -> Result<void> {
    if (value.signature != type || !into.empty()) return broken("a header field");
    into = std::move(value.text);
    return {};
  };
  switch (code) {
    case 0: return broken("a header field");
    case kPath: return take("o", message.path);
    case kInterface: return take("s", message.interface);
    case kMember: return take("s", message.member);
    case kErrorName: return take("s", message.error_name);
    case kReplySerial:
      if (value.signature != "u") return broken("a header field");
      message.reply_serial = static_cast<std::uint32_t>(value.bits);
      return {};
    case kDestination: return take("s", message.destination);
    case kSender: return take("s", message.sender);
    case kSignature: return take("g", signature);
    default: return {};
  }
}

// "Header Fields": what each type of message can't do without.
bool has_required_fields(const Message& message) {
  switch (message.type) {
    case Message::Type::kCall: return !message.path.empty() && !message.member.empty();
    case Message::Type::kReturn: return message.reply_serial != 0;
    case Message::Type::kError: return message.reply_serial != 0 && !message.error_name.empty();
    case Message::Type::kSignal: return !message.path.empty() && !message.interface.empty() && !message.member.empty();
  }
  return false;
}

}  // namespace

Result<std::optional<std::size_t>> message_size(std::string_view start) {
  if (start.size() < kFixedHeader) return std::optional<std::size_t>();
  if (start[0] != 'l' && start[0] != 'B') return broken("no message begins like this");
  Reader reader(start.substr(0, kFixedHeader));
  TRY(reader.number(1));
  TRY(reader.number(1));
  TRY(reader.number(1));
  if (TRY(reader.number(1)) != kProtocolVersion) return broken("another version of the protocol");
  const std::uint64_t body = TRY(reader.number(4));
  TRY(reader.number(4));
  const std::uint64_t fields = TRY(reader.number(4));
  const std::uint64_t size = kFixedHeader + (fields + 7) / 8 * 8 + body;
  if (size > kMostMessageBytes) return broken(text::cat("a message of ", size, " bytes"));
  return std::optional<std::size_t>(size);
}

Result<Message> decode(std::string_view bytes) {
  const std::optional<std::size_t> size = TRY(message_size(bytes));
  if (size != bytes.size()) return broken("the length of a message");
  Reader reader(bytes);
  TRY(reader.number(1));
  const std::uint64_t type = TRY(reader.number(1));
  if (type < 1 || type > 4) return broken("an unknown type of message");
  TRY(reader.number(1));  // flags: none that concerns us
  TRY(reader.number(1));
  TRY(reader.number(4));
  Message message;
  message.type = static_cast<Message::Type>(type);
  message.serial = static_cast<std::uint32_t>(TRY(reader.number(4)));
  if (message.serial == 0) return broken("serial number 0");
  Value fields = TRY(reader.value("a(yv)"));
  std::string signature;
  for (Value& entry : fields.items) TRY(read_field(entry.items[0].bits, entry.items[1].items[0], message, signature));
  if (!has_required_fields(message)) return broken("a header field is missing");
  TRY(reader.align(8));
  std::vector<std::string> types;
  if (!split_signature(signature, types)) return broken("not a signature");
  for (const std::string& one : types) message.body.push_back(TRY(reader.value(one)));
  if (!reader.at_end()) return broken("more than its signature says");
  return message;
}

}  // namespace brig::cgroups::dbus
