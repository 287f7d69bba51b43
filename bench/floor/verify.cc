#include <fcntl.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <initializer_list>

#include "bench/floor/floor.h"

namespace bench_floor {

namespace {

int differences = 0;

void expect(bool holds, const char* what) {
  if (holds) return;
  ++differences;
  dprintf(2, "floor: verify: %s (errno: %s)\n", what, strerror(errno));
}

// The file's text up to 32 KiB, in a buffer that the next call re-uses; "" if it cannot be read.
const char* text_of(const char* path) {
  static char text[32768];
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  std::size_t size = 0;
  for (ssize_t n; fd != -1 && (n = read(fd, text + size, sizeof text - 1 - size)) > 0;)
    size += static_cast<std::size_t>(n);
  if (fd != -1) close(fd);
  text[size] = '\0';
  return text;
}

// What open(2) for writing answers: 0 or errno.
int write_answer(const char* path) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd == -1) return errno;
  close(fd);
  return 0;
}

void verify_mounts() {
  const char* mounts = text_of("/proc/self/mountinfo");
  for (const char* line :
       {" / /proc rw,nosuid,nodev,noexec", " / /dev rw,nosuid ", " / /dev/pts rw,nosuid,noexec",
        " / /sys ro,nosuid,nodev,noexec", " / /sys/fs/cgroup ro,nosuid,nodev,noexec",
        " / /dev/mqueue rw,nosuid,nodev,noexec", " / /dev/shm rw,nosuid,nodev,noexec", "/resolv.conf /etc/resolv.conf ",
        "/hostname /etc/hostname ", "/hosts /etc/hosts ", " /null /proc/keys ", " / /sys/firmware ro",
        " /sys /proc/sys ro,nosuid,nodev,noexec", " /irq /proc/irq ro,nosuid,nodev,noexec"})
    expect(strstr(mounts, line) != nullptr, line);
  expect(write_answer("/proc/sys/kernel/domainname") == EROFS, "/proc/sys is read-only");
  const int sysrq = write_answer("/proc/sysrq-trigger");
  expect(sysrq == EROFS || sysrq == ENOENT, "/proc/sysrq-trigger is read-only");
  expect(strcmp(text_of("/proc/timer_list"), "") == 0, "/proc/timer_list is masked");
  expect(access("/bin/true", X_OK) == 0, "the rootfs is the root");
  expect(access("/usr/bin", F_OK) == -1, "the host's files are out of reach");
}

void verify_devices() {
  struct stat null {};
  expect(stat("/dev/null", &null) == 0 && null.st_rdev == makedev(1, 3) && (null.st_mode & 07777) == 0666, "/dev/null");
  expect(write_answer("/dev/null") == 0, "/dev/null can be written");
  char target[32] = "";
  expect(readlink("/dev/ptmx", target, sizeof target - 1) > 0 && strcmp(target, "pts/ptmx") == 0, "/dev/ptmx");
  expect(write_answer("/dev/ptmx") == 0, "a pseudoterminal can be had");
  // The device program: mknod of anything, use of what is listed.
  expect(mknod("/dev/probe", S_IFBLK | 0600, makedev(7, 0)) == 0, "mknod of a block device");
  expect(write_answer("/dev/probe") == EPERM, "a block device cannot be opened");
  unlink("/dev/probe");
  expect(mknod("/dev/probe", S_IFCHR | 0600, makedev(1, 1)) == 0, "mknod of a character device");
  expect(write_answer("/dev/probe") == EPERM, "/dev/mem cannot be opened");
  unlink("/dev/probe");
}

void verify_process() {
  char line[64];
  std::uint64_t mask = 0;
  for (const unsigned capability : kCapabilities) mask |= std::uint64_t{1} << capability;
  const char* status = text_of("/proc/self/status");
  for (const char* set : {"CapPrm", "CapEff", "CapBnd"}) {
    snprintf(line, sizeof line, "%s:\t%016llx\n", set, static_cast<unsigned long long>(mask));
    expect(strstr(status, line) != nullptr, line);
  }
  for (const char* wanted : {"CapInh:\t0000000000000000\n", "CapAmb:\t0000000000000000\n", "Seccomp:\t2\n",
                             "Groups:\t0 10 \n", "NoNewPrivs:\t0\n"})
    expect(strstr(status, wanted) != nullptr, wanted);
  expect(getpid() == 1 && getsid(0) == 1, "pid 1 of a session of its own");
  expect(strstr(text_of("/proc/self/cgroup"), "0::/\n") != nullptr, "the root of a cgroup namespace");
  expect(strcmp(text_of("/proc/self/oom_score_adj"), "0\n") == 0, "oom_score_adj");
  expect(strcmp(text_of("/proc/sys/kernel/hostname"), "bench\n") == 0, "host name");
  errno = 0;
  expect(syscall(SYS_add_key, "user", "x", "", 0, 0) == -1 && errno == EPERM, "add_key is refused by the filter");
}

void verify_network() {
  expect(strcmp(text_of("/proc/sys/net/ipv4/ip_unprivileged_port_start"), "0\n") == 0, "ip_unprivileged_port_start");
  expect(strcmp(text_of("/proc/sys/net/ipv4/ping_group_range"), "0\t2147483647\n") == 0, "ping_group_range");
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", 3);
  expect(ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0, "lo is up");
  close(fd);
}

}  // namespace

int verify() {
  verify_mounts();
  verify_devices();
  verify_process();
  verify_network();
  if (differences == 0) dprintf(2, "floor: verify: the container is what the bundle asks for\n");
  return differences;
}

}  // namespace bench_floor
