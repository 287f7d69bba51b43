// Runs in: both.
//
// The conversation between the runtime and a container's init, on one SOCK_SEQPACKET pair.
//
//   init (or the process between)           runtime
//   -----------------------------           -------
//   kWantIdMaps  (new user namespace)    -> writes setgroups, gid_map, uid_map
//                                        <- kIdMapsWritten
//   kInit        (from the process between: the init it cloned; its pidfd comes along)
//                                        <- kInCgroup       joined by attaching (cgroup v1); sent unasked
//   kRunHooks    (mounts done)           -> prestart, createRuntime hooks
//                                        <- kHooksDone
//                                        <- kFilter         the seccomp filter is in its place; sent unasked
//   kListener    (a filter that notifies is loaded; its listener comes along) -> gives it to the agent
//                                        <- kListenerSent
//   kReady       (only the program is missing) -> saves the state "created"
//                                        <- kCreated        create: init lives on without the runtime
//                                        <- kStart          run: go on at once
//   kFailed      at any point            -> undoes everything, prints the error
//   end of file  before kReady           -> init died unheard: waits for it, says how
//   end of file  after kStart            -> the program runs (the socket is close-on-exec)
//
// After kCreated init listens on the start socket of the state directory; `start` connects there and takes the
// runtime's place: kStart, perhaps kListener (a filter that is loaded that late), then kFailed or end of file. `start`
// may be a newer brig than `create` was: hence a version. A seccomp policy that forbids sendmsg(2) silences a failed
// execve; the container is then found stopped.
//
// What init says is input: it may live among processes nobody vouches for. Length, version, type and order are checked.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace brig::process {

enum class Msg : std::uint8_t {
  kWantIdMaps = 1,
  kIdMapsWritten,
  kInit,
  kInCgroup,
  kRunHooks,
  kHooksDone,
  kFilter,
  kListener,
  kListenerSent,
  kReady,
  kCreated,
  kStart,
  kFailed,
};

struct Message {
  Msg type;
  std::uint32_t number = 0;  // kInit: the pid; kFailed: errno
  Error::Kind kind = Error::Kind::kInternal;
  std::string text;  // kFailed: the error's text
  UniqueFd fd;       // kInit: the pidfd; kListener: the listener
};

// Whether this is what a Channel says when the other side closed it, or died: EPIPE of nobody's but its own. A failure
// that the other side told is never that, whatever it says.
bool is_silence(const Error& error);

// A message as bytes, and back. decode refuses (kUnsafe) what is too short, of another version, of an unknown type or
// kind, or whose length does not match.
inline constexpr std::size_t kMostMessageBytes = 4096;
std::string encode(const Message& message);
Result<Message> decode(std::span<const std::byte> bytes);

class Channel {
 public:
  explicit Channel(UniqueFd socket) : socket_(std::move(socket)) {}
  FdRef fd() const { return socket_; }

  // All three: is_silence() if nobody is left to hear it.
  Result<void> send(Msg type) const;
  Result<void> send_init(pid_t pid, FdRef pidfd) const;
  Result<void> send_failure(const Error& error) const;
  // kListener, then kListenerSent: for seccomp::load_and_give.
  Result<void> give_listener(FdRef listener) const;
  // The next message, which must be of one of these types; anything else is kUnsafe, kFailed becomes the Error that the
  // other side had (kind and errno kept). is_silence() at the end of file.
  Result<Message> expect(std::initializer_list<Msg> types) const;
  // send, then expect.
  Result<void> ask(Msg question, Msg answer) const;
  // Reads until end of file (fine) or kFailed (its Error).
  Result<void> expect_end() const;
  // The failure that the other side has sent and nobody has read yet, if there is one. Does not wait.
  std::optional<Error> expect_pending_failure() const;
  // Goes on with another peer.
  void move_to(UniqueFd socket) { socket_ = std::move(socket); }

 private:
  Result<void> send_message(const Message& message, std::optional<FdRef> fd) const;
  UniqueFd socket_;
};

}  // namespace brig::process
