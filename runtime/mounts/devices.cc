// Runs in: init.
#include "runtime/mounts/devices.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "runtime/mounts/mount.h"
#include "runtime/mounts/target.h"

namespace brig::mounts {

namespace {

mode_t type_of(const oci::Device& device) {
  if (device.type == 'p') return S_IFIFO;
  return device.type == 'b' ? S_IFBLK : S_IFCHR;
}

dev_t number_of(const oci::Device& device) {
  if (device.type == 'p') return 0;
  return makedev(static_cast<unsigned>(device.major), static_cast<unsigned>(device.minor));
}

bool is_device(const struct stat& stat, const oci::Device& device) {
  if ((stat.st_mode & S_IFMT) != type_of(device)) return false;
  return device.type == 'p' || stat.st_rdev == number_of(device);
}

Error not_the_device(const oci::Device& device, std::string_view where) {
  return Error::make(Error::Kind::kUnsafe, text::cat("what is at `", device.path, "` ", where, " is not device ",
                                                     device.type, ' ', device.major, ':', device.minor));
}

// The host's node, for containers that may not make one. Looked at before anything is opened: opening a device may
// have effects.
Result<UniqueFd> clone_host_node(const oci::Device& device) {
  const UniqueFd node = TRY(sys::openat(FdRef::cwd(), device.path, O_PATH | O_NOFOLLOW));
  const struct stat stat = TRY(sys::fstat(node));
  if (!is_device(stat, device)) return not_the_device(device, "on the host");
  return clone_tree(node, Submounts::kWithout);
}

// The file that the host's node is bound on, made if nothing is there. A link is not followed.
Result<UniqueFd> make_bind_target(FdRef dir, const std::string& name) {
  Result<UniqueFd> made = sys::openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
  if (made.ok() || made.error().code() != EEXIST) return made;
  return sys::openat(dir, name, O_PATH | O_NOFOLLOW);
}

Result<void> bind_node(const Site& site, FdRef dir, const std::string& name, const oci::Device& device) {
  const UniqueFd tree = TRY(clone_host_node(device));
  const UniqueFd target = TRY(make_bind_target(dir, name));
  if (is_device(TRY(sys::fstat(target)), device)) return {};
  const struct statx stat = TRY(sys::statx(target, "", AT_EMPTY_PATH, STATX_TYPE));
  if (S_ISLNK(stat.stx_mode) || S_ISDIR(stat.stx_mode)) return not_the_device(device, "in the rootfs");
  TRY(refuse_procfs(site, target, stat, device.path));
  return attach(tree, target, {{.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, .propagation = MS_PRIVATE}});
}

// The handle, not the name: what we own a moment later under that name may be another file (a volume that a running
// container shares).
Result<void> give_to_owner(FdRef dir, const std::string& name, const oci::Device& device) {
  const UniqueFd node = TRY(sys::openat(dir, name, O_PATH | O_NOFOLLOW));
  if (!is_device(TRY(sys::fstat(node)), device)) return not_the_device(device, "in the rootfs");
  return sys::fchownat(node, "", device.uid, device.gid, AT_EMPTY_PATH);
}

Result<void> make_node(const Site& site, FdRef dir, const std::string& name, const oci::Device& device) {
  const bool may_mount = site.plan.may_mount();
  if (may_mount && site.plan.new_user_namespace && device.type != 'p') return bind_node(site, dir, name, device);
  Result<void> made = sys::mknodat(dir, name, type_of(device) | device.file_mode, number_of(device));
  if (may_mount && !made.ok() && made.error().code() == EPERM) return bind_node(site, dir, name, device);
  if (!made.ok() && made.error().code() != EEXIST) return made;
  if (made.ok() && (device.uid != 0 || device.gid != 0)) return give_to_owner(dir, name, device);
  const struct stat stat = TRY(sys::fstatat(dir, name, AT_SYMLINK_NOFOLLOW));
  return is_device(stat, device) ? Result<void>() : not_the_device(device, "in the rootfs");
}

// The name of a path directly in /dev, "" for others.
std::string name_in_dev(const std::string& path) {
  constexpr std::string_view kDev = "/dev/";
  if (!path.starts_with(kDev) || path.find('/', kDev.size()) != std::string::npos) return {};
  return path.substr(kDev.size());
}

Result<void> make_device(const Site& site, FdRef dev, const oci::Device& device) {
  const std::string name = name_in_dev(device.path);
  if (!name.empty()) return make_node(site, dev, name, device);
  const RootDir::Place place = TRY(site.root.parent_of(device.path, RootDir::Parents::kMake));
  return make_node(site, place.dir, place.name, device);
}

Result<UniqueFd> open_dev(const Site& site) {
  Result<UniqueFd> dev = site.root.open_at("/dev", O_PATH | O_DIRECTORY);
  if (!dev.ok() && dev.error().code() == ENOENT) return site.root.make_dirs("/dev");
  return dev;
}

// The devpts of the container is on /dev/pts; a ptmx that the image has would open terminals of another one.
Result<void> replace_ptmx(FdRef dev) {
  const Result<std::string> target = sys::readlinkat(dev, "ptmx");
  if (target.ok() && target.value() == "pts/ptmx") return {};
  TRY(sys::unlinkat(dev, "ptmx", 0));
  return sys::symlinkat("pts/ptmx", dev, "ptmx");
}

Result<void> make_link(FdRef dev, CStr target, CStr name) {
  Result<void> made = sys::symlinkat(target, dev, name);
  if (made.ok() || made.error().code() != EEXIST) return made;
  if (std::string_view(name.c_str()) == "ptmx") return replace_ptmx(dev);
  if (log::debug_enabled()) log::debug(text::cat("/dev/", name.c_str(), " is there already; it stays"));
  return {};
}

}  // namespace

Result<void> make_devices(const Site& site) {
  if (site.plan.devices.empty()) return {};
  const UniqueFd dev = TRY(open_dev(site), "open /dev");
  for (const oci::Device& device : site.plan.devices) TRY(make_device(site, dev, device), "make device", device.path);
  return {};
}

Result<void> make_dev_links(const Site& site, const ProcDir& proc) {
  const UniqueFd dev = TRY(open_dev(site), "open /dev");
  TRY(make_link(dev, "/proc/self/fd", "fd"), "link", "/dev/fd");
  TRY(make_link(dev, "/proc/self/fd/0", "stdin"), "link", "/dev/stdin");
  TRY(make_link(dev, "/proc/self/fd/1", "stdout"), "link", "/dev/stdout");
  TRY(make_link(dev, "/proc/self/fd/2", "stderr"), "link", "/dev/stderr");
  // Kernels without CONFIG_PROC_KCORE have no such file.
  if (sys::faccessat(proc.fd(), "kcore", F_OK, 0).ok()) TRY(make_link(dev, "/proc/kcore", "core"), "link", "/dev/core");
  return make_link(dev, "pts/ptmx", "ptmx");
}

}  // namespace brig::mounts
