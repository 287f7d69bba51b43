// What the memory controller tells while a container runs: kills for lack of memory, and pressure. For use with
// poll(2).
#pragma once

#include <cstdint>
#include <optional>

#include "base/fd.h"
#include "base/result.h"
#include "base/sys.h"
#include "cgroups/manager.h"

namespace brig::cgroups {

// Out of memory. v1: an eventfd at memory.oom_control, which also tells where the killer is disabled; v2: the count of
// kills in memory.events.
class OomWatch {
 public:
  // From now on. nullopt if the memory controller is not there for this container.
  static Result<std::optional<OomWatch>> open(const Location& location);
  pollfd entry() const;
  // Whether it happened since the last call. false if the cgroup is gone.
  Result<bool> happened();
  // Whether happened() found the cgroup gone: poll(2) would never wait for it again.
  bool over() const { return over_; }

 private:
  OomWatch() = default;
  static Result<std::optional<OomWatch>> open_v1(const Hierarchy& hierarchy);
  static Result<std::optional<OomWatch>> open_v2(const Hierarchy& hierarchy);
  Result<std::uint64_t> read_kills();

  UniqueFd directory_;
  UniqueFd event_;  // v1: the eventfd; v2: memory.events as it was read last
  bool unified_ = false, over_ = false;
  std::uint64_t kills_ = 0;  // v2
};

// Memory pressure: some process waited for memory for more than a tenth of the last two seconds, which is what systemd
// takes for pressure (Documentation/accounting/psi.rst, "Monitoring for pressure thresholds"). Needs a cgroup2
// directory, which a hybrid machine has too.
class PressureWatch {
 public:
  // From now on. kUnsupported if there is no cgroup2 here, or its kernel does not measure pressure (Linux 5.2, psi=1).
  static Result<PressureWatch> open(const Location& location);
  // POLLPRI: at most one event in two seconds; POLLERR: the cgroup is gone.
  pollfd entry() const { return sys::poll_entry(trigger_, POLLPRI); }

 private:
  explicit PressureWatch(UniqueFd trigger) : trigger_(std::move(trigger)) {}
  UniqueFd trigger_;
};

}  // namespace brig::cgroups
