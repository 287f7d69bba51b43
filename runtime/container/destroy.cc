// Runs in: runtime.
#include "runtime/container/destroy.h"

#include <array>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "runtime/container/poststop.h"
#include "runtime/container/status.h"

namespace brig::container {
namespace {

constexpr int kPatienceMs = 10'000;
constexpr int kUsuallyEnoughMs = 250;

Result<bool> ends_within(FdRef pidfd, int timeout_ms) {
  std::array<pollfd, 1> fds = {sys::poll_entry(pidfd, POLLIN)};
  return TRY(sys::poll(fds, timeout_ms)) != 0;
}

Result<void> wait_for_end(FdRef pidfd, pid_t pid) {
  if (!TRY(ends_within(pidfd, kPatienceMs)))
    return Error::make(Error::Kind::kState,
                       text::cat("process ", pid, " has not ended ", kPatienceMs / 1000,
                                 " s after SIGKILL; it may hang in the kernel (see /proc/", pid, "/stack)"));
  return {};
}

}  // namespace

Result<void> end_processes(const Record& record, const ProcDir& proc) {
  auto init = open_process(record.init, proc);
  // The last process of its pid namespace takes the others along (pid_namespaces(7)); otherwise, and where freezing
  // would keep the signal waiting, the cgroup tells who there is.
  const bool init_is_enough =
      record.private_pid_namespace && record.ready && init.ok() && !TRY(cgroups::frozen(record.cgroup));
  if (init.ok()) (void)sys::pidfd_send_signal(init.value(), SIGKILL);  // Ignored: ESRCH, it has just ended.
  // An init that takes its time may be in a cgroup of v1 that the payload made and froze, or wait for one that is.
  if (!init_is_enough || !TRY(ends_within(init.value(), kUsuallyEnoughMs)))
    TRY(cgroups::kill_all(record.cgroup, SIGKILL), "kill the container's processes");
  if (init.ok()) TRY(wait_for_end(init.value(), record.init.pid));
  return {};
}

Result<void> destroy(Directory& directory, const Record& record) {
  // Without a pid namespace of its own, what the container started outlives its init.
  if (!record.private_pid_namespace) TRY(cgroups::kill_all(record.cgroup, SIGKILL), "kill leftover processes");
  TRY(cgroups::remove(record.cgroup, kPatienceMs), "remove cgroup");
  if (record.rootfs_mounts) TRY(unmount_rootfs(record.rootfs, *record.rootfs_mounts), "unmount the rootfs");
  if (record.rdt) TRY(remove_rdt(*record.rdt), "remove resctrl groups");
  TRY(directory.remove(), "remove the container's directory");
  run_poststop_hooks(record);
  return {};
}

Error end_after_hook(Directory& directory, const Record& record, const ProcDir& proc, Error why) {
  auto ended = end_processes(record, proc);
  if (ended.ok()) ended = destroy(directory, record);
  if (!ended.ok()) log::warn(text::cat("the container is left after a failed hook: ", ended.error().to_string()));
  return why;
}

}  // namespace brig::container
