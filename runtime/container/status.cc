// Runs in: runtime.
#include "runtime/container/status.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "base/sys.h"

namespace brig::container {
namespace {

// Init's listening socket is close-on-exec: it answers until the program runs, even if a `start` was killed before it
// could take the socket's name away. Init takes a caller that says nothing for none. EAGAIN: an init that is frozen or
// stopped, with more callers waiting than the socket holds, which this one must not do.
Result<bool> waits_for_start(const Directory& directory) {
  if (!sys::fstatat(directory.fd(), kStartSocket, AT_SYMLINK_NOFOLLOW).ok()) return false;
  const UniqueFd socket = TRY(sys::unix_socket(SOCK_SEQPACKET | SOCK_NONBLOCK));
  auto connected = sys::connect_unix(socket, directory.fd(), kStartSocket);
  return connected.ok() || connected.error().code() == EAGAIN;
}

}  // namespace

Result<UniqueFd> connect_start_socket(const Directory& directory) {
  TRY(sys::fstatat(directory.fd(), kStartSocket, AT_SYMLINK_NOFOLLOW));
  UniqueFd socket = TRY(sys::unix_socket(SOCK_SEQPACKET));
  TRY(sys::connect_unix(socket, directory.fd(), kStartSocket));
  return socket;
}

Result<oci::Status> status_of(const Directory& directory, const Record& record, const ProcDir& proc) {
  if (!record.ready) return oci::Status::kCreating;
  if (!alive(record.init, proc)) return oci::Status::kStopped;
  // First: an init that waits for start may be paused too, and could not answer then.
  if (TRY(cgroups::frozen(record.cgroup))) return oci::Status::kPaused;
  return TRY(waits_for_start(directory)) ? oci::Status::kCreated : oci::Status::kRunning;
}

oci::State state_document(const Record& record, oci::Status status) {
  oci::State state;
  state.id = record.id;
  state.status = status;
  state.pid = status == oci::Status::kStopped ? 0 : record.init.pid;
  state.bundle = record.bundle;
  state.annotations = record.annotations;
  return state;
}

}  // namespace brig::container
