#include "cgroups/entry.h"

#include <algorithm>
#include <string_view>

#include "base/sys.h"
#include "base/text.h"
#include "cgroups/join.h"
#include "cgroups/systemd.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

Error usage(std::string_view wanted, std::string_view why) {
  return Error::make(Error::Kind::kUsage, text::cat("cgroup ", text::json_quote(wanted), ": ", why));
}

// "a//b/" -> "/a/b"; ".." would lead to another container's.
Result<std::string> clean_path(std::string_view wanted, std::string_view path) {
  std::string clean;
  for (const std::string& part : text::split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") return usage(wanted, "\"..\" would lead out of the container's cgroup");
    clean += text::cat('/', part);
  }
  return clean.empty() ? "/" : clean;
}

bool has_controller(const Hierarchy& hierarchy, std::string_view controller) {
  return std::find(hierarchy.controllers.begin(), hierarchy.controllers.end(), controller) !=
         hierarchy.controllers.end();
}

// `path` in every hierarchy that has one of the comma-separated controllers.
Result<void> place(std::string_view wanted, std::string_view controllers, const std::string& path,
                   const Location& location, std::vector<std::string>& paths) {
  for (const std::string& controller : text::split(controllers, ',')) {
    bool found = false;
    for (std::size_t i = 0; i < paths.size(); ++i) {
      if (!has_controller(location.hierarchies[i], controller)) continue;
      paths[i] = path;
      found = true;
    }
    if (!found)
      return usage(wanted, location.v2_only() ? text::cat("with cgroup v2 it is a path, without a controller")
                                              : text::cat("the container has no cgroup with controller ", controller));
  }
  return {};
}

// The path in `text`, of /proc/PID/cgroup, of the unified hierarchy; "" if there is none.
std::string unified_path(std::string_view text) {
  for (const std::string& line : text::split(text, '\n'))
    if (line.starts_with("0::")) return line.substr(3);
  return {};
}

bool is_below(std::string_view path, std::string_view top) {
  return path.starts_with(top) && path.size() > top.size() && path[top.size()] == '/';
}

}  // namespace

Result<std::vector<std::string>> sub_cgroups(const Location& location, const std::vector<std::string>& wanted) {
  std::vector<std::string> paths(location.hierarchies.size(), "/");
  for (const std::string& one : wanted) {
    const std::size_t colon = one.find(':');
    const std::string path = TRY(clean_path(one, colon == std::string::npos ? one : one.substr(colon + 1)));
    if (colon != std::string::npos) {
      TRY(place(one, std::string_view(one).substr(0, colon), path, location, paths));
    } else if (wanted.size() == 1) {
      paths.assign(paths.size(), path);
    } else {
      return usage(one, "lacks its controllers (CONTROLLER:PATH), as there is more than one");
    }
  }
  return paths;
}

Result<Entry> Entry::open(const Location& location, const std::vector<std::string>& wanted) {
  Entry entry;
  entry.chosen_ = !wanted.empty();
  entry.unit_ = location.unit;
  const std::vector<std::string> paths = TRY(sub_cgroups(location, wanted));
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const Hierarchy& hierarchy = location.hierarchies[i];
    const UniqueFd mount = TRY(open_mount(hierarchy));
    const std::string sub = paths[i] == "/" ? std::string() : paths[i];
    if (hierarchy.unified) entry.below_unit_ = sub;
    auto directory = open_below(mount, hierarchy.path + sub);
    const bool optional = hierarchy.unified && !location.v2_only() && !sub.empty();
    if (!directory.ok() && directory.error().code() == ENOENT && optional)
      directory = open_below(mount, hierarchy.path);
    entry.places_.push_back(
        {.hierarchy = hierarchy,
         .directory = TRY(std::move(directory), "open the container's cgroup", hierarchy.directory() + sub)});
  }
  return entry;
}

Result<Entry> Entry::open_cgroup_of(pid_t init, const Location& location, const ProcDir& proc) {
  Location now = location;
  for (Hierarchy& hierarchy : now.hierarchies) {
    const std::string path = unified_path(TRY(proc.read(text::cat(init, "/cgroup"))));
    // Above what we see of the hierarchy, or removed as well.
    if (path.empty() || path.starts_with("/..") || path.ends_with(" (deleted)"))
      return Error::system("find", "the cgroup of the container's init", ENOENT);
    hierarchy.path = path;
  }
  return open(now, {});
}

std::optional<FdRef> Entry::clone_target() const {
  if (by_systemd_) return std::nullopt;
  for (const Place& place : places_)
    if (place.hierarchy.unified) return FdRef(place.directory);
  return std::nullopt;
}

bool Entry::leave_to_systemd(const Error& why) {
  by_systemd_ = why.code() == EACCES && unit_ && unit_->of_user;
  return by_systemd_;
}

Result<bool> Entry::try_cgroup_of(pid_t init, const Error& why, const ProcDir& proc) {
  if (chosen_ || why.code() != EBUSY) return false;
  for (Place& place : places_) {
    if (!place.hierarchy.unified) continue;
    const std::string path = unified_path(TRY(proc.read(text::cat(init, "/cgroup"))));
    // Of a process that has left the container's cgroup nothing follows for others.
    if (!is_below(path, place.hierarchy.path)) return false;
    const UniqueFd mount = TRY(open_mount(place.hierarchy));
    place.directory = TRY(open_below(mount, path), "open the cgroup of the container's init", path);
    return true;
  }
  return false;
}

Error Entry::explain_clone(Error error) const {
  for (const Place& place : places_)
    if (place.hierarchy.unified) return explain_join(place.hierarchy, place.directory, std::move(error));
  return error;
}

bool Entry::attaches() const {
  return std::any_of(places_.begin(), places_.end(), [](const Place& place) { return !place.hierarchy.unified; });
}

Result<void> Entry::add(pid_t pid) const {
  if (by_systemd_) {
    Systemd systemd = TRY(Systemd::connect_to(Whose::kUser));
    TRY(systemd.attach(unit_->name, below_unit_, pid), "have systemd move the process into", unit_->name);
  }
  const std::string number = std::to_string(pid);
  for (const Place& place : places_) {
    if (place.hierarchy.unified) continue;
    auto joined = write_file(place.directory, "cgroup.procs", number);
    if (!joined.ok()) joined = explain_join(place.hierarchy, place.directory, std::move(joined).error());
    TRY(std::move(joined), "join cgroup", place.hierarchy.directory());
  }
  return {};
}

}  // namespace brig::cgroups
