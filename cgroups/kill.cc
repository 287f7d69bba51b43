// Who is in a cgroup, whether they are frozen, and signals to all of them.
#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/sys.h"
#include "base/text.h"
#include "cgroups/manager.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

constexpr const char* kFreezerState = "freezer.state";  // v1: THAWED, FREEZING, FROZEN
constexpr const char* kFreeze = "cgroup.freeze";        // v2: 0, 1

// The whole of a file of the container's cgroup; "" if the cgroup or the file is not there.
Result<std::string> read_if_there(const Hierarchy& hierarchy, CStr file) {
  const UniqueFd directory = TRY(open_cgroup(hierarchy));
  if (!directory) return std::string();
  Result<std::string> content = read_file(directory, file);
  if (!content.ok() && gone(content.error())) return std::string();
  return content;
}

// Whether it was written: false if the cgroup or the file is not there, or not for cgroups of this kind.
Result<bool> write_if_there(const Hierarchy& hierarchy, CStr file, std::string_view value) {
  const UniqueFd directory = TRY(open_cgroup(hierarchy));
  if (!directory) return false;
  Result<void> written = write_file(directory, file, value);
  if (!written.ok() && (gone(written.error()) || written.error().code() == EOPNOTSUPP)) return false;
  TRY(std::move(written));
  return true;
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
    else if (process.error().code() != ESRCH && process.error().code() != EINVAL)  // EINVAL: its leader is dead
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

// The cgroup, held still: freezes it, and thaws it at the end of its life.
class Stillness {
 public:
  // Does nothing where there is no freezer. `keep_frozen`: a cgroup that was frozen before is to stay so.
  static Result<Stillness> begin(const Location& location, bool keep_frozen) {
    const Hierarchy* freezer = location.with("freezer");
    const Hierarchy* hierarchy = freezer != nullptr ? freezer : location.unified();
    Stillness stillness;
    if (hierarchy == nullptr) return stillness;
    const bool was_frozen = TRY(frozen({.hierarchies = {*hierarchy}}));
    const bool v1 = !hierarchy->unified;
    const bool done = TRY(write_if_there(*hierarchy, v1 ? kFreezerState : kFreeze, v1 ? "FROZEN" : "1"));
    if (done && !(was_frozen && keep_frozen)) stillness.to_thaw_ = *hierarchy;
    return stillness;
  }
  // Thaws, and says if that failed.
  Result<void> end() {
    if (!to_thaw_) return {};
    const Hierarchy hierarchy = *std::exchange(to_thaw_, std::nullopt);
    const bool v1 = !hierarchy.unified;
    TRY(write_if_there(hierarchy, v1 ? kFreezerState : kFreeze, v1 ? "THAWED" : "0"), "thaw", hierarchy.directory());
    return {};
  }
  Stillness() = default;
  Stillness(Stillness&& other) noexcept : to_thaw_(std::exchange(other.to_thaw_, std::nullopt)) {}
  Stillness& operator=(Stillness&&) = delete;
  ~Stillness() { (void)end().ok(); }  // Ignored: an error is on its way already; end() tells in all other cases.

 private:
  std::optional<Hierarchy> to_thaw_;
};

// v1 delivers no signal, not even SIGKILL, to a frozen process (cgroup-v1/freezer-subsystem).
Result<void> thaw_v1(const Location& location) {
  const Hierarchy* freezer = location.with("freezer");
  if (freezer == nullptr) return {};
  const std::string state = TRY(read_if_there(*freezer, kFreezerState));
  if (state.empty() || state == "THAWED") return {};
  TRY(write_if_there(*freezer, kFreezerState, "THAWED"), "thaw", freezer->directory());
  return {};
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

Result<bool> frozen(const Location& location) {
  for (const Hierarchy& hierarchy : location.hierarchies) {
    if (hierarchy.unified) {
      const std::string state = TRY(read_if_there(hierarchy, kFreeze));
      if (state == "1") return true;
    } else if (text::contains(hierarchy.controllers, "freezer")) {
      const std::string state = TRY(read_if_there(hierarchy, kFreezerState));
      if (!state.empty() && state != "THAWED") return true;
    }
  }
  return false;
}

Result<void> kill_all(const Location& location, int signal) {
  const Hierarchy* unified = location.unified();
  if (signal == SIGKILL && unified != nullptr && TRY(write_if_there(*unified, "cgroup.kill", "1"))) {
    if (location.v2_only()) return {};
    TRY(thaw_v1(location));
    // Whoever is in a v1 hierarchy only.
    return signal_all(location, signal);
  }
  Stillness stillness = TRY(Stillness::begin(location, /*keep_frozen=*/signal != SIGKILL));
  TRY(signal_all(location, signal));
  return stillness.end();
}

}  // namespace brig::cgroups
