// Runs in: runtime.
#include "base/log.h"
#include "base/text.h"
#include "runtime/container/launch.h"
#include "runtime/container/operations.h"
#include "runtime/container/tell_trace.h"
#include "runtime/process/sealed_self.h"

namespace brig::container {
namespace {

Result<void> launch_and_leave(const CreateRequest& request, process::Steps& steps) {
  Launch launched = TRY(launch(request, Until::kStart, false, steps));
  keep_trace(launched.directory, steps);
  TRY(publish(launched, request));
  TRY(launched.channel.send(process::Msg::kCreated), "let init wait for start");
  launched.keep();
  return {};
}

}  // namespace

Result<void> run_from_sealed_copy(char** argv, const Globals& globals) {
  auto sealed = process::run_from_sealed_copy(argv);
  if (sealed.ok() || sealed.error().code() != EACCES) return sealed;
  // vm.memfd_noexec=2 forbids to execute memfds.
  const UniqueFd root = TRY(open_root(globals, Missing::kMake));
  return process::run_from_unlinked_copy(argv, root);
}

Result<void> create(const CreateRequest& request) {
  process::Steps steps = TRY(process::Steps::make());
  steps.stamp("begin");
  auto created = launch_and_leave(request, steps);
  if (!created.ok()) tell_trace(steps);
  return created;
}

}  // namespace brig::container
