// Runs in: runtime.
#include "runtime/container/silence.h"

#include "base/text.h"
#include "runtime/process/channel.h"

namespace brig::container {

Error explain_silence(Error error, process::Child& process, const cgroups::Location& cgroup) {
  if (!process::is_silence(error)) return error;
  auto exit = process.wait();
  if (!exit.ok()) return error;
  const bool killed = !exit.value().exited && exit.value().status == SIGKILL;
  Error told = Error::make(Error::Kind::kSystem, text::cat("ended without a word: ", process::describe(exit.value())));
  if (!killed) return told;
  return std::move(told).with_hint(cgroups::ran_out_of_memory(cgroup) ? "out of memory: its memory limit may be too low"
                                                                      : "killed from outside");
}

}  // namespace brig::container
