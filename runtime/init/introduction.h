// Runs in: init.
//
// How a process that was cloned for the runtime, by another than the runtime, becomes known to it before it says a
// word: on a busy machine its first message could come before the one about it. If the other process ends without a
// message (the container's memory may be full), the cloned one does too, so that the runtime, which hears the end of
// both, does not wait for ever.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "base/sys.h"
#include "runtime/process/channel.h"

namespace brig::init {

class Introduction {
 public:
  // Before the clone, and before a filter that may forbid to make sockets: later it takes the calls that a channel
  // takes.
  static Result<Introduction> prepare();
  // In the clone: returns when the runtime knows it, and not at all if it never will.
  void await();
  // In the process that cloned it.
  Result<void> make(const process::Channel& runtime, const sys::Cloned& cloned) const;

 private:
  explicit Introduction(sys::SocketPair pair) : pair_(std::move(pair)) {}
  sys::SocketPair pair_;
};

}  // namespace brig::init
