// Removing a container's cgroup.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/proc_dir.h"
#include "base/sys.h"
#include "base/text.h"
#include "cgroups/manager.h"
#include "cgroups/occupants.h"
#include "cgroups/scope.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

// Those below first, as far as they let themselves be removed.
Result<void> remove_below(FdRef top) {
  return for_each_below(top, [](FdRef parent, const std::string& name) -> Result<void> {
    Result<void> removed = sys::unlinkat(parent, name, AT_REMOVEDIR);
    if (removed.ok() || gone(removed.error()) || removed.error().code() == EBUSY) return {};
    return removed;
  });
}

// rmdir(2) of the cgroup and, if that is busy, of those below it first. false: something in it is alive.
Result<bool> try_remove(const Hierarchy& hierarchy) {
  const std::string directory = hierarchy.directory();
  for (bool emptied = false;; emptied = true) {
    Result<void> removed = sys::unlinkat(FdRef::cwd(), directory, AT_REMOVEDIR);
    if (removed.ok() || gone(removed.error())) return true;
    if (removed.error().code() != EBUSY) return std::move(removed).error();
    if (emptied) return false;
    const UniqueFd top = TRY(open_cgroup(hierarchy));
    if (!top) return true;
    TRY(remove_below(top), "remove those below", directory);
  }
}

// cgroup2 tells when the last process of a cgroup and of those below it has ended: POLLPRI on cgroup.events. v1 tells
// nobody, so there (and if there is no process in sight) it is a pause, longer each time.
Result<void> wait_for_change(const Hierarchy& hierarchy, int pause_ms, int left_ms) {
  if (hierarchy.unified) {
    const UniqueFd directory = TRY(open_cgroup(hierarchy));
    if (!directory) return {};
    const UniqueFd events = TRY(sys::openat(directory, "cgroup.events", O_RDONLY));
    // An event counts from the last read of this open file, so one between the read and the poll is not lost.
    const std::string content = TRY(sys::read_all(events, 4096));
    if (text::contains(text::split(content, '\n'), "populated 1")) {
      pollfd entry = sys::poll_entry(events, POLLPRI);
      TRY(sys::poll({&entry, 1}, left_ms));
      return {};
    }
  }
  TRY(sys::poll({}, std::min(pause_ms, left_ms)));
  return {};
}

// "processes in DIRECTORY: 12 (sh)" for the outermost cgroup that has some of its own, the container's or one below it;
// "" if none are seen.
Result<std::string> holder(const Hierarchy& hierarchy) {
  const UniqueFd top = TRY(open_cgroup(hierarchy));
  if (!top) return std::string();
  const ProcDir proc = TRY(ProcDir::open());
  std::string found;
  const auto look = [&](FdRef directory) {
    const Result<std::vector<pid_t>> pids = listed_here(directory);
    const Result<std::string> path = sys::readlinkat(proc.fd(), sys::self_fd_path(directory));
    if (pids.ok() && !pids.value().empty() && path.ok())
      found = text::cat("processes in ", path.value(), ": ", name_processes(pids.value()));
  };
  TRY(for_each_below(top, [&](FdRef parent, const std::string& name) -> Result<void> {
    const Result<UniqueFd> below = sys::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (below.ok()) look(below.value());
    return {};
  }));
  look(top);
  return found;
}

Error still_busy(const Hierarchy& hierarchy) {
  Error error = Error::system("rmdir", hierarchy.directory(), EBUSY);
  const Result<std::string> who = holder(hierarchy);
  if (!who.ok() || who.value().empty()) return error;
  return std::move(error).with_hint(who.value());
}

Result<void> remove_from(const Hierarchy& hierarchy, const Deadline& deadline) {
  constexpr int kMaxPauseMs = 50;
  for (int pause_ms = 1;; pause_ms = std::min(2 * pause_ms, kMaxPauseMs)) {
    if (TRY(try_remove(hierarchy))) return {};
    const int left_ms = deadline.left_ms();
    if (left_ms == 0) return still_busy(hierarchy);
    Result<void> waited = wait_for_change(hierarchy, pause_ms, left_ms);
    if (!waited.ok() && !gone(waited.error())) return waited;
  }
}

}  // namespace

Result<void> remove(const Location& location, int timeout_ms) {
  const Deadline deadline(timeout_ms);
  Result<void> all;  // the first that failed
  const auto remove_one = [&](const Hierarchy& hierarchy) {
    Result<void> removed = remove_from(hierarchy, deadline);
    if (!removed.ok() && all.ok()) all = std::move(removed);
  };
  // cgroup2 first, which can be waited for: when it is empty, the others are.
  const Hierarchy* unified = location.unified();
  if (unified != nullptr) remove_one(*unified);
  for (const Hierarchy& hierarchy : location.hierarchies)
    if (&hierarchy != unified) remove_one(hierarchy);
  TRY(std::move(all), "remove cgroup");
  // Last, when nothing runs in it: systemd would ask what still runs to end, and wait.
  if (location.unit) TRY(stop_scope(*location.unit), "remove unit", location.unit->name);
  return {};
}

}  // namespace brig::cgroups
