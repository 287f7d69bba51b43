// A bundle on a tmpfs of its own in a private mount namespace, and a child that plays init on it: plan, build, pivot,
// restrict, then looks around as the container would. Everything is gone when the child is.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/proc_dir.h"
#include "base/sys.h"
#include "base/text.h"
#include "oci/read_config.h"
#include "oci/validate.h"
#include "runtime/mounts/plan.h"
#include "runtime/mounts/restrict.h"
#include "runtime/mounts/rootfs.h"
#include "tests/support/in_namespaces.h"

// Leaves a body that returns what is wrong as text.
#define MUST(condition)                                                                                              \
  if (errno = 0; !(condition))                                                                                       \
  return std::string(__FILE__ ":") + std::to_string(__LINE__) + ": not so: " #condition + (errno != 0 ? " (" : "") + \
         (errno != 0 ? std::strerror(errno) : "") + (errno != 0 ? ")" : "")
// As MUST, showing a value.
#define MUST_SHOWING(condition, shown) \
  if (!(condition))                    \
  return std::string(__FILE__ ":") + std::to_string(__LINE__) + ": not so: " #condition + ": " + (shown)

namespace brig::mounts::testing {

struct World {
  std::string dir;     // a tmpfs
  std::string bundle;  // dir/bundle, with an empty rootfs
  std::string rootfs;
  std::string in_rootfs(std::string_view path) const { return rootfs + std::string(path); }
};

// ---- small tools

inline bool make_dir(const std::string& path, mode_t mode = 0755) {
  return ::mkdir(path.c_str(), mode) == 0 && ::chmod(path.c_str(), mode) == 0;
}
inline bool make_file(const std::string& path, std::string_view content, mode_t mode = 0644) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd == -1) return false;
  const bool whole = ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size());
  ::close(fd);
  return whole && ::chmod(path.c_str(), mode) == 0;
}
// "?" and errno's words if it can't be read.
inline std::string content_of(const std::string& path, int dir = AT_FDCWD) {
  const int fd = ::openat(dir, path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd == -1) return std::string("?") + std::strerror(errno);
  std::string text;
  char buffer[4096];
  for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
  ::close(fd);
  return text;
}
inline bool make_link(const std::string& target, const std::string& path) {
  return ::symlink(target.c_str(), path.c_str()) == 0;
}
inline std::string link_of(const std::string& path) {
  char buffer[4096];
  const ssize_t n = ::readlink(path.c_str(), buffer, sizeof buffer);
  return n < 0 ? std::string("?") : std::string(buffer, static_cast<std::size_t>(n));
}
inline struct stat stat_of(const std::string& path) {
  struct stat found = {};
  if (::lstat(path.c_str(), &found) == -1) found.st_mode = 0;
  return found;
}
inline bool is_device(const std::string& path, mode_t type, unsigned major, unsigned minor) {
  const struct stat found = stat_of(path);
  return (found.st_mode & S_IFMT) == type && found.st_rdev == makedev(major, minor);
}
// 0, or errno of an attempt to make a file there.
inline int try_to_write(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd == -1) return errno;
  ::close(fd);
  return 0;
}
inline std::size_t entries_in(const std::string& path) {
  Result<UniqueFd> dir = sys::openat(FdRef::cwd(), path, O_RDONLY | O_DIRECTORY);
  if (!dir.ok()) return 9999;
  Result<std::vector<sys::DirEntry>> found = sys::getdents(dir.value());
  return found.ok() ? found.value().size() : 9999;
}

// ---- mountinfo, proc_pid_mountinfo(5)

struct MountEntry {
  std::string id, parent, root, point, options, tags, type, source, super_options;
  bool has(std::string_view option) const { return text::contains(text::split(options, ','), option); }
  bool super_has(std::string_view option) const { return text::contains(text::split(super_options, ','), option); }
  bool shared() const { return tags.find("shared:") != std::string::npos; }
  bool slave() const { return tags.find("master:") != std::string::npos; }
};

inline std::vector<MountEntry> parse_mountinfo(const std::string& table) {
  std::vector<MountEntry> entries;
  for (const std::string& line : text::split(table, '\n')) {
    const std::vector<std::string> words = text::split(line, ' ');
    if (words.size() < 10) continue;
    MountEntry entry{.id = words[0], .parent = words[1], .root = words[3], .point = words[4], .options = words[5]};
    std::size_t i = 6;
    for (; i < words.size() && words[i] != "-"; ++i) entry.tags += words[i] + " ";
    entry.type = words[i + 1];
    entry.source = words[i + 2];
    entry.super_options = words[i + 3];
    entries.push_back(entry);
  }
  return entries;
}

// ---- a container

struct Container {
  std::string mounts;  // the elements of the array, in JSON
  std::string masked_paths, readonly_paths, devices;
  std::string rootfs_propagation;
  bool readonly_root = false;
  bool no_pivot = false;
  bool cgroup_namespace = false, user_namespace = false;
  bool network_namespace = false;
  CgroupView cgroup;
};

inline std::string config_of(const Container& c) {
  std::string text = R"({"ociVersion": "1.2.0", "root": {"path": "rootfs", "readonly": )";
  text += std::string(c.readonly_root ? "true" : "false") + R"(}, "mounts": [)" + c.mounts + R"(], "linux": {)";
  text += R"("namespaces": [{"type": "mount"})";
  if (c.cgroup_namespace) text += R"(, {"type": "cgroup"})";
  if (c.user_namespace) text += R"(, {"type": "user"})";
  text += "]";
  constexpr const char* kMapping = R"([{"containerID": 0, "hostID": 100000, "size": 65536}])";
  if (c.user_namespace) text += std::string(R"(, "uidMappings": )") + kMapping + R"(, "gidMappings": )" + kMapping;
  if (!c.rootfs_propagation.empty()) text += R"(, "rootfsPropagation": ")" + c.rootfs_propagation + "\"";
  text += R"(, "devices": [)" + c.devices + R"(], "maskedPaths": [)" + c.masked_paths + R"(], "readonlyPaths": [)" +
          c.readonly_paths + "]}}";
  return text;
}

// What the container sees: mountinfo is read from a /proc that was opened before the pivot.
class View {
 public:
  explicit View(int proc) : proc_(proc) {}
  std::vector<MountEntry> table() const { return parse_mountinfo(content_of("self/mountinfo", proc_)); }
  // The topmost mount there; an empty entry if there is none.
  MountEntry at(std::string_view point) const {
    MountEntry found;
    for (const MountEntry& entry : table())
      if (entry.point == point) found = entry;
    return found;
  }
  std::size_t count(std::string_view point) const {
    std::size_t n = 0;
    for (const MountEntry& entry : table()) n += entry.point == point ? 1 : 0;
    return n;
  }

 private:
  int proc_;
};

using Inside = std::function<std::string(const View&)>;

// init's part: "" or "build: …", "pivot: …", "restrict: …", or what `inside` found wrong.
inline std::string play_init(const Plan& plan, const Inside& inside) {
  const int host_proc = ::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  Result<ProcDir> proc = ProcDir::open();
  if (!proc.ok()) return "proc: " + proc.error().to_string();
  Result<MountedRootfs> mounted = build_rootfs(plan, proc.value());
  if (!mounted.ok()) return "build: " + mounted.error().to_string();
  Result<PivotedRoot> pivoted = pivot(std::move(mounted).value(), plan);
  if (!pivoted.ok()) return "pivot: " + pivoted.error().to_string();
  Result<void> restricted = restrict_paths(plan, pivoted.value());
  if (!restricted.ok()) return "restrict: " + restricted.error().to_string();
  return inside(View(host_proc));
}

// Runs `body` in a child after unshare(flags), without touching propagation; its text, or how it died.
inline std::string in_child(int flags, const std::function<std::string()>& body) {
  int ends[2];
  if (::pipe(ends) == -1) return "pipe failed";
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    std::string text = ::unshare(flags) == -1 ? std::string("unshare: ") + std::strerror(errno) : body();
    (void)!::write(ends[1], text.data(), text.size());
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t n; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? text + "killed by signal " + std::to_string(WTERMSIG(status)) : text;
}

// The runtime's part, or "config: …", "plan: …".
inline Result<Plan> plan_of(const World& world, const Container& container) {
  oci::Config config = TRY(oci::read_config(config_of(container)), "config");
  oci::ValidConfig valid = TRY(oci::validate(std::move(config)), "config");
  return make_plan(valid, world.bundle, container.cgroup, container.no_pivot);
}

// The whole of it.
inline std::string start(const World& world, const Container& container, const Inside& inside) {
  const Result<Plan> plan = plan_of(world, container);
  if (!plan.ok()) return "plan: " + plan.error().to_string();
  const int flags = CLONE_NEWNS | (container.cgroup_namespace ? CLONE_NEWCGROUP : 0) |
                    (container.network_namespace ? CLONE_NEWNET : 0);
  return in_child(flags, [&] { return play_init(plan.value(), inside); });
}

inline std::string nothing_more(const View&) { return ""; }

// Runs `body` with a World. Nothing reaches the machine: the mount namespace is private.
inline std::string in_world(const std::function<std::string(const World&)>& body) {
  char pattern[] = "/tmp/brig-mounts-XXXXXX";
  if (::mkdtemp(pattern) == nullptr) return "mkdtemp failed";
  const std::string dir = pattern;
  const std::string wrong = brig::testing::in_namespaces(CLONE_NEWNS, [&]() -> std::string {
    ::umask(022);
    MUST(::mount("tmpfs", dir.c_str(), "tmpfs", 0, "mode=755") == 0);
    const World world{.dir = dir, .bundle = dir + "/bundle", .rootfs = dir + "/bundle/rootfs"};
    MUST(make_dir(world.bundle) && make_dir(world.rootfs));
    return body(world);
  });
  ::rmdir(dir.c_str());
  return wrong;
}

// Mounts that most containers have.
constexpr const char* kUsualMounts = R"(
  {"destination": "/proc", "type": "proc", "source": "proc"},
  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755"]},
  {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
   "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
  {"destination": "/dev/shm", "type": "tmpfs", "source": "shm",
   "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
  {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]},
  {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]})";

}  // namespace brig::mounts::testing
