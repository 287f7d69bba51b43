#include <fcntl.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <initializer_list>

#include "bench/floor/floor.h"

namespace bench_floor {

namespace {

constexpr unsigned long kSafe = MS_NOSUID | MS_NOEXEC | MS_NODEV;

void mount_filesystems() {
  check(mount("proc", "proc", "proc", kSafe, nullptr), "mount proc");
  check(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"), "mount dev");
  for (const char* path : {"dev/pts", "dev/mqueue", "dev/shm"}) check(mkdir(path, 0755), path);
  check(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"),
        "mount dev/pts");
  check(mount("sysfs", "sys", "sysfs", kSafe | MS_RDONLY, nullptr), "mount sys");
  check(mount("cgroup", "sys/fs/cgroup", "cgroup2", kSafe | MS_RDONLY, nullptr), "mount sys/fs/cgroup");
  check(mount("mqueue", "dev/mqueue", "mqueue", kSafe, nullptr), "mount dev/mqueue");
  check(mount("shm", "dev/shm", "tmpfs", kSafe, "mode=1777,size=65536k"), "mount dev/shm");
}

void bind_files() {
  check(mount("../resolv.conf", "etc/resolv.conf", nullptr, MS_BIND | MS_REC, nullptr), "bind resolv.conf");
  check(mount("../hostname", "etc/hostname", nullptr, MS_BIND | MS_REC, nullptr), "bind hostname");
  check(mount("../hosts", "etc/hosts", nullptr, MS_BIND | MS_REC, nullptr), "bind hosts");
}

void make_devices() {
  struct Device {
    const char* path;
    unsigned major, minor;
  };
  constexpr Device kDevices[] = {{"dev/null", 1, 3},   {"dev/zero", 1, 5},    {"dev/full", 1, 7},
                                 {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0}};
  for (const Device& d : kDevices) check(mknod(d.path, S_IFCHR | 0666, makedev(d.major, d.minor)), d.path);
  check(symlink("pts/ptmx", "dev/ptmx"), "dev/ptmx");
  check(symlink("/proc/self/fd", "dev/fd"), "dev/fd");
  check(symlink("/proc/self/fd/0", "dev/stdin"), "dev/stdin");
  check(symlink("/proc/self/fd/1", "dev/stdout"), "dev/stdout");
  check(symlink("/proc/self/fd/2", "dev/stderr"), "dev/stderr");
}

void set_loopback_up() {
  const int fd = static_cast<int>(check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", 3);
  request.ifr_flags = IFF_UP;
  check(ioctl(fd, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS lo");
  close(fd);
}

}  // namespace

void make_root(const char* bundle) {
  umask(0);
  check(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make mounts private");
  check(chdir(bundle), bundle);
  check(mount("rootfs", "rootfs", nullptr, MS_BIND | MS_REC, nullptr), "bind rootfs");
  check(chdir("rootfs"), "rootfs");
  mount_filesystems();
  bind_files();
  make_devices();
}

void set_kernel_values() {
  set_loopback_up();
  check(sethostname("bench", 5), "sethostname");
  write_file("proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
  write_file("proc/sys/net/ipv4/ping_group_range", "0 2147483647");
  write_file("proc/self/oom_score_adj", "0");
}

void restrict_paths() {
  // Which are directories is known beforehand; those that this kernel has not are skipped, as the specification says.
  for (const char* file : {"proc/interrupts", "proc/kcore", "proc/keys", "proc/latency_stats", "proc/sched_debug",
                           "proc/timer_list", "proc/timer_stats"})
    if (mount("dev/null", file, nullptr, MS_BIND, nullptr) == -1 && errno != ENOENT) fail(file);
  for (const char* dir : {"proc/acpi", "proc/asound", "proc/scsi", "sys/devices/virtual/powercap", "sys/firmware"})
    if (mount("tmpfs", dir, "tmpfs", MS_RDONLY, "size=0k") == -1 && errno != ENOENT) fail(dir);
  for (const char* path : {"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"}) {
    if (mount(path, path, nullptr, MS_BIND | MS_REC, nullptr) == -1) {
      if (errno != ENOENT) fail(path);
      continue;
    }
    check(mount(nullptr, path, nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY | kSafe, nullptr), path);
  }
}

void enter_root() {
  // pivot_root(2), NOTES: the old root is stacked on the new one, and "." is then the old one.
  check(syscall(SYS_pivot_root, ".", "."), "pivot_root");
  check(umount2(".", MNT_DETACH), "umount the old root");
  check(chdir("/"), "chdir /");
  umask(022);
}

}  // namespace bench_floor
