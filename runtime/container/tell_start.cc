// Runs in: runtime.
#include "runtime/container/tell_start.h"

#include "runtime/container/status.h"

namespace brig::container {

Result<std::optional<process::SeccompAgent>> connect_agent_for_start(const Record& record) {
  std::optional<process::SeccompAgent> agent;
  if (record.seccomp_listener) agent = TRY(process::SeccompAgent::connect(record.seccomp_listener->path));
  return agent;
}

Result<void> tell_start(const process::Channel& init, const Record& record,
                        std::optional<process::SeccompAgent> agent) {
  TRY(init.send(process::Msg::kStart));
  if (agent) {
    const oci::State state = state_document(record, oci::Status::kCreated);
    TRY(process::pass_listener_on(init, std::move(*agent),
                                  oci::container_process_state(state, record.seccomp_listener->metadata, state.pid)));
  }
  return init.expect_end();
}

}  // namespace brig::container
