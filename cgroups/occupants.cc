#include "cgroups/occupants.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/proc_dir.h"
#include "base/text.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

// A process may call itself anything (PR_SET_NAME), but an error is one line.
std::string plain(const std::string& name) {
  const bool odd = std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c > '~'; });
  return odd ? text::json_quote(name) : name;
}

std::string name_process(pid_t pid, const Result<ProcDir>& proc) {
  if (pid == 0) return "one of another pid namespace";
  if (!proc.ok()) return std::to_string(pid);
  const Result<std::string> name = proc.value().read(text::cat(pid, "/comm"));
  if (!name.ok()) return std::to_string(pid);
  return text::cat(pid, " (", plain(std::string(text::trim(name.value()))), ")");
}

// Threads of one process can share these out, so a cgroup that passes on nothing else may have processes: it becomes
// threaded then (cgroup-v2, "Threads").
bool bars_processes(const std::string& subtree_control) {
  const std::vector<std::string> threaded = {"", "cpu", "cpuset", "perf_event", "pids"};
  const std::vector<std::string> all = text::split(subtree_control, ' ');
  return !std::all_of(all.begin(), all.end(), [&](const std::string& one) { return text::contains(threaded, one); });
}

bool freezes(const Hierarchy& hierarchy) {
  return hierarchy.unified || text::contains(hierarchy.controllers, "freezer");
}

// Whether this one was told to freeze, whatever those above were. The root has no such file.
bool told_to_freeze(FdRef directory, bool unified) {
  const Result<std::string> told = read_file(directory, unified ? "cgroup.freeze" : "freezer.self_freezing");
  return told.ok() && told.value() == "1";
}

std::string frozen_one(const Hierarchy& hierarchy) {
  const Result<UniqueFd> mount = open_mount(hierarchy);
  if (!mount.ok()) return hierarchy.directory();
  for (const std::string& path : ancestors(hierarchy.path)) {
    const Result<UniqueFd> directory = open_below(mount.value(), path);
    if (directory.ok() && told_to_freeze(directory.value(), hierarchy.unified))
      return path == "/" ? hierarchy.mount : hierarchy.mount + path;
  }
  return hierarchy.directory();
}

}  // namespace

std::string name_processes(const std::vector<pid_t>& pids) {
  constexpr std::size_t kMost = 8;
  const Result<ProcDir> proc = ProcDir::open();
  std::vector<std::string> named;
  for (std::size_t i = 0; i < std::min(pids.size(), kMost); ++i) named.push_back(name_process(pids[i], proc));
  std::string all = text::join(named, ", ");
  if (pids.size() > kMost) all += text::cat(" and ", pids.size() - kMost, " more");
  return all;
}

Result<std::vector<pid_t>> listed_here(FdRef directory) {
  std::vector<pid_t> pids;
  Result<std::string> read = read_file(directory, "cgroup.procs");
  if (!read.ok() && read.error().code() == EOPNOTSUPP) return pids;
  const std::string listed = TRY(std::move(read));
  for (const std::string& line : text::split(listed, '\n'))
    if (const std::optional<pid_t> pid = text::parse_int<pid_t>(line)) pids.push_back(*pid);
  return pids;
}

Result<void> check_unused(const Hierarchy& hierarchy, FdRef directory) {
  const std::vector<pid_t> pids = TRY(processes_below(directory));
  if (!pids.empty())
    return Error::make(Error::Kind::kState,
                       text::cat("container's cgroup is not empty: ", pids.size(), " process(es) found in ",
                                 hierarchy.directory(), ": ", name_processes(pids)))
        .with_hint("they are another's, or left: end them, or give this container another linux.cgroupsPath");
  TRY(check_not_frozen(hierarchy, directory));
  if (!hierarchy.unified) return {};
  if (TRY(read_key(directory, "cgroup.events", "populated")) == "1")
    return Error::make(Error::Kind::kState, text::cat("container's cgroup is not empty: ", hierarchy.directory(),
                                                      " holds processes that can't be seen from this pid namespace"));
  const std::string passed_on = TRY(read_file(directory, "cgroup.subtree_control"));
  if (!bars_processes(passed_on)) return {};
  return Error::make(Error::Kind::kState,
                     text::cat("container's cgroup ", hierarchy.directory(), " gives controllers (", passed_on,
                               ") to cgroups below it, so no process may enter it itself"));
}

Result<void> check_not_frozen(const Hierarchy& hierarchy, FdRef directory) {
  if (!freezes(hierarchy)) return {};
  // Both tell of what those above do, too: a cgroup without processes is frozen as soon as it is to be.
  Result<std::string> read =
      hierarchy.unified ? read_key(directory, "cgroup.events", "frozen") : read_file(directory, "freezer.state");
  if (!read.ok() && gone(read.error())) return {};  // the root
  const std::string state = TRY(std::move(read));
  if (state.empty() || state == "0" || state == "THAWED") return {};
  const std::string where = frozen_one(hierarchy);
  return Error::make(Error::Kind::kState,
                     text::cat("container's cgroup unexpectedly frozen: ", hierarchy.directory(),
                               where == hierarchy.directory() ? "" : text::cat(", by ", where, " above it")));
}

std::vector<std::string> ancestors(const std::string& path) {
  std::vector<std::string> found = {"/"};
  for (std::size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1))
    found.push_back(path.substr(0, end));
  return found;
}

}  // namespace brig::cgroups
