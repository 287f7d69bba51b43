// rtnetlink(7): requests and answers as bytes (pure), and the conversation with the kernel about one network namespace.
// Knows the format of messages, nothing of their meaning.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace brig::netlink {

// The bytes of a number or a structure of the kernel's.
template <typename T>
std::string_view bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

// What is to be sent: the message's header, the fixed part that its type asks for (ifinfomsg, ifaddrmsg …), attributes.
class Request {
 public:
  // type: RTM_*; flags: NLM_F_* beside NLM_F_REQUEST. One without NLM_F_DUMP is acknowledged.
  template <typename Header>
  Request(std::uint16_t type, std::uint16_t flags, const Header& header) : Request(type, flags, bytes_of(header)) {}

  Request& add(std::uint16_t attribute, std::string_view value);
  Request& add_number(std::uint16_t attribute, std::uint32_t value) { return add(attribute, bytes_of(value)); }
  // With the terminator that names have.
  Request& add_name(std::uint16_t attribute, std::string name);
  // For attributes that refer to an open file (IFLA_NET_NS_FD).
  Request& add_descriptor(std::uint16_t attribute, FdRef fd);

  // The whole message, as it is sent under this number.
  std::string bytes(std::uint32_t sequence) const;

 private:
  Request(std::uint16_t type, std::uint16_t flags, std::string_view header);
  std::string data_;
};

// One message of an answer: the type, and what follows the message's header.
struct Message {
  std::uint16_t type = 0;
  std::string body;
};

// The fixed part that a message begins with; nullopt if it is too short for one.
template <typename Header>
std::optional<Header> header_of(const Message& message) {
  if (message.body.size() < sizeof(Header)) return std::nullopt;
  Header header;
  std::memcpy(&header, message.body.data(), sizeof header);
  return header;
}

// The attributes behind a fixed part of `header_size` bytes, in their order. They refer to the message. What is cut off
// or malformed ends the list.
struct Attribute {
  std::uint16_t type = 0;
  std::string_view value;
};
std::vector<Attribute> attributes(const Message& message, std::size_t header_size);

// What has come in answer to a request so far.
struct Answer {
  std::vector<Message> messages;
  bool complete = false;     // acknowledged, refused, or the end of a dump
  bool interrupted = false;  // what was dumped changed meanwhile (NLM_F_DUMP_INTR)
  int error = 0;             // errno
  std::string words;         // why, as the kernel says it; may be empty
};
// Adds what a datagram says to the request of this number; messages about others are passed over. kUnsafe if it is not
// a row of netlink messages. Pure.
Result<void> read_datagram(std::string_view datagram, std::uint32_t sequence, Answer& answer);

// The kernel's side of one network namespace, wherever this process goes afterwards.
class Socket {
 public:
  // Of the network namespace that this process is in.
  static Result<Socket> open();

  // Sends the request and returns the messages that answer it. kSystem with the kernel's errno if it is refused, and
  // with its explanation as a hint; EINTR if what is to be dumped does not hold still.
  Result<std::vector<Message>> ask(const Request& request);

 private:
  explicit Socket(UniqueFd socket) : socket_(std::move(socket)) {}
  Result<Answer> ask_once(const Request& request);

  UniqueFd socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace brig::netlink
