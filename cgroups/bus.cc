#include "cgroups/bus.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <span>
#include <utility>

#include "base/sys.h"
#include "base/text.h"

namespace brig::cgroups {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kBusName = "org.freedesktop.DBus";
constexpr std::string_view kBusPath = "/org/freedesktop/DBus";

std::uint64_t after(int timeout_ms) { return sys::monotonic_ns() + static_cast<std::uint64_t>(timeout_ms) * 1'000'000; }

// ETIMEDOUT once the time has come.
Result<void> wait_for(FdRef socket, short events, std::uint64_t until) {
  const std::uint64_t now = sys::monotonic_ns();
  const int left_ms = now >= until ? 0 : static_cast<int>((until - now + 999'999) / 1'000'000);
  pollfd entry = sys::poll_entry(socket, events);
  if (TRY(sys::poll({&entry, 1}, left_ms)) == 0) return Error::system("wait for an answer", "", ETIMEDOUT);
  return {};
}

// The path may be of any length: its directory is opened, and the name in it is what is connected to.
Result<UniqueFd> connect_to(const std::string& path, int timeout_ms) {
  const std::size_t slash = path.rfind('/');
  const UniqueFd directory = TRY(sys::openat(FdRef::cwd(), path.substr(0, slash + 1), O_PATH | O_DIRECTORY));
  UniqueFd socket = TRY(sys::unix_socket(SOCK_STREAM));
  // A server that is behind with accepting keeps us waiting in connect(2).
  TRY(sys::set_send_timeout(socket, (timeout_ms + 999) / 1000));
  TRY(sys::connect_unix(socket, directory, path.substr(slash + 1)));
  TRY(sys::fcntl_set_status_flags(socket, O_NONBLOCK));
  return socket;
}

}  // namespace

bool Bus::Reply::is(std::string_view signature) const {
  std::string found;
  for (const dbus::Value& value : values) found += value.signature;
  return !failed() && found == signature;
}

Result<Bus> Bus::connect(const std::string& path, Kind kind, int timeout_ms) {
  const std::uint64_t until = after(timeout_ms);
  Bus bus(TRY(connect_to(path, timeout_ms), "connect to", path), kind);
  TRY(bus.authenticate(until), "introduce ourselves to", path);
  if (kind == Kind::kDirect) return bus;
  const Reply hello = TRY(bus.call({.destination = std::string(kBusName),
                                    .path = std::string(kBusPath),
                                    .interface = std::string(kBusName),
                                    .member = "Hello",
                                    .arguments = {}},
                                   timeout_ms),
                          "connect to", path);
  if (hello.failed())
    return Error::make(Error::Kind::kUnsupported, text::cat("the bus at ", path, " refuses us: ", hello.error_text));
  return bus;
}

// "Authentication Protocol". The first byte is where old systems sent the credentials. All at once, as sd-bus does: a
// server of sd-bus's, which systemd is on its own socket, that gets the first message in one read with BEGIN leaves it
// lying until more comes. Two lines answer: DATA and OK, or OK twice (systemd before 247).
Result<void> Bus::authenticate(std::uint64_t until) {
  constexpr std::string_view kAll = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"sv;
  TRY(send(kAll, until));
  std::string answer = TRY(read_line(until));
  if (answer.starts_with("DATA") || answer.starts_with("OK")) answer = TRY(read_line(until));
  if (answer.starts_with("REJECTED")) return Error::system("authenticate", "EXTERNAL", EACCES);
  if (!answer.starts_with("OK")) return Error::make(Error::Kind::kUnsafe, "the other side does not speak D-Bus");
  return {};
}

Result<std::string> Bus::read_line(std::uint64_t until) {
  constexpr std::size_t kMost = 4096;
  for (;;) {
    const std::size_t end = received_.find("\r\n");
    if (end != std::string::npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 2);
      return line;
    }
    if (received_.size() > kMost) return Error::make(Error::Kind::kUnsafe, "the other side does not speak D-Bus");
    TRY(receive_some(until));
  }
}

Result<void> Bus::send(std::string_view bytes, std::uint64_t until) {
  while (!bytes.empty()) {
    Result<std::size_t> sent = sys::send_some(socket_, std::as_bytes(std::span(bytes)));
    if (sent.ok()) {
      bytes.remove_prefix(sent.value());
    } else if (sent.error().code() == EAGAIN) {
      TRY(wait_for(socket_, POLLOUT, until));
    } else {
      return std::move(sent).error();
    }
  }
  return {};
}

Result<void> Bus::receive_some(std::uint64_t until) {
  TRY(wait_for(socket_, POLLIN, until));
  std::array<char, 8192> buffer;
  Result<std::size_t> got = sys::read(socket_, buffer);
  if (!got.ok()) return std::move(got).error();
  if (got.value() == 0) return Error::system("read", "the other side's end", ECONNRESET);
  received_.append(buffer.data(), got.value());
  return {};
}

Result<dbus::Message> Bus::receive(std::uint64_t until) {
  for (;;) {
    const std::optional<std::size_t> size = TRY(dbus::message_size(received_));
    if (size && received_.size() >= *size) {
      dbus::Message message = TRY(dbus::decode(std::string_view(received_).substr(0, *size)));
      received_.erase(0, *size);
      return message;
    }
    TRY(receive_some(until));
  }
}

// systemd tells of every job of the machine: those that nobody asked for in the end must not pile up.
void Bus::keep(dbus::Message message) {
  constexpr std::size_t kMost = 4096;
  const bool wanted = message.type == dbus::Message::Type::kSignal && message.interface == kept_interface_ &&
                      message.member == kept_member_;
  if (!wanted) return;
  if (signals_.size() == kMost) signals_.pop_front();
  signals_.push_back(std::move(message));
}

Result<Bus::Reply> Bus::call(Call call, int timeout_ms) {
  const std::uint64_t until = after(timeout_ms);
  const std::string name = call.member;
  dbus::Message message;
  message.type = dbus::Message::Type::kCall;
  message.serial = ++last_serial_;
  message.destination = std::move(call.destination);
  message.path = std::move(call.path);
  message.interface = std::move(call.interface);
  message.member = std::move(call.member);
  message.body = std::move(call.arguments);
  const std::string bytes = TRY(dbus::encode(message));
  TRY(send(bytes, until), "D-Bus call", name);
  for (;;) {
    dbus::Message answer = TRY(receive(until), "D-Bus call", name);
    if (answer.reply_serial != last_serial_ || answer.type == dbus::Message::Type::kCall ||
        answer.type == dbus::Message::Type::kSignal) {
      keep(std::move(answer));
      continue;
    }
    Reply reply;
    reply.error_name = std::move(answer.error_name);
    reply.values = std::move(answer.body);
    if (answer.type == dbus::Message::Type::kReturn) reply.error_name.clear();
    if (reply.failed())
      reply.error_text =
          !reply.values.empty() && reply.values[0].signature == "s" ? reply.values[0].text : reply.error_name;
    return reply;
  }
}

Result<void> Bus::listen_to(std::string_view sender, std::string_view interface, std::string_view member,
                            int timeout_ms) {
  kept_interface_ = interface;
  kept_member_ = member;
  if (kind_ == Kind::kDirect) return {};
  const std::string rule =
      text::cat("type='signal',sender='", sender, "',interface='", interface, "',member='", member, "'");
  const Reply added = TRY(call({.destination = std::string(kBusName),
                                .path = std::string(kBusPath),
                                .interface = std::string(kBusName),
                                .member = "AddMatch",
                                .arguments = {dbus::string(rule)}},
                               timeout_ms));
  if (added.failed())
    return Error::make(Error::Kind::kUnsupported, text::cat("the bus does not let us listen: ", added.error_text));
  return {};
}

Result<dbus::Message> Bus::next_signal(int timeout_ms) {
  const std::uint64_t until = after(timeout_ms);
  while (signals_.empty()) keep(TRY(receive(until), "wait for the signal", kept_member_));
  dbus::Message first = std::move(signals_.front());
  signals_.pop_front();
  return first;
}

}  // namespace brig::cgroups
