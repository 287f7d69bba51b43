// The program that tests run inside a container to tell what it sees there. Static, so it needs nothing of the rootfs.
//
//   in [PATH...]              a report, one `name=value` a line; each PATH is described (not followed), with its start
//   in --open PATH            opens PATH for reading, prints "opened" or the error's name
//   in --socket FAMILY        makes a socket, prints "made" or the error's name
//   in --hog MIB              touches so much memory, then prints "hogged"
//   in --forks N              forks N children that wait, prints how many were made, kills them
//   in --signals              dispositions and mask: SigBlk, SigIgn, SigCgt of /proc/self/status
//   in --calls NUMBER...      makes system calls without arguments, prints `call_NUMBER=` "made" or the error's name
//   in --clocks               `monotonic=` and `boottime=` nanoseconds
//   in --ptmx                 "tty" if fd 0, 1, 2 are one terminal, which is also the controlling one
//   in --swap A B             exchanges the two names, for ever
//   in --watch                for ever: of each process that comes, what can be seen of it (`cmdline=`, `exe=`, `cwd=`,
//                             `root=`, `fd=`), and, where it can be traced, `traced=` its permitted capabilities and
//                             exe
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

static const char* error_name(void) { return strerrorname_np(errno); }

// The system call itself: the C library's getcwd falls back to walking, which would hide "(unreachable)".
static void report_cwd(void) {
  char path[PATH_MAX];
  if (syscall(SYS_getcwd, path, sizeof path) == -1)
    printf("cwd_error=%s\n", error_name());
  else
    printf("cwd=%s\n", path);
  printf("hostmark_cwd=%d\nhostmark_root=%d\n", access("HOSTMARK", F_OK) == 0, access("/HOSTMARK", F_OK) == 0);
}

static void report_status(const char* const* names) {
  FILE* status = fopen("/proc/self/status", "re");
  char line[4096];
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    for (const char* const* name = names; *name != NULL; ++name) {
      const size_t length = strlen(*name);
      if (strncmp(line, *name, length) != 0 || line[length] != ':') continue;
      for (char* c = line + length; *c != '\0'; ++c)
        if (*c == '\t') *c = ' ';
      printf("%s=%s", *name, line + length + 1 + strspn(line + length + 1, " "));
    }
  }
  if (status != NULL) fclose(status);
}

// By fcntl over all small numbers, not by /proc/self/fd: there may be no /proc.
static void report_descriptors(void) {
  for (int fd = 0; fd < 1024; ++fd) {
    struct stat st;
    if (fstat(fd, &st) == -1) continue;
    char name[64], target[PATH_MAX] = "?";
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(name, target, sizeof target - 1);
    if (length >= 0) target[length] = '\0';
    printf("fd=%d %o %u:%u uid=%u %s\n", fd, st.st_mode, major(st.st_rdev), minor(st.st_rdev), st.st_uid, target);
  }
}

static void report_keyring(void) {
  enum { kSessionKeyring = -3, kGetKeyringId = 0 };
  printf("keyring=%ld\n", syscall(SYS_keyctl, kGetKeyringId, kSessionKeyring, 0));
  if (syscall(SYS_request_key, "user", "h3secret", NULL, 0) == -1)
    printf("request_key=%s\n", error_name());
  else
    printf("request_key=found\n");
}

static void report_path(const char* path) {
  struct stat st;
  if (lstat(path, &st) == -1) {
    printf("path=%s %s\n", path, error_name());
    return;
  }
  char text[65] = "";
  if (S_ISREG(st.st_mode) || S_ISCHR(st.st_mode)) {
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    const ssize_t length = fd == -1 ? -1 : read(fd, text, sizeof text - 1);
    text[length > 0 ? length : 0] = '\0';
    if (fd != -1) close(fd);
    text[strcspn(text, "\n")] = '\0';
  }
  printf("path=%s %o %u:%u uid=%u gid=%u size=%lld text=%s\n", path, st.st_mode, major(st.st_rdev), minor(st.st_rdev),
         st.st_uid, st.st_gid, (long long)st.st_size, text);
}

static int report(char** paths) {
  static const char* const kNames[] = {"Uid",    "Gid",    "Groups",     "CapInh",  "CapPrm",          "CapEff",
                                       "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Seccomp_filters", NULL};
  report_cwd();
  report_status(kNames);
  report_descriptors();
  report_keyring();
  const mode_t mask = umask(0);
  umask(mask);
  printf("umask=%04o\npid=%d\nsid=%d\npgid=%d\n", mask, getpid(), getsid(0), getpgid(0));
  for (char** entry = environ; *entry != NULL; ++entry) printf("env=%s\n", *entry);
  for (; *paths != NULL; ++paths) report_path(*paths);
  return 0;
}

static int say(int result, const char* success) {
  puts(result == -1 ? error_name() : success);
  return result == -1 ? 1 : 0;
}

static int hog(size_t mib) {
  for (size_t i = 0; i < mib; ++i) {
    char* block = malloc(1 << 20);
    if (block == NULL) return say(-1, "");
    memset(block, 0x5a, 1 << 20);
  }
  puts("hogged");
  return 0;
}

static int forks(int wanted) {
  int made = 0;
  pid_t* children = calloc((size_t)wanted, sizeof *children);
  while (made < wanted) {
    const pid_t child = fork();
    if (child == -1) break;
    if (child == 0) {
      pause();
      _exit(0);
    }
    children[made++] = child;
  }
  for (int i = 0; i < made; ++i) kill(children[i], SIGKILL);
  for (int i = 0; i < made; ++i) waitpid(children[i], NULL, 0);
  free(children);
  printf("forked=%d\n", made);
  return 0;
}

static int terminal(void) {
  struct stat st[3], own;
  const int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; ++fd)
    if (!isatty(fd) || fstat(fd, &st[fd]) == -1 || st[fd].st_rdev != st[0].st_rdev) return say(-1, "");
  if (tty == -1 || fstat(tty, &own) == -1 || tcgetpgrp(tty) != getpgrp()) return say(-1, "");
  puts("tty");
  return 0;
}

static int calls(char** numbers) {
  for (; *numbers != NULL; ++numbers)
    printf("call_%s=%s\n", *numbers, syscall(atol(*numbers), 0, 0, 0, 0, 0, 0) == -1 ? error_name() : "made");
  return 0;
}

static int clocks(void) {
  struct timespec monotonic, boottime;
  clock_gettime(CLOCK_MONOTONIC, &monotonic);
  clock_gettime(CLOCK_BOOTTIME, &boottime);
  printf("monotonic=%lld%09ld\nboottime=%lld%09ld\n", (long long)monotonic.tv_sec, monotonic.tv_nsec,
         (long long)boottime.tv_sec, boottime.tv_nsec);
  return 0;
}

static int swap(const char* a, const char* b) {
  while (syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0) continue;
  return say(-1, "");
}

static void show_link(int pid, const char* name, const char* as) {
  char path[64], target[PATH_MAX];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  const ssize_t length = readlink(path, target, sizeof target);
  if (length > 0) printf("%s=%.*s\n", as, (int)length, target);
}

static void show_descriptors(int pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/fd", pid);
  DIR* dir = opendir(path);
  const struct dirent* entry;
  while (dir != NULL && (entry = readdir(dir)) != NULL) {
    snprintf(path, sizeof path, "fd/%.20s", entry->d_name);
    if (entry->d_name[0] != '.') show_link(pid, path, "fd");
  }
  if (dir != NULL) closedir(dir);
}

static void show_command(int pid) {
  char path[64], text[256];
  snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t length = fd == -1 ? -1 : read(fd, text, sizeof text);
  if (fd != -1) close(fd);
  for (ssize_t i = 0; i < length; ++i)
    if (text[i] == '\0') text[i] = ' ';
  if (length > 0) printf("cmdline=%.*s\n", (int)length, text);
}

static void show_traced(int pid) {
  if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == -1) return;
  char path[64], line[256], set[64] = "?";
  if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0 && waitpid(pid, NULL, __WALL) == pid) {
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE* status = fopen(path, "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) sscanf(line, "CapPrm: %60s", set);
    if (status != NULL) fclose(status);
    printf("traced=%s ", set);
    show_link(pid, "exe", "exe");
  }
  ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

// Pids only grow, until they wrap around. Some may have come and gone unseen.
static _Noreturn void watch(void) {
  setlinebuf(stdout);
  puts("watching");
  for (int last = getpid();;) {
    for (int pid = last + 1; pid < last + 16; ++pid) {
      if (kill(pid, 0) == -1 && errno == ESRCH) continue;
      last = pid;
      show_command(pid);
      show_link(pid, "exe", "exe");
      show_link(pid, "cwd", "cwd");
      show_link(pid, "root", "root");
      show_descriptors(pid);
      show_traced(pid);
    }
  }
}

int main(int argc, char** argv) {
  static const char* const kSignals[] = {"SigBlk", "SigIgn", "SigCgt", NULL};
  if (argc == 3 && strcmp(argv[1], "--open") == 0)
    return say(open(argv[2], O_RDONLY | O_NONBLOCK | O_CLOEXEC), "opened");
  if (argc == 3 && strcmp(argv[1], "--socket") == 0)
    return say(socket(atoi(argv[2]), SOCK_STREAM | SOCK_CLOEXEC, 0), "made");
  if (argc == 3 && strcmp(argv[1], "--hog") == 0) return hog(strtoul(argv[2], NULL, 10));
  if (argc == 3 && strcmp(argv[1], "--forks") == 0) return forks(atoi(argv[2]));
  if (argc == 2 && strcmp(argv[1], "--signals") == 0) return report_status(kSignals), 0;
  if (argc >= 2 && strcmp(argv[1], "--calls") == 0) return calls(argv + 2);
  if (argc == 2 && strcmp(argv[1], "--clocks") == 0) return clocks();
  if (argc == 2 && strcmp(argv[1], "--ptmx") == 0) return terminal();
  if (argc == 4 && strcmp(argv[1], "--swap") == 0) return swap(argv[2], argv[3]);
  if (argc == 2 && strcmp(argv[1], "--watch") == 0) watch();
  return report(argv + 1);
}
