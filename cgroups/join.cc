// Processes into the container's cgroup, and why they may not, or why there can be none.
#include <cerrno>
#include <string>
#include <utility>

#include "base/text.h"
#include "cgroups/join.h"
#include "cgroups/manager.h"
#include "cgroups/occupants.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

// The first cgroup from the top on of which `is_it` holds, by the name of its directory; "" if none.
template <typename Predicate>
std::string first_above(const Hierarchy& hierarchy, Predicate is_it) {
  const Result<UniqueFd> mount = open_mount(hierarchy);
  if (!mount.ok()) return "";
  for (const std::string& path : ancestors(hierarchy.path)) {
    const Result<UniqueFd> directory = open_below(mount.value(), path);
    if (directory.ok() && is_it(directory.value())) return path == "/" ? hierarchy.mount : hierarchy.mount + path;
  }
  return "";
}

std::string content_of(FdRef directory, CStr file) {
  Result<std::string> content = read_file(directory, file);
  return content.ok() ? std::move(content).value() : "";
}

bool is_full(FdRef directory) {
  const auto most = text::parse_int<std::uint64_t>(content_of(directory, "pids.max"));  // not "max"
  const auto now = text::parse_int<std::uint64_t>(content_of(directory, "pids.current"));
  return most && now && *now >= *most;
}

bool is_threaded(FdRef directory) {
  const std::string type = content_of(directory, "cgroup.type");
  return type == "threaded" || type == "domain threaded";
}

std::string why_no_domain(const Hierarchy& hierarchy, FdRef directory) {
  const std::string above = first_above(hierarchy, is_threaded);
  return text::cat("it is of type \"", content_of(directory, "cgroup.type"), "\"",
                   above.empty() ? "" : text::cat(": ", above, " above it is threaded, and has only threads below it"));
}

std::string why_full(const Hierarchy& hierarchy, FdRef directory) {
  if (is_full(directory)) return "its pids.max is reached";
  const std::string above = first_above(hierarchy, is_full);
  return above.empty() ? "" : text::cat("pids.max of ", above, " is reached");
}

std::string why_not_v1(int code) {
  // cgroup-v1/cpusets: a cpuset without CPUs or memory nodes.
  return code == ENOSPC ? "it has no CPUs or no memory nodes" : "";
}

// cgroup-v2, "cgroup.max.descendants", "cgroup.max.depth". The root has neither.
std::string why_no_more(const Hierarchy& hierarchy) {
  const auto has_enough = [](FdRef directory) {
    const auto most = text::parse_int<std::uint64_t>(content_of(directory, "cgroup.max.descendants"));  // not "max"
    const Result<std::string> now = read_key(directory, "cgroup.stat", "nr_descendants");
    return most && now.ok() && text::parse_int<std::uint64_t>(now.value()).value_or(0) >= *most;
  };
  if (const std::string above = first_above(hierarchy, has_enough); !above.empty())
    return text::cat("cgroup.max.descendants of ", above, " is reached");
  std::size_t below = ancestors(hierarchy.path).size() + 1;
  const auto is_too_deep = [&below](FdRef directory) {
    --below;
    const auto most = text::parse_int<std::uint64_t>(content_of(directory, "cgroup.max.depth"));  // not "max"
    return most && *most < below;
  };
  const std::string above = first_above(hierarchy, is_too_deep);
  return above.empty() ? "" : text::cat("cgroup.max.depth of ", above, " is reached");
}

// clone(2) CLONE_INTO_CGROUP; cgroup-v2, "No Internal Process Constraint", "Threads", "Delegation Containment".
std::string why_not_v2(const Hierarchy& hierarchy, FdRef directory, int code) {
  switch (code) {
    case EBUSY:
      return text::cat("it gives controllers (", content_of(directory, "cgroup.subtree_control"),
                       ") to cgroups below it, so no process may enter it itself");
    case EOPNOTSUPP: return why_no_domain(hierarchy, directory);
    case EAGAIN: return why_full(hierarchy, directory);
    case EACCES:
      return "who moves a process needs write access to cgroup.procs of the nearest cgroup above both where it comes "
             "from "
             "and where it goes to";
    default: return "";
  }
}

}  // namespace

Error explain_join(const Hierarchy& hierarchy, FdRef directory, Error error) {
  const std::string why = hierarchy.unified ? why_not_v2(hierarchy, directory, error.code()) : why_not_v1(error.code());
  if (why.empty()) return error;
  return std::move(error).with_hint(text::cat("cgroup ", hierarchy.directory(), ": ", why));
}

Error explain_make(const Hierarchy& hierarchy, Error error) {
  if (error.code() == ENOSPC)
    return std::move(error).with_hint(
        "the kernel has ids for 65535 cgroups with a memory controller, those that were removed and still have memory "
        "charged to them included");
  const std::string why = error.code() == EAGAIN ? why_no_more(hierarchy) : "";
  return why.empty() ? std::move(error) : std::move(error).with_hint(why);
}

Error Draft::explain_clone(Error error) const {
  for (const Made& made : made_)
    if (made.hierarchy.unified) return explain_join(made.hierarchy, made.directory, std::move(error));
  return error;
}

// Back to back: the first attach waits for a grace period of RCU, the following ones share it.
Result<void> Draft::add(pid_t pid, bool cloned_into) const {
  const std::string number = std::to_string(pid);
  for (const Made& made : made_) {
    if (made.hierarchy.unified && cloned_into) continue;
    Result<void> joined = write_file(made.directory, "cgroup.procs", number);
    if (!joined.ok()) joined = explain_join(made.hierarchy, made.directory, std::move(joined).error());
    TRY(std::move(joined), "join cgroup", made.hierarchy.directory());
  }
  return {};
}

}  // namespace brig::cgroups
