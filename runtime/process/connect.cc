// Runs in: runtime.
#include "runtime/process/connect.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "base/sys.h"

namespace brig::process {

Result<UniqueFd> connect_to(const std::string& path, int seconds) {
  const std::size_t slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const UniqueFd dir = TRY(sys::openat(FdRef::cwd(), parent, O_PATH | O_DIRECTORY));
  UniqueFd socket = TRY(sys::unix_socket(SOCK_STREAM));
  if (seconds != 0) TRY(sys::set_send_timeout(socket, seconds));
  auto connected = sys::connect_unix(socket, dir, slash == std::string::npos ? path : path.substr(slash + 1));
  if (!connected.ok() && connected.error().code() == ECONNREFUSED)
    return std::move(connected).error().with_hint("it is no socket, or nobody listens on it");
  TRY(std::move(connected));
  return socket;
}

}  // namespace brig::process
