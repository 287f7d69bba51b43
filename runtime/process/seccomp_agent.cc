// Runs in: runtime.
#include "runtime/process/seccomp_agent.h"

#include <sys/stat.h>

#include <optional>
#include <span>

#include "base/sys.h"
#include "runtime/process/connect.h"

namespace brig::process {
namespace {

constexpr int kPatienceSeconds = 10;
// Engines look for these words.
constexpr std::string_view kNoConnection = "failed to connect with seccomp agent";

}  // namespace

Result<void> find_agent(const std::string& path) {
  const struct stat info = TRY(sys::fstatat(FdRef::cwd(), path, 0), kNoConnection, path);
  if (S_ISSOCK(info.st_mode)) return {};
  Error error = Error::config("/linux/seccomp/listenerPath", "is not a socket");
  error.add_frame(kNoConnection, path);
  return error;
}

Result<SeccompAgent> SeccompAgent::connect(const std::string& path) {
  return SeccompAgent(TRY(connect_to(path, kPatienceSeconds), kNoConnection, path));
}

Result<void> SeccompAgent::send(std::string_view state, FdRef listener) && {
  const UniqueFd socket = std::move(socket_);  // closed at the end: one state for each connection
  std::span<const std::byte> rest = std::as_bytes(std::span(state));
  std::optional<FdRef> fd = listener;  // goes with the first part only
  while (!rest.empty()) {
    const std::size_t sent = TRY(sys::send_some(socket, rest, fd), "send the listener to the seccomp agent");
    rest = rest.subspan(sent);
    fd.reset();
  }
  return {};
}

Result<void> pass_listener_on(const Channel& init, SeccompAgent agent, std::string_view state) {
  const Message message = TRY(init.expect({Msg::kListener}));
  return pass_listener_on(init, message, std::move(agent), state);
}

Result<void> pass_listener_on(const Channel& init, const Message& message, SeccompAgent agent, std::string_view state) {
  if (!message.fd) return Error::make(Error::Kind::kUnsafe, "the seccomp listener came without its descriptor");
  auto sent = std::move(agent).send(state, message.fd);
  if (sent.ok()) return init.send(Msg::kListenerSent);
  // Ignored: what counts is that init has ended when this returns, and why it had to.
  (void)init.send_failure(sent.error());
  (void)init.expect_end();
  return sent;
}

}  // namespace brig::process
