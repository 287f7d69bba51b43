// Removing a container's cgroup.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/sys.h"
#include "base/text.h"
#include "cgroups/manager.h"
#include "cgroups/scope.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

class Deadline {
 public:
  explicit Deadline(int timeout_ms) : end_(sys::monotonic_ns() + static_cast<std::uint64_t>(timeout_ms) * 1'000'000) {}
  // Rounded up, so that 0 means that it has passed.
  int left_ms() const {
    const std::uint64_t now = sys::monotonic_ns();
    return now >= end_ ? 0 : static_cast<int>((end_ - now + 999'999) / 1'000'000);
  }

 private:
  std::uint64_t end_;
};

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
    TRY(for_each_below(top, [](FdRef parent, const std::string& name) -> Result<void> {
      Result<void> child = sys::unlinkat(parent, name, AT_REMOVEDIR);
      if (!child.ok() && !gone(child.error()) && child.error().code() != EBUSY) return child;
      return {};
    }));
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

Error still_busy(const Hierarchy& hierarchy) {
  Error error = Error::system("rmdir", hierarchy.directory(), EBUSY);
  const Result<std::vector<pid_t>> pids = processes({.hierarchies = {hierarchy}});
  if (!pids.ok() || pids.value().empty()) return error;
  constexpr std::size_t kMost = 16;
  std::string hint = "processes in it:";
  for (std::size_t i = 0; i < std::min(pids.value().size(), kMost); ++i) hint += text::cat(" ", pids.value()[i]);
  if (pids.value().size() > kMost) hint += " …";
  return std::move(error).with_hint(hint);
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
  // cgroup2 first, which can be waited for: when it is empty, the others are.
  const Hierarchy* unified = location.unified();
  if (unified != nullptr) TRY(remove_from(*unified, deadline), "remove cgroup");
  for (const Hierarchy& hierarchy : location.hierarchies)
    if (&hierarchy != unified) TRY(remove_from(hierarchy, deadline), "remove cgroup");
  // Last, when nothing runs in it: systemd would ask what still runs to end, and wait.
  if (location.unit) TRY(stop_scope(*location.unit), "remove unit", location.unit->name);
  return {};
}

}  // namespace brig::cgroups
