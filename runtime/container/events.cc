// Runs in: runtime.
#include <array>
#include <chrono>

#include "base/deadline.h"
#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "cgroups/memory_watch.h"
#include "cgroups/stats.h"
#include "runtime/container/directory.h"
#include "runtime/container/event_documents.h"
#include "runtime/container/operations.h"
#include "runtime/container/status.h"

namespace brig::container {
namespace {

// Writes one line at a time. false: nobody reads any more.
class Teller {
 public:
  Teller(const Record& record, FdRef out) : record_(record), out_(out) {}

  Result<bool> stats() const {
    const cgroups::Stats stats = TRY(cgroups::read_stats(record_.cgroup));
    std::optional<RdtStats> rdt;
    if (record_.rdt) rdt = TRY(read_rdt_stats(*record_.rdt), "read resctrl statistics");
    return write(stats_event(record_.id, stats, rdt));
  }
  Result<bool> oom() const { return write(oom_event(record_.id)); }
  Result<bool> pressure() const {
    const cgroups::Stats stats = TRY(cgroups::read_stats(record_.cgroup));
    return write(pressure_event(record_.id, stats.memory.pressure.value_or(cgroups::Pressure())));
  }

 private:
  Result<bool> write(const std::string& line) const {
    Result<void> written = sys::write(out_, line);
    if (!written.ok() && written.error().code() == EPIPE) return false;
    TRY(std::move(written), "write to standard output");
    return true;
  }

  const Record& record_;
  FdRef out_;
};

// What may happen, each with its descriptor for poll(2).
struct Sources {
  UniqueFd init;
  std::optional<cgroups::OomWatch> oom;
  std::optional<cgroups::PressureWatch> pressure;
};

Result<Sources> open_sources(const Record& record, const EventsRequest& request, const ProcDir& proc) {
  Sources sources;
  sources.init = TRY(open_process(record.init, proc));
  sources.oom = TRY(cgroups::OomWatch::open(record.cgroup));
  if (!sources.oom) log::warn("kills for lack of memory are not told: the container has no memory controller");
  if (request.pressure) sources.pressure = TRY(cgroups::PressureWatch::open(record.cgroup));
  return sources;
}

// What is left to tell of a container that has stopped: a kill was counted before its process ended.
Result<void> tell_last(const Teller& teller, Sources& sources) {
  if (sources.oom && TRY(sources.oom->happened())) TRY(teller.oom());
  return {};
}

// One wait, and what came of it; false if that was the end.
Result<bool> attend(const Teller& teller, Sources& sources, FdRef out, const Deadline& next) {
  pollfd none = {.fd = -1, .events = 0, .revents = 0};  // poll(2) passes over it
  std::array<pollfd, 4> fds = {sys::poll_entry(sources.init, POLLIN), sys::poll_entry(out, 0),
                               sources.oom ? sources.oom->entry() : none,
                               sources.pressure ? sources.pressure->entry() : none};
  TRY(sys::poll(fds, next.left_ms()), "wait for events");
  const auto& [init, reader, oom, pressure] = fds;
  if (init.revents != 0) {
    TRY(tell_last(teller, sources));
    return false;
  }
  if (reader.revents != 0) return false;
  if (oom.revents != 0 && TRY(sources.oom->happened()) && !TRY(teller.oom())) return false;
  if (sources.oom && sources.oom->over()) sources.oom.reset();
  if ((pressure.revents & POLLERR) != 0) {
    sources.pressure.reset();
  } else if (pressure.revents != 0) {
    return teller.pressure();
  }
  return true;
}

Result<void> tell_until_end(const Teller& teller, Sources& sources, FdRef out, std::uint64_t interval_ns) {
  std::uint64_t next = sys::monotonic_ns() + interval_ns;
  while (TRY(attend(teller, sources, out, Deadline::at(next)))) {
    const std::uint64_t now = sys::monotonic_ns();
    if (now < next) continue;
    if (!TRY(teller.stats())) break;
    next += (1 + (now - next) / interval_ns) * interval_ns;  // those that were missed are not made up for
  }
  return {};
}

}  // namespace

Result<void> events(const Globals& globals, const std::string& id, const EventsRequest& request, FdRef out) {
  const ProcDir proc = TRY(ProcDir::open());
  const Directory directory = TRY(Directory::open(globals, id));
  const Record record = TRY(directory.load());
  const oci::Status status = TRY(status_of(directory, record, proc));
  if (status == oci::Status::kStopped || status == oci::Status::kCreating)
    return Error::make(Error::Kind::kState, text::cat("container with id ", id, " is not running"));
  const sys::IgnoredSigpipe ignored;
  const Teller teller(record, out);
  if (request.stats_only) {
    TRY(teller.stats());
    return {};
  }
  Sources sources = TRY(open_sources(record, request, proc));
  return tell_until_end(teller, sources, out, static_cast<std::uint64_t>(request.interval.count()));
}

}  // namespace brig::container
