#include "cgroups/memory_watch.h"

#include <array>
#include <string>
#include <utility>

#include "base/text.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

constexpr const char* kEvents = "memory.events";
constexpr const char* kOomControl = "memory.oom_control";
constexpr const char* kPressure = "memory.pressure";

// Microseconds of waiting, in a window of microseconds. Windows of other lengths than two seconds take a privilege
// (Linux 6.6).
constexpr const char* kTrigger = "some 200000 2000000";

bool missing(const Error& error) { return gone(error) || error.code() == EOPNOTSUPP; }

}  // namespace

Result<std::optional<OomWatch>> OomWatch::open(const Location& location) {
  if (location.v2_only()) return open_v2(*location.unified());
  const Hierarchy* memory = location.with("memory");
  if (memory == nullptr) return std::optional<OomWatch>();
  return open_v1(*memory);
}

// Documentation/admin-guide/cgroup-v1/memory.rst, "OOM Control".
Result<std::optional<OomWatch>> OomWatch::open_v1(const Hierarchy& hierarchy) {
  OomWatch watch;
  watch.directory_ = TRY(open_cgroup(hierarchy));
  if (!watch.directory_) return std::optional<OomWatch>();
  watch.event_ = TRY(sys::eventfd());
  const UniqueFd control = TRY(sys::openat(watch.directory_, kOomControl, O_RDONLY));
  const std::string request = text::cat(sys::fd_number(watch.event_), ' ', sys::fd_number(control));
  TRY(write_file(watch.directory_, "cgroup.event_control", request), "ask for out-of-memory events");
  return std::optional(std::move(watch));
}

Result<std::optional<OomWatch>> OomWatch::open_v2(const Hierarchy& hierarchy) {
  OomWatch watch;
  watch.unified_ = true;
  watch.directory_ = TRY(open_cgroup(hierarchy));
  if (!watch.directory_) return std::optional<OomWatch>();
  Result<std::uint64_t> kills = watch.read_kills();
  if (!kills.ok() && missing(kills.error())) return std::optional<OomWatch>();
  watch.kills_ = TRY(std::move(kills));
  return std::optional(std::move(watch));
}

// An event counts from the last read of an open file, so one after this read is not lost.
Result<std::uint64_t> OomWatch::read_kills() {
  event_ = TRY(sys::openat(directory_, kEvents, O_RDONLY));
  const std::string content = TRY(sys::read_all(event_, 4096), kEvents);
  for (const std::string& line : text::split(content, '\n'))
    if (line.starts_with("oom_kill ")) return text::parse_int<std::uint64_t>(line.substr(9)).value_or(0);
  return std::uint64_t{0};
}

pollfd OomWatch::entry() const { return sys::poll_entry(event_, unified_ ? POLLPRI : POLLIN); }

Result<bool> OomWatch::happened() {
  if (unified_) {
    Result<std::uint64_t> kills = read_kills();
    over_ = !kills.ok() && missing(kills.error());
    if (over_) return false;
    const std::uint64_t now = TRY(std::move(kills));
    return std::exchange(kills_, now) < now;
  }
  std::array<char, 8> count;
  Result<std::size_t> read = sys::read(event_, count);
  if (!read.ok() && read.error().code() == EAGAIN) return false;
  TRY(std::move(read));
  // The end of the cgroup is an event too.
  over_ = !sys::fstatat(directory_, kOomControl, AT_SYMLINK_NOFOLLOW).ok();
  return !over_;
}

Result<PressureWatch> PressureWatch::open(const Location& location) {
  const Hierarchy* unified = location.unified();
  if (unified == nullptr)
    return Error::make(Error::Kind::kUnsupported,
                       "memory pressure is measured on cgroup v2 only, which is not mounted");
  const UniqueFd directory = TRY(open_cgroup(*unified));
  if (!directory) return Error::system("open", unified->directory(), ENOENT);
  Result<UniqueFd> opened = sys::openat(directory, kPressure, O_RDWR | O_NONBLOCK);
  if (!opened.ok() && missing(opened.error()))
    return Error::make(Error::Kind::kUnsupported, "this kernel does not measure memory pressure")
        .with_hint("boot it with psi=1");
  UniqueFd trigger = TRY(std::move(opened));
  TRY(sys::write_once(trigger, kTrigger), "ask for memory pressure events", kPressure);
  return PressureWatch(std::move(trigger));
}

}  // namespace brig::cgroups
