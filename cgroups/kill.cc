// Who is in a cgroup, and signals to all of them.
#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/sys.h"
#include "base/text.h"
#include "cgroups/freezer.h"
#include "cgroups/kill.h"
#include "cgroups/manager.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

// Of pidfd_open(2): the process has ended, and its number is free, or a thread's by now (EINVAL, since Linux 6.15
// ENOENT).
bool has_passed_on(const Error& error) {
  return error.code() == ESRCH || error.code() == EINVAL || error.code() == ENOENT;
}

// Signals a process that is known by a number only, if it is (still) in the cgroup: the number may have passed on to a
// stranger since it was read. So: hold the process, see that the cgroup still lists it, signal what is held.
Result<void> signal_members(const Location& location, int signal, std::span<const pid_t> pids) {
  struct Held {
    pid_t pid;
    UniqueFd process;
  };
  std::vector<Held> held;
  for (const pid_t pid : pids) {
    Result<UniqueFd> process = sys::pidfd_open(pid);
    if (process.ok())
      held.push_back({.pid = pid, .process = std::move(process).value()});
    else if (!has_passed_on(process.error()))
      return std::move(process).error();
  }
  const std::vector<pid_t> members = TRY(processes(location));
  for (const Held& candidate : held) {
    if (!std::binary_search(members.begin(), members.end(), candidate.pid)) continue;
    Result<void> sent = sys::pidfd_send_signal(candidate.process, signal);
    if (!sent.ok() && sent.error().code() != ESRCH) return sent;
  }
  return {};
}

// Signals every process once, again and again until no new ones appear: what forks while we look is found by the next
// pass. In batches, since each takes a descriptor.
Result<void> signal_all(const Location& location, int signal) {
  constexpr std::size_t kBatch = 128;
  constexpr int kMaxPasses = 10'000;  // a process that forks faster than that can't be caught without a freezer
  std::vector<pid_t> done;            // ascending
  for (int pass = 0; pass < kMaxPasses; ++pass) {
    const std::vector<pid_t> members = TRY(processes(location));
    std::vector<pid_t> fresh;
    std::set_difference(members.begin(), members.end(), done.begin(), done.end(), std::back_inserter(fresh));
    if (fresh.empty()) return {};
    if (fresh.size() > kBatch) fresh.resize(kBatch);
    TRY(signal_members(location, signal, fresh));
    const auto middle = done.insert(done.end(), fresh.begin(), fresh.end());
    std::inplace_merge(done.begin(), middle, done.end());
  }
  return Error::make(Error::Kind::kSystem, "processes appear in the cgroup faster than they can be signalled");
}

}  // namespace

Result<std::vector<pid_t>> processes(const Location& location) {
  std::vector<pid_t> all;
  for (const Hierarchy& hierarchy : location.hierarchies) {
    const UniqueFd directory = TRY(open_cgroup(hierarchy));
    if (!directory) continue;
    const std::vector<pid_t> here = TRY(processes_below(directory), "list processes of", hierarchy.directory());
    all.insert(all.end(), here.begin(), here.end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

Result<void> kill_all(const Location& location, int signal) {
  const Hierarchy* unified = location.unified();
  if (signal == SIGKILL && unified != nullptr && TRY(write_if_there(*unified, "cgroup.kill", "1"))) {
    if (location.v2_only()) return {};
    TRY(let_killed_die(location));
    // Whoever is in a v1 hierarchy only.
    return signal_all(location, signal);
  }
  return signal_still(location, signal);
}

Result<void> signal_still(const Location& location, int signal) {
  // Or a signal to us could leave it frozen.
  const sys::BlockedSignals blocked;
  Stillness stillness = TRY(Stillness::begin(location, /*keep_frozen=*/signal != SIGKILL));
  TRY(signal_all(location, signal));
  TRY(stillness.end());
  if (signal == SIGKILL) return let_killed_die(location);
  return {};
}

}  // namespace brig::cgroups
