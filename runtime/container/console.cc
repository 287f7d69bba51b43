// Runs in: runtime.
#include "runtime/container/console.h"

#include <array>

#include "base/sys.h"
#include "runtime/process/connect.h"

namespace brig::container {

Result<void> check_terminal(bool terminal, bool console_socket, Foreground foreground) {
  constexpr std::string_view kNoUse = "cannot use console socket if brig will not detach or allocate tty";
  if (console_socket && (foreground == Foreground::kYes || !terminal)) return Error::make(Error::Kind::kUsage, kNoUse);
  if (foreground == Foreground::kNo && terminal && !console_socket)
    return Error::make(Error::Kind::kUsage, "cannot allocate tty if brig will detach without setting console socket")
        .with_hint("process.terminal or --tty asks for a terminal, and --console-socket for where it goes");
  return {};
}

Result<Console> connect_console(const std::string& console_socket, bool own) {
  Console console;
  if (!own) {
    console.socket = TRY(process::connect_to(console_socket), "connect to console socket", console_socket);
    return console;
  }
  sys::SocketPair pair = TRY(sys::seqpacket_pair());
  console.socket = std::move(pair.a);
  console.source = std::move(pair.b);
  return console;
}

Result<std::optional<process::TerminalProxy>> receive_terminal(const UniqueFd& source) {
  std::optional<process::TerminalProxy> none;
  if (!source) return none;
  std::array<std::byte, 4096> buffer;
  sys::Received received = TRY(sys::receive_message(source, buffer), "receive the terminal");
  if (!received.fd) return Error::make(Error::Kind::kInternal, "the container's process sent no terminal");
  return std::optional(TRY(process::TerminalProxy::open(std::move(received.fd))));
}

}  // namespace brig::container
