#include "cgroups/freezer.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/sys.h"
#include "base/text.h"
#include "cgroups/not_frozen.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

constexpr const char* kFreezerState = "freezer.state";  // v1: THAWED, FREEZING, FROZEN
constexpr const char* kFreeze = "cgroup.freeze";        // v2: 0, 1

const char* file_of(const Hierarchy& hierarchy) { return hierarchy.unified ? kFreeze : kFreezerState; }
const char* on(const Hierarchy& hierarchy) { return hierarchy.unified ? "1" : "FROZEN"; }
const char* off(const Hierarchy& hierarchy) { return hierarchy.unified ? "0" : "THAWED"; }

bool can_freeze(const Hierarchy& hierarchy) {
  return hierarchy.unified || text::contains(hierarchy.controllers, "freezer");
}

const Hierarchy* freezer_of(const Location& location) {
  const Hierarchy* v1 = location.with("freezer");
  return v1 != nullptr ? v1 : location.unified();
}

// A v1 cgroup that is about to freeze, or that a cgroup above it freezes, counts.
Result<bool> frozen_in(const Hierarchy& hierarchy) {
  const UniqueFd directory = TRY(open_cgroup(hierarchy));
  if (!directory) return false;
  Result<std::string> state = read_file(directory, file_of(hierarchy));
  if (!state.ok() && gone(state.error())) return false;
  const std::string word = TRY(std::move(state));
  return word != off(hierarchy);
}

// Whether this very process is in the cgroup: it would freeze itself, and nobody would be left to thaw it.
Result<bool> holds_us(FdRef directory) {
  const std::vector<pid_t> members = TRY(processes_below(directory));
  return std::find(members.begin(), members.end(), sys::getpid()) != members.end();
}

Result<bool> wait_until_frozen(FdRef directory, const Deadline& deadline) {
  for (;;) {
    const UniqueFd events = TRY(sys::openat(directory, "cgroup.events", O_RDONLY));
    // An event counts from the last read of this open file, so one between the read and the poll is not lost.
    const std::string content = TRY(sys::read_all(events, 4096));
    if (text::contains(text::split(content, '\n'), "frozen 1")) return true;
    pollfd entry = sys::poll_entry(events, POLLPRI);
    if (TRY(sys::poll({&entry, 1}, deadline.left_ms())) == 0) return false;
  }
}

Result<bool> freeze_v2(FdRef directory, const Deadline& deadline) {
  TRY(write_file(directory, kFreeze, "1"));
  return wait_until_frozen(directory, deadline);
}

// v1 tells nobody when it is done, and a process that appears while it freezes may keep it in FREEZING for ever: asking
// again, and now and then letting go for a moment, gets past most of that (cgroup-v1/freezer-subsystem, "FREEZING").
Result<bool> freeze_v1(FdRef directory, const Deadline& deadline) {
  constexpr int kMaxPauseMs = 16;
  constexpr int kTriesBetweenThaws = 50;
  int pause_ms = 1;
  for (int tried = 1;; ++tried) {
    TRY(write_file(directory, kFreezerState, "FROZEN"));
    const std::string state = TRY(read_file(directory, kFreezerState));
    if (state == "FROZEN") return true;
    if (deadline.left_ms() == 0) return false;
    if (tried % kTriesBetweenThaws == 0) TRY(write_file(directory, kFreezerState, "THAWED"));
    TRY(sys::poll({}, pause_ms));
    pause_ms = std::min(2 * pause_ms, kMaxPauseMs);
  }
}

Result<void> freeze_or_tell(const Hierarchy& hierarchy, FdRef directory, int timeout_ms) {
  const Deadline deadline(timeout_ms);
  Result<bool> done = hierarchy.unified ? freeze_v2(directory, deadline) : freeze_v1(directory, deadline);
  if (!done.ok() && done.error().code() == ENOENT)
    return Error::make(Error::Kind::kUnsupported, text::cat("this kernel has no freezer: ", done.error().to_string()));
  if (TRY(std::move(done), "freeze", hierarchy.directory())) return {};
  return not_frozen(hierarchy, directory, timeout_ms);
}

Error frozen_from_above(const Hierarchy& hierarchy) {
  return Error::make(Error::Kind::kState,
                     text::cat(hierarchy.directory(), " stays frozen: a cgroup above it is frozen"));
}

// `prefix` says which cgroup: "", or "name/" for one below.
Result<void> thaw_v1(FdRef directory, const std::string& prefix) {
  const std::string file = prefix + kFreezerState;
  Result<std::string> read = read_file(directory, file);
  if (!read.ok() && gone(read.error())) return {};
  const std::string state = TRY(std::move(read));
  if (state == "THAWED") return {};
  Result<void> written = write_file(directory, file, "THAWED");
  if (!written.ok() && gone(written.error())) return {};
  return written;
}

}  // namespace

Result<bool> write_if_there(const Hierarchy& hierarchy, CStr file, std::string_view value) {
  const UniqueFd directory = TRY(open_cgroup(hierarchy));
  if (!directory) return false;
  Result<void> written = write_file(directory, file, value);
  if (!written.ok() && (gone(written.error()) || written.error().code() == EOPNOTSUPP)) return false;
  TRY(std::move(written));
  return true;
}

Result<Stillness> Stillness::begin(const Location& location, bool keep_frozen) {
  Stillness stillness;
  const Hierarchy* hierarchy = freezer_of(location);
  if (hierarchy == nullptr) return stillness;
  const UniqueFd directory = TRY(open_cgroup(*hierarchy));
  if (!directory) return stillness;
  if (TRY(holds_us(directory))) return stillness;
  const bool was_frozen = TRY(frozen_in(*hierarchy));
  const bool done = TRY(write_if_there(*hierarchy, file_of(*hierarchy), on(*hierarchy)));
  if (done && !(was_frozen && keep_frozen)) stillness.to_thaw_ = *hierarchy;
  return stillness;
}

Result<void> Stillness::end() {
  if (!to_thaw_) return {};
  const Hierarchy hierarchy = *std::exchange(to_thaw_, std::nullopt);
  TRY(write_if_there(hierarchy, file_of(hierarchy), off(hierarchy)), "thaw", hierarchy.directory());
  return {};
}

Result<bool> frozen(const Location& location) {
  for (const Hierarchy& hierarchy : location.hierarchies) {
    if (!can_freeze(hierarchy)) continue;
    if (TRY(frozen_in(hierarchy))) return true;
  }
  return false;
}

Result<void> freeze(const Location& location, int timeout_ms) {
  const Hierarchy* hierarchy = freezer_of(location);
  if (hierarchy == nullptr)
    return Error::make(Error::Kind::kUnsupported, "the container has no cgroup that could be frozen");
  const UniqueFd directory = TRY(open_cgroup(*hierarchy));
  if (!directory) return Error::system("open", hierarchy->directory(), ENOENT);
  if (TRY(holds_us(directory)))
    return Error::make(Error::Kind::kUnsafe,
                       text::cat(hierarchy->directory(), " holds this process too, which would freeze itself"));
  const sys::BlockedSignals blocked;  // A signal to us must not leave it half frozen.
  Result<void> done = freeze_or_tell(*hierarchy, directory, timeout_ms);
  // Ignored: the error of the attempt is told.
  if (!done.ok()) (void)write_file(directory, file_of(*hierarchy), off(*hierarchy)).ok();
  return done;
}

Result<void> thaw(const Location& location) {
  for (const Hierarchy& hierarchy : location.hierarchies) {
    if (!can_freeze(hierarchy) || !TRY(frozen_in(hierarchy))) continue;
    TRY(write_if_there(hierarchy, file_of(hierarchy), off(hierarchy)), "thaw", hierarchy.directory());
    if (TRY(frozen_in(hierarchy))) return frozen_from_above(hierarchy);
  }
  return {};
}

Result<void> let_killed_die(const Location& location) {
  const Hierarchy* freezer = location.with("freezer");
  if (freezer == nullptr) return {};
  const UniqueFd top = TRY(open_cgroup(*freezer));
  if (!top) return {};
  TRY(for_each_below(top, [](FdRef parent, const std::string& name) { return thaw_v1(parent, name + "/"); }));
  TRY(thaw_v1(top, ""), "thaw", freezer->directory());
  if (TRY(frozen_in(*freezer))) return frozen_from_above(*freezer);
  return {};
}

}  // namespace brig::cgroups
