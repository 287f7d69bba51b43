// Messages of D-Bus to bytes and back (D-Bus Specification, "Message Protocol"). For cgroups/ itself; pure.
//
// Our own, as no library can be linked statically: Debian's libdbus-1.a wants libsystemd, of which there is no static
// one, and brings threads and the user database along. What a container runtime says to systemd is some ten calls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cgroups/dbus_value.h"

namespace brig::cgroups::dbus {

struct Message {
  enum class Type : std::uint8_t { kCall = 1, kReturn = 2, kError = 3, kSignal = 4 };
  Type type = Type::kCall;
  std::uint32_t serial = 0;        // not 0
  std::uint32_t reply_serial = 0;  // kReturn, kError: which call it answers
  std::string path, interface, member;
  std::string error_name;  // kError
  std::string destination, sender;
  std::vector<Value> body;
};

inline constexpr std::uint8_t kProtocolVersion = 1;
// "Header Fields".
enum Field : std::uint8_t {
  kPath = 1,
  kInterface = 2,
  kMember = 3,
  kErrorName = 4,
  kReplySerial = 5,
  kDestination = 6,
  kSender = 7,
  kSignature = 8,
};

// What systemd answers fits well; a larger message is refused before it is read.
inline constexpr std::size_t kMostMessageBytes = 1024 * 1024;
inline constexpr std::size_t kMostValues = 65536;  // in one message

// Little endian. kInternal if a value does not fit its signature, or text is not UTF-8, contains NUL, or is no object
// path or signature where one is due; kUnsupported for more than kMostMessageBytes.
Result<std::string> encode(const Message& message);

// How long the message is that begins with these bytes; nullopt if there are too few to know (at least 16). kUnsafe if
// they don't begin a message, or one that is too long.
Result<std::optional<std::size_t>> message_size(std::string_view start);
// One whole message, of either byte order. kUnsafe for anything that the specification does not allow: the other side
// is not believed. Unknown header fields are passed over, as it demands.
Result<Message> decode(std::string_view bytes);

}  // namespace brig::cgroups::dbus
