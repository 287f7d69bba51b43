// Runs in: runtime.
//
// The seccomp agent: who answers the system calls that a profile gives to SCMP_ACT_NOTIFY. It listens at listenerPath
// and gets one message: the container process state, with the listener's descriptor. config-linux.md#seccomp.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "runtime/process/channel.h"

namespace brig::process {

// listenerPath, absolute, and listenerMetadata.
struct SeccompListener {
  std::string path, metadata;
};

// Whether there is a socket at `path`. All that can be known without a connection; and agents serve one connection at a
// time (each waits for its message), so a connection is not for asking, nor for holding while hooks run.
Result<void> find_agent(const std::string& path);

// A connection to the agent, for one message.
class SeccompAgent {
 public:
  // Fails after 10 s if the agent accepts nobody.
  static Result<SeccompAgent> connect(const std::string& path);
  // The message, then the end of the connection. Fails after 10 s if the agent does not read.
  Result<void> send(std::string_view state, FdRef listener) &&;

 private:
  explicit SeccompAgent(UniqueFd socket) : socket_(std::move(socket)) {}
  UniqueFd socket_;
};

// The runtime's part while init loads its filter (Channel::give_listener): takes the listener from init, gives it to
// the agent with the process state, tells init to go on. If the agent can't be told, init is told to fail, and the
// error is returned when init has gone.
Result<void> pass_listener_on(const Channel& init, SeccompAgent agent, std::string_view state);
// The same once init's kListener is here.
Result<void> pass_listener_on(const Channel& init, const Message& message, SeccompAgent agent, std::string_view state);

}  // namespace brig::process
