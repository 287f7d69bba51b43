#include "cgroups/tree.h"

#include <dirent.h>
#include <linux/magic.h>

#include <utility>

#include "base/sys.h"
#include "base/text.h"

namespace brig::cgroups {
namespace {

// cgroup.procs of a large container; a pid and its newline take at most 8 bytes, and there are at most 2^22 pids.
constexpr std::size_t kMaxFile = std::size_t{8} << 22;
constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

Result<std::vector<std::string>> subdirectories(FdRef directory) {
  Result<std::vector<sys::DirEntry>> entries = sys::getdents(directory);
  if (!entries.ok() && gone(entries.error())) return std::vector<std::string>();
  if (!entries.ok()) return std::move(entries).error();
  std::vector<std::string> names;
  for (sys::DirEntry& entry : entries.value())
    if (entry.type == DT_DIR) names.push_back(std::move(entry.name));
  return names;
}

Result<void> append_pids(FdRef directory, const std::string& file, std::vector<pid_t>& pids) {
  Result<std::string> read = read_file(directory, file);
  // EOPNOTSUPP: a threaded cgroup, whose processes are listed by the domain above it (cgroup-v2, "Threads").
  if (!read.ok() && (gone(read.error()) || read.error().code() == EOPNOTSUPP)) return {};
  const std::string listed = TRY(std::move(read));
  for (const std::string& line : text::split(listed, '\n'))
    if (const std::optional<pid_t> pid = text::parse_int<pid_t>(line); pid.value_or(0) > 0) pids.push_back(*pid);
  return {};
}

}  // namespace

bool gone(const Error& error) { return error.code() == ENOENT || error.code() == ENODEV; }

Result<UniqueFd> open_mount(const Hierarchy& hierarchy) {
  UniqueFd mount = TRY(sys::openat(FdRef::cwd(), hierarchy.mount, O_PATH | O_DIRECTORY));
  const struct statfs found = TRY(sys::fstatfs(mount));
  const auto expected = hierarchy.unified ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC;
  if (static_cast<unsigned long>(found.f_type) != static_cast<unsigned long>(expected))
    return Error::make(Error::Kind::kUnsafe,
                       text::cat(hierarchy.mount, " is not the ", hierarchy.unified ? "cgroup2" : "cgroup",
                                 " file system it was found to be"));
  return mount;
}

Result<UniqueFd> open_below(FdRef mount, std::string_view path) {
  const std::string relative = path.size() <= 1 ? "." : std::string(path.substr(1));
  const open_how how = {.flags = kDirectory,
                        .mode = 0,
                        .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
  return sys::openat2(mount, relative, how);
}

Result<UniqueFd> open_cgroup(const Hierarchy& hierarchy) {
  const UniqueFd mount = TRY(open_mount(hierarchy));
  Result<UniqueFd> directory = open_below(mount, hierarchy.path);
  if (!directory.ok() && gone(directory.error())) return UniqueFd();
  return directory;
}

Result<std::string> read_file(FdRef directory, CStr name) {
  const UniqueFd file = TRY(sys::openat(directory, name, O_RDONLY | O_NOFOLLOW));
  std::string content = TRY(sys::read_all(file, kMaxFile), name.c_str());
  if (content.ends_with('\n')) content.pop_back();
  return content;
}

Result<void> write_file(FdRef directory, CStr name, std::string_view value) {
  const UniqueFd file = TRY(sys::openat(directory, name, O_WRONLY | O_NOFOLLOW));
  TRY(sys::write_once(file, value), text::cat("write ", text::json_quote(value), " to"), name.c_str());
  return {};
}

Result<std::string> read_key(FdRef directory, CStr name, std::string_view key) {
  const std::string content = TRY(read_file(directory, name));
  for (const std::string& line : text::split(content, '\n'))
    if (line.starts_with(key) && line.size() > key.size() && line[key.size()] == ' ')
      return line.substr(key.size() + 1);
  return std::string();
}

Result<void> for_each_below(FdRef top, const Visit& visit) {
  struct Level {
    std::string name;
    std::vector<std::string> children;  // still to be visited
  };
  UniqueFd here = TRY(sys::openat(top, ".", kDirectory));
  std::vector<Level> levels;
  levels.push_back({.name = {}, .children = TRY(subdirectories(here))});
  for (;;) {
    std::vector<std::string>& children = levels.back().children;
    if (!children.empty()) {
      std::string name = std::move(children.back());
      children.pop_back();
      Result<UniqueFd> child = sys::openat(here, name, kDirectory);
      if (!child.ok() && gone(child.error())) continue;
      here = TRY(std::move(child));
      levels.push_back({.name = std::move(name), .children = TRY(subdirectories(here))});
      continue;
    }
    const std::string done = std::move(levels.back().name);
    levels.pop_back();
    if (levels.empty()) return {};
    // A cgroup never moves to another parent (cgroup v1 can rename it, but only in place), so ".." is where we came
    // from.
    here = TRY(sys::openat(here, "..", kDirectory));
    TRY(visit(here, done));
  }
}

Result<std::vector<pid_t>> processes_below(FdRef top) {
  std::vector<pid_t> pids;
  TRY(append_pids(top, "cgroup.procs", pids));
  TRY(for_each_below(
      top, [&](FdRef parent, const std::string& name) { return append_pids(parent, name + "/cgroup.procs", pids); }));
  return pids;
}

}  // namespace brig::cgroups
