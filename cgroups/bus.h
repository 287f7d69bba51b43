// A connection to a D-Bus server: a message bus, or systemd's own socket. For cgroups/ itself.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "cgroups/dbus_message.h"

namespace brig::cgroups {

class Bus {
 public:
  // kDirect: the other end is the service itself, without a broker between (/run/systemd/private).
  enum class Kind { kBus, kDirect };

  // Connects to the socket at `path`, proves who we are by the socket's own credentials (EXTERNAL without a name, so
  // that it holds in a user namespace, where the other side knows us by another number), and on a bus says Hello. All
  // of it within `timeout_ms`. Errors name the socket: kSystem as connect(2), EACCES if we are refused, ETIMEDOUT;
  // kUnsafe if what answers does not speak D-Bus.
  static Result<Bus> connect(const std::string& path, Kind kind, int timeout_ms);

  struct Call {
    std::string destination, path, interface, member;
    std::vector<dbus::Value> arguments;
  };
  // Either values, or a D-Bus error by its name ("org.freedesktop.systemd1.NoSuchUnit") and its words.
  struct Reply {
    std::string error_name, error_text;
    std::vector<dbus::Value> values;
    bool failed() const { return !error_name.empty(); }
    // Whether the values are of these types, as a signature says them.
    bool is(std::string_view signature) const;
  };
  // Calls a method and waits for its answer. ETIMEDOUT after `timeout_ms`, ECONNRESET if the connection ends, kUnsafe
  // for an answer that is no D-Bus; each names the method.
  Result<Reply> call(Call call, int timeout_ms);

  // From now on signals of this name are kept for next_signal; a bus is asked to send them.
  Result<void> listen_to(std::string_view sender, std::string_view interface, std::string_view member, int timeout_ms);
  // The next signal that came, or comes within `timeout_ms`; ETIMEDOUT otherwise.
  Result<dbus::Message> next_signal(int timeout_ms);

 private:
  Bus(UniqueFd socket, Kind kind) : socket_(std::move(socket)), kind_(kind) {}
  Result<void> authenticate(std::uint64_t until);
  Result<std::string> read_line(std::uint64_t until);
  Result<void> send(std::string_view bytes, std::uint64_t until);
  Result<void> receive_some(std::uint64_t until);
  Result<dbus::Message> receive(std::uint64_t until);
  void keep(dbus::Message message);

  UniqueFd socket_;
  Kind kind_;
  std::string received_;  // not yet taken apart
  std::uint32_t last_serial_ = 0;
  std::string kept_interface_, kept_member_;
  std::deque<dbus::Message> signals_;
};

}  // namespace brig::cgroups
