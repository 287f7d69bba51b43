// Runs in: both.
#include "runtime/process/channel.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/sys.h"

namespace brig::process {
namespace {

constexpr std::uint16_t kVersion = 1;

struct Header {
  std::uint16_t version;
  std::uint8_t type;
  std::uint8_t kind;
  std::uint32_t number;
  std::uint32_t length;  // of the text that follows
};
static_assert(sizeof(Header) == 12);

Error refused(std::string_view why) {
  Error error = Error::make(Error::Kind::kUnsafe, why);
  error.add_frame("message from the other process");
  return error;
}

constexpr std::string_view kOtherSide = "the other process";

// ECONNRESET: the other side closed with something of ours unread (unix(7)); an end like any other.
bool ended(const Error& error) { return error.code() == EPIPE || error.code() == ECONNRESET; }

Error silence() { return Error::system("hear", kOtherSide, EPIPE).with_text("the other process ended without a word"); }

std::span<const std::byte> bytes_of(const std::string& s) {
  return {reinterpret_cast<const std::byte*>(s.data()), s.size()};
}

}  // namespace

std::string encode(const Message& message) {
  const std::size_t length = std::min(message.text.size(), kMostMessageBytes - sizeof(Header));
  const Header header = {.version = kVersion,
                         .type = static_cast<std::uint8_t>(message.type),
                         .kind = static_cast<std::uint8_t>(message.kind),
                         .number = message.number,
                         .length = static_cast<std::uint32_t>(length)};
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  return bytes.append(message.text, 0, length);
}

Result<Message> decode(std::span<const std::byte> bytes) {
  Header header;
  if (bytes.size() < sizeof header) return refused("too short");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.version != kVersion) return refused("of another version of brig");
  if (header.type < static_cast<std::uint8_t>(Msg::kWantIdMaps) ||
      header.type > static_cast<std::uint8_t>(Msg::kFailed))
    return refused("of an unknown type");
  if (header.kind > static_cast<std::uint8_t>(Error::Kind::kHook)) return refused("with an unknown kind of error");
  if (header.length != bytes.size() - sizeof header) return refused("of another length than it says");
  return Message{.type = static_cast<Msg>(header.type),
                 .number = header.number,
                 .kind = static_cast<Error::Kind>(header.kind),
                 .text = std::string(reinterpret_cast<const char*>(bytes.data()) + sizeof header, header.length),
                 .fd = {}};
}

bool is_silence(const Error& error) { return error.code() == EPIPE && error.subject() == kOtherSide; }

Result<void> Channel::send_message(const Message& message, std::optional<FdRef> fd) const {
  auto sent = sys::send_message(socket_, bytes_of(encode(message)), fd);
  if (!sent.ok() && ended(sent.error())) return silence();
  return sent;
}

Result<void> Channel::send(Msg type) const { return send_message({.type = type, .text = {}, .fd = {}}, std::nullopt); }

Result<void> Channel::send_init(pid_t pid, FdRef pidfd) const {
  return send_message({.type = Msg::kInit, .number = static_cast<std::uint32_t>(pid), .text = {}, .fd = {}}, pidfd);
}

Result<void> Channel::send_failure(const Error& error) const {
  return send_message({.type = Msg::kFailed,
                       .number = static_cast<std::uint32_t>(error.code()),
                       .kind = error.kind(),
                       .text = error.to_string(),
                       .fd = {}},
                      std::nullopt);
}

Result<void> Channel::give_listener(FdRef listener) const {
  TRY(send_message({.type = Msg::kListener, .text = {}, .fd = {}}, listener));
  TRY(expect({Msg::kListenerSent}));
  return {};
}

Result<Message> Channel::expect(std::initializer_list<Msg> types) const {
  std::array<std::byte, kMostMessageBytes> buffer;
  auto answer = sys::receive_message(socket_, buffer);
  if (!answer.ok() && !ended(answer.error())) return std::move(answer).error();
  if (!answer.ok() || answer.value().size == 0) return silence();
  sys::Received received = std::move(answer).value();
  if (received.truncated) return refused("too long");
  Message message = TRY(decode(std::span(buffer).first(received.size)));
  if (message.type == Msg::kFailed) return Error::remote(message.kind, static_cast<int>(message.number), message.text);
  if (std::find(types.begin(), types.end(), message.type) == types.end()) return refused("out of order");
  message.fd = std::move(received.fd);
  return message;
}

Result<void> Channel::ask(Msg question, Msg answer) const {
  TRY(send(question));
  TRY(expect({answer}));
  return {};
}

Result<void> Channel::expect_end() const {
  auto message = expect({});
  if (!message.ok() && is_silence(message.error())) return {};
  if (!message.ok()) return std::move(message).error();
  return refused("out of order");
}

std::optional<Error> Channel::expect_pending_failure() const {
  for (;;) {
    std::array<pollfd, 1> fds = {sys::poll_entry(socket_, POLLIN)};
    auto ready = sys::poll(fds, 0);
    if (!ready.ok() || ready.value() == 0) return std::nullopt;
    std::array<std::byte, kMostMessageBytes> buffer;
    auto received = sys::receive_message(socket_, buffer);
    if (!received.ok() || received.value().size == 0) return std::nullopt;
    auto message = decode(std::span(buffer).first(received.value().size));
    if (!message.ok()) return std::nullopt;
    if (message.value().type != Msg::kFailed) continue;
    return Error::remote(message.value().kind, static_cast<int>(message.value().number), message.value().text);
  }
}

}  // namespace brig::process
