// Runs in: runtime.
//
// The runtime's side of the conversation with a process on its way into a container (init/join.h).
#pragma once

#include <optional>

#include "base/proc_dir.h"
#include "base/result.h"
#include "cgroups/entry.h"
#include "runtime/container/record.h"
#include "runtime/init/join_plan.h"
#include "runtime/process/channel.h"
#include "runtime/process/child.h"
#include "runtime/process/seccomp_agent.h"
#include "runtime/process/steps.h"

namespace brig::container {

// A process that is brought into the container of `record`, whose init `plan.container` holds. Killed by the destructor
// of `process`, so that nothing is left if it does not arrive.
class Arrival {
 public:
  // Clones it, right into the container's cgroup where the kernel can. In the child it does not return.
  static Result<Arrival> begin(const Record& record, init::JoinPlan& plan, cgroups::Entry& entry, bool ignore_paused,
                               const process::Steps& steps, const ProcDir& proc);

  // Until only the program is missing: moves it into what it was not cloned into, gives its seccomp listener away,
  // sets what takes the runtime's privilege. While it waits for a word it sees to it that the word can come: kState if
  // the container's init has ended, the container was paused, or something in there stopped the process.
  Result<void> make_ready(const cgroups::Entry& entry, process::Steps& steps);
  // Lets it go on; returns when the program runs. Otherwise the process's error.
  Result<void> start(process::Steps& steps);

  process::Child process;

 private:
  Arrival(const Record& record, const init::JoinPlan& plan, bool ignore_paused, const ProcDir& proc,
          process::Channel channel, process::Child child)
      : process(std::move(child)),
        record_(record),
        plan_(plan),
        ignore_paused_(ignore_paused),
        proc_(proc),
        channel_(std::move(channel)) {}

  Result<void> prepare(const cgroups::Entry& entry, process::Steps& steps);
  Result<void> wait_for_word();
  Result<void> check_way();
  Result<process::Message> hear(process::Msg wanted);
  Result<void> adopt(process::Message message);
  Result<void> pass_listener_on(process::SeccompAgent agent);
  // The error that the process told, or how it ended, if `error` is only the echo of that.
  Error explain(Error error);

  const Record& record_;
  const init::JoinPlan& plan_;
  const bool ignore_paused_;
  const ProcDir& proc_;
  process::Channel channel_;
  bool adopted_ = false;
};

}  // namespace brig::container
