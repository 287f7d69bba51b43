#include "cgroups/locate.h"

#include <limits.h>
#include <linux/magic.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/mountinfo.h"
#include "base/proc_dir.h"
#include "base/sys.h"
#include "base/text.h"
#include "cgroups/cgroup_path.h"
#include "cgroups/rootless.h"
#include "cgroups/scope.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

constexpr std::string_view kUsualPlace = "/sys/fs/cgroup";

bool at_or_below(std::string_view path, std::string_view top) {
  return top == "/" || (path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/'));
}

// Whether a mount made later covers this one: it is at or above the same place, yet not what this one stands on.
bool hidden(const MountInfo& mount, const std::vector<MountInfo>& all, const std::map<int, int>& parents) {
  const auto stands_on = [&](int id) {
    int below = mount.id;
    // Bounded by the table's size, in case it was read while changing and names a circle.
    for (std::size_t steps = 0; steps <= all.size(); ++steps) {
      if (below == id) return true;
      const auto next = parents.find(below);
      if (next == parents.end()) return false;
      below = next->second;
    }
    return false;
  };
  return std::any_of(all.begin(), all.end(), [&](const MountInfo& other) {
    return at_or_below(mount.point, other.point) && !stands_on(other.id);
  });
}

// The own cgroup's path as seen through a mount that shows `root`; nullopt if it can't be.
std::optional<std::string> seen_through(std::string_view root, std::string_view own) {
  // "/..": above the root of our cgroup namespace, so the two can't be compared (cgroup_namespaces(7)).
  if (own.starts_with("/..") || root.starts_with("/..") || !at_or_below(own, root)) return std::nullopt;
  const std::string_view rest = root == "/" ? own : own.substr(root.size());
  return rest == "/" ? std::string() : std::string(rest);
}

// One line of /proc/PID/cgroup: "4:memory:/path", "1:name=systemd:/", "0::/".
struct Own {
  std::vector<std::string> controllers;
  bool unified = false;
  std::string path;
};

std::optional<Own> parse_own(std::string_view line) {
  const std::size_t first = line.find(':');
  const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const std::string_view list = line.substr(first + 1, second - first - 1);
  Own own = {.controllers = {}, .unified = list.empty(), .path = std::string(line.substr(second + 1))};
  if (!own.unified) own.controllers = text::split(list, ',');
  return own;
}

bool shows(const CgroupMount& mount, const Own& own) {
  if (mount.unified || own.unified) return mount.unified == own.unified;
  return std::all_of(own.controllers.begin(), own.controllers.end(),
                     [&](const std::string& controller) { return text::contains(mount.options, controller); });
}

// The container's directory in the hierarchy that `own` is about, through the first mount that can show it; nullopt
// if the hierarchy is not mounted.
Result<std::optional<Hierarchy>> place_in(const std::vector<CgroupMount>& mounts, const Own& own,
                                          const std::string& path, Relative relative) {
  bool mounted = false;
  for (const CgroupMount& mount : mounts) {
    if (!shows(mount, own)) continue;
    mounted = true;
    Hierarchy found = {.controllers = own.controllers, .unified = own.unified, .mount = mount.point, .path = path};
    if (path.starts_with('/')) return std::optional(std::move(found));
    std::optional<std::string> above = seen_through(mount.root, own.path);
    if (!above) continue;
    if (relative == Relative::kBesideOwn && !above->empty()) above->resize(above->rfind('/'));
    found.path = text::cat(*above, "/", path);
    return std::optional(std::move(found));
  }
  if (!mounted) return std::optional<Hierarchy>();
  return Error::make(Error::Kind::kUnsupported,
                     text::cat("the own cgroup ", own.path, own.unified ? "" : " of ", text::join(own.controllers, ","),
                               " is not below any mounted cgroup file system; an absolute cgroupsPath would do"));
}

// The whole name too must be one that the container is found by again.
Result<void> check_length(const Hierarchy& hierarchy) {
  if (hierarchy.directory().size() < PATH_MAX) return {};
  return Error::config("/linux/cgroupsPath", text::cat("is longer than a path may be, below ", hierarchy.mount));
}

// Whether this user may make a directory in the one above; on v1, and where that one is not there, it is not asked.
bool may_make(const Location& location) {
  if (!location.v2_only()) return true;
  const Hierarchy& hierarchy = location.hierarchies.front();
  const std::string above = hierarchy.path.substr(0, hierarchy.path.rfind('/'));
  const Result<void> may = sys::faccessat(FdRef::cwd(), hierarchy.mount + above, W_OK, AT_EACCESS);
  return may.ok() || !lacks_rights(may.error());
}

// A pure cgroup v2 machine, recognised without reading the mount table, whose length is the host's affair: cgroup2 is
// at the usual place, writable, shows the tree's true root (the inode kernfs numbers 1), and our cgroup namespace is
// the initial one, so /proc/self/cgroup counts from there.
bool plain_v2(const ProcDir& proc) {
  constexpr ino_t kRootInode = 1;
  constexpr ino_t kInitialCgroupNamespace = 0xEFFFFFFB;  // PROC_CGROUP_INIT_INO, linux/proc_ns.h
  const Result<UniqueFd> top = sys::openat(FdRef::cwd(), std::string(kUsualPlace), O_PATH | O_DIRECTORY);
  if (!top.ok()) return false;
  const Result<struct statfs> fs = sys::fstatfs(top.value());
  if (!fs.ok() || fs.value().f_type != CGROUP2_SUPER_MAGIC || (fs.value().f_flags & ST_RDONLY) != 0) return false;
  const Result<struct stat> root = sys::fstat(top.value());
  const Result<struct stat> ns = sys::fstatat(proc.fd(), "self/ns/cgroup", 0);
  return root.ok() && root.value().st_ino == kRootInode && ns.ok() && ns.value().st_ino == kInitialCgroupNamespace;
}

}  // namespace

std::vector<CgroupMount> cgroup_mounts(std::string_view mountinfo) {
  std::vector<MountInfo> all;
  std::map<int, int> parents;
  for (const std::string& line : text::split(mountinfo, '\n')) {
    std::optional<MountInfo> mount = parse_mountinfo(line);
    if (!mount) continue;
    parents[mount->id] = mount->parent;
    all.push_back(std::move(*mount));
  }
  std::vector<CgroupMount> found;
  for (const MountInfo& mount : all) {
    const bool unified = mount.type == "cgroup2";
    if ((!unified && mount.type != "cgroup") || hidden(mount, all, parents)) continue;
    if (unified && mount.point == kUsualPlace) {
      if (mount.readonly) return {};
      return {{.unified = true, .root = mount.root, .point = mount.point, .options = mount.options}};
    }
    if (!mount.readonly)
      found.push_back({.unified = unified, .root = mount.root, .point = mount.point, .options = mount.options});
  }
  std::stable_sort(found.begin(), found.end(), [](const CgroupMount& a, const CgroupMount& b) {
    const auto rank = [](const CgroupMount& mount) {
      return std::pair(!at_or_below(mount.point, kUsualPlace), mount.root != "/");
    };
    return rank(a) < rank(b);
  });
  return found;
}

Result<Location> place(const std::vector<CgroupMount>& mounts, std::string_view own, std::string_view cgroups_path,
                       std::string_view id, Relative relative) {
  const std::string path = TRY(checked_path(cgroups_path, id));
  const bool unified = std::all_of(mounts.begin(), mounts.end(), [](const CgroupMount& m) { return m.unified; });
  if (!unified) relative = Relative::kBelowOwn;
  Location location;
  location.by_default = cgroups_path.empty();
  for (const std::string& line : text::split(own, '\n')) {
    const std::optional<Own> entry = parse_own(line);
    if (!entry) continue;
    std::optional<Hierarchy> found = TRY(place_in(mounts, *entry, path, relative));
    if (!found) continue;
    TRY(check_length(*found));
    location.hierarchies.push_back(std::move(*found));
  }
  if (location.hierarchies.empty())
    return Error::make(Error::Kind::kUnsupported, "no cgroup file system is mounted read-write")
        .with_hint("one belongs on /sys/fs/cgroup; --cgroup-manager disabled does without");
  return location;
}

Result<Location> locate(Manager manager, std::string_view cgroups_path, std::string_view id) {
  if (manager == Manager::kDisabled) return Location();
  if (manager == Manager::kSystemd) return locate_scope(cgroups_path, id);
  const ProcDir proc = TRY(ProcDir::open());
  const std::string own = TRY(proc.read("self/cgroup"));
  std::vector<CgroupMount> mounts;
  if (plain_v2(proc)) {
    mounts.push_back({.unified = true, .root = "/", .point = std::string(kUsualPlace), .options = {}});
  } else {
    const std::string mountinfo = TRY(proc.read("self/mountinfo"));
    mounts = cgroup_mounts(mountinfo);
  }
  Result<Location> beside = place(mounts, own, cgroups_path, id, Relative::kBesideOwn);
  if (beside.ok() && (cgroups_path.starts_with('/') || may_make(beside.value()))) return beside;
  if (!beside.ok() && beside.error().kind() == Error::Kind::kUnsupported && cgroups_path.empty() && is_rootless()) {
    log::warn(
        text::cat("without privilege the container gets no cgroup of its own, ignored: ", beside.error().to_string()));
    Location nowhere;
    nowhere.by_default = true;
    return nowhere;
  }
  return place(mounts, own, cgroups_path, id, Relative::kBelowOwn);
}

const Hierarchy* Location::unified() const {
  for (const Hierarchy& hierarchy : hierarchies)
    if (hierarchy.unified) return &hierarchy;
  return nullptr;
}

const Hierarchy* Location::with(std::string_view controller) const {
  for (const Hierarchy& hierarchy : hierarchies)
    if (text::contains(hierarchy.controllers, controller)) return &hierarchy;
  return nullptr;
}

bool Location::v2_only() const { return hierarchies.size() == 1 && hierarchies.front().unified; }

}  // namespace brig::cgroups
