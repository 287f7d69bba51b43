// The system calls on processes, namespaces and credentials. See sys.h.
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/sys.h"
#include "base/sys_retry.h"

namespace brig::sys {
namespace {

// waitid(2)'s id type for pidfds, Linux 5.4; glibc 2.36 has it as an enumerator.
Exit exit_from(const siginfo_t& info) { return {.exited = info.si_code == CLD_EXITED, .status = info.si_status}; }

}  // namespace

Result<Cloned> clone3(std::uint64_t flags, std::optional<FdRef> cgroup) {
  // A child in the parent's memory must not run C++: it would share the heap and return into our frames.
  if ((flags & (CLONE_VM | CLONE_VFORK | CLONE_THREAD)) != 0)
    return Error::make(Error::Kind::kInternal, "clone3: a child must have its own memory");
  int pidfd = -1;
  struct clone_args args = {};
  args.flags = flags | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  // CLONE_PARENT takes the exit signal from the caller and refuses another one (clone(2)).
  args.exit_signal = (flags & CLONE_PARENT) != 0 ? 0 : SIGCHLD;
  if (cgroup) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<std::uint64_t>(cgroup->raw());
  }
  const long pid = ::syscall(SYS_clone3, &args, sizeof args);
  if (pid == -1) return Error::system("clone3", "");
  Cloned cloned{.pid = static_cast<pid_t>(pid), .pidfd = {}};
  if (pid != 0) cloned.pidfd = UniqueFd(pidfd);
  return cloned;
}

Result<Cloned> fork_with_pidfd(std::uint64_t flags) {
  int pidfd = -1;
  // The stack is the caller's (0), the third argument is where the pidfd goes: clone(2), on all but s390 and cris.
  const long pid = ::syscall(SYS_clone, flags | CLONE_PIDFD | SIGCHLD, 0, &pidfd, 0, 0);
  if (pid == -1) return Error::system("clone", "");
  Cloned cloned{.pid = static_cast<pid_t>(pid), .pidfd = {}};
  if (pid != 0) cloned.pidfd = UniqueFd(pidfd);
  return cloned;
}

bool may_be_filtered(const Error& error) { return error.code() == ENOSYS || error.code() == EPERM; }

Result<void> setns(FdRef ns, int type) {
  if (::setns(ns.raw(), type) == -1) return Error::system("setns", "");
  return {};
}

Result<void> unshare(int flags) {
  if (::unshare(flags) == -1) return Error::system("unshare", "");
  return {};
}

Result<int> namespace_type(FdRef ns) {
  const int type = ::ioctl(ns.raw(), NS_GET_NSTYPE);
  if (type == -1) return Error::system("ioctl", "NS_GET_NSTYPE");
  return type;
}

Result<UniqueFd> pidfd_open(pid_t pid) {
  const long fd = ::syscall(SYS_pidfd_open, pid, 0);
  if (fd == -1) return Error::system("pidfd_open", std::to_string(pid));
  return UniqueFd(static_cast<int>(fd));
}

Result<void> pidfd_send_signal(FdRef pidfd, int signal) {
  if (::syscall(SYS_pidfd_send_signal, pidfd.raw(), signal, nullptr, 0) == -1)
    return Error::system("pidfd_send_signal", "");
  return {};
}

Result<void> kill(pid_t pid, int signal) {
  if (::kill(pid, signal) == -1) return Error::system("kill", std::to_string(pid));
  return {};
}

Result<Exit> wait_pidfd(FdRef pidfd) {
  siginfo_t info = {};
  if (retry([&] { return ::waitid(P_PIDFD, static_cast<id_t>(pidfd.raw()), &info, WEXITED); }) == -1)
    return Error::system("waitid", "");
  return exit_from(info);
}

Result<std::optional<Reaped>> reap_any() {
  siginfo_t info = {};
  if (retry([&] { return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG); }) == -1) {
    if (errno == ECHILD) return std::optional<Reaped>();
    return Error::system("waitid", "");
  }
  if (info.si_pid == 0) return std::optional<Reaped>();
  return std::optional<Reaped>(Reaped{.pid = info.si_pid, .exit = exit_from(info)});
}

Error execve(CStr path, const std::vector<char*>& argv, const std::vector<char*>& envp) {
  (void)::execve(path.c_str(), argv.data(), envp.data());  // Ignored: it returns only if it failed.
  return Error::system("execve", path.c_str());
}

Error fexecve(FdRef program, const std::vector<char*>& argv, const std::vector<char*>& envp) {
  (void)::syscall(SYS_execveat, program.raw(), "", argv.data(), envp.data(), AT_EMPTY_PATH);  // Ignored: as above.
  return Error::system("execveat", "");
}

void exit_now(int status) { ::_exit(status); }
pid_t getpid() { return ::getpid(); }
uid_t geteuid() { return ::geteuid(); }
gid_t getegid() { return ::getegid(); }

Result<void> setsid() {
  if (::setsid() == -1) return Error::system("setsid", "");
  return {};
}

Result<void> setpgid_self() {
  if (::setpgid(0, 0) == -1) return Error::system("setpgid", "");
  return {};
}

Result<void> prctl(int option, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5) {
  if (::prctl(option, a2, a3, a4, a5) == -1) return Error::system("prctl", std::to_string(option));
  return {};
}

Result<int> prctl_get(int option, unsigned long a2, unsigned long a3) {
  const int value = ::prctl(option, a2, a3, 0UL, 0UL);
  if (value == -1) return Error::system("prctl", std::to_string(option));
  return value;
}

// The raw calls below: glibc's would try to tell other threads, of which there are none.

Result<void> setresuid(uid_t uid) {
  if (::syscall(SYS_setresuid, uid, uid, uid) == -1) return Error::system("setresuid", std::to_string(uid));
  return {};
}

Result<void> setresgid(gid_t gid) {
  if (::syscall(SYS_setresgid, gid, gid, gid) == -1) return Error::system("setresgid", std::to_string(gid));
  return {};
}

Result<void> setgroups(const std::vector<gid_t>& groups) {
  if (::syscall(SYS_setgroups, groups.size(), groups.data()) == -1) return Error::system("setgroups", "");
  return {};
}

Result<CapabilitySets> capget() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) == -1) return Error::system("capget", "");
  const auto whole = [](std::uint32_t low, std::uint32_t high) { return std::uint64_t{high} << 32 | low; };
  return CapabilitySets{.effective = whole(data[0].effective, data[1].effective),
                        .permitted = whole(data[0].permitted, data[1].permitted),
                        .inheritable = whole(data[0].inheritable, data[1].inheritable)};
}

Result<void> capset(const CapabilitySets& sets) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  for (unsigned i = 0; i < 2; ++i) {
    data[i].effective = static_cast<std::uint32_t>(sets.effective >> (32 * i));
    data[i].permitted = static_cast<std::uint32_t>(sets.permitted >> (32 * i));
    data[i].inheritable = static_cast<std::uint32_t>(sets.inheritable >> (32 * i));
  }
  if (::syscall(SYS_capset, &header, data) == -1) return Error::system("capset", "");
  return {};
}

Result<void> setrlimit(int resource, std::uint64_t soft, std::uint64_t hard) {
  const rlimit64 limit = {.rlim_cur = soft, .rlim_max = hard};
  if (::prlimit64(0, static_cast<__rlimit_resource>(resource), &limit, nullptr) == -1)
    return Error::system("setrlimit", std::to_string(resource));
  return {};
}

Result<ResourceLimit> getrlimit(int resource) {
  struct rlimit64 limit = {};
  if (::prlimit64(0, static_cast<__rlimit_resource>(resource), nullptr, &limit) == -1)
    return Error::system("getrlimit", std::to_string(resource));
  return ResourceLimit{.soft = limit.rlim_cur, .hard = limit.rlim_max};
}

Result<void> sethostname(std::string_view name) {
  if (::sethostname(name.data(), name.size()) == -1) return Error::system("sethostname", name);
  return {};
}

Result<void> setdomainname(std::string_view name) {
  if (::setdomainname(name.data(), name.size()) == -1) return Error::system("setdomainname", name);
  return {};
}

Result<int> join_session_keyring(const char* name) {
  const long serial = ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name);
  if (serial == -1) return Error::system("keyctl", "join session keyring");
  return static_cast<int>(serial);
}

namespace {

struct ThreadStart {
  void (*run)(void*);
  void* argument;
};

// The C library's clone() ends the thread, and only it, with what this returns.
int run_thread(void* start) {
  const ThreadStart mine = *static_cast<ThreadStart*>(start);
  mine.run(mine.argument);
  return 0;
}

}  // namespace

Result<void> clone_thread(void (*run)(void*), void* argument) {
  constexpr std::size_t kStack = 256 * 1024;
  void* stack = ::mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return Error::system("mmap", "a thread's stack");
  // At the lower end, which is the last that the stack reaches: it has to outlive this function.
  auto* start = static_cast<ThreadStart*>(stack);
  *start = {.run = run, .argument = argument};
  constexpr int kFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
  if (::clone(&run_thread, static_cast<char*>(stack) + kStack, kFlags, start) == -1) {
    Error error = Error::system("clone", "a thread");
    (void)::munmap(stack, kStack);  // Ignored: the error says more.
    return error;
  }
  return {};
}

void yield() { (void)::sched_yield(); }  // Ignored: never fails.

timespec clock_gettime(clockid_t clock) {
  timespec now = {};
  (void)::clock_gettime(clock, &now);  // Ignored: fails only for an unknown clock.
  return now;
}

std::uint64_t monotonic_ns() {
  const timespec now = clock_gettime(CLOCK_MONOTONIC);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

unsigned long auxiliary_value(unsigned long type) { return ::getauxval(type); }

char** environment() { return ::environ; }

void hide_command_line(std::string_view name) {
  constexpr std::size_t kMost = 8 * 1024 * 1024;  // more than execve(2) takes
  // The kernel puts them on the stack one after the other, and the program's file name behind them.
  char* const begin = ::program_invocation_name;
  const std::uintptr_t first = reinterpret_cast<std::uintptr_t>(begin), end = auxiliary_value(AT_EXECFN);
  if (end <= first || end - first > kMost) return;  // without arguments the name is elsewhere
  std::memset(begin, 0, end - first);
  std::memcpy(begin, name.data(), std::min(name.size(), end - first - 1));
}

std::optional<std::string_view> environment_value(CStr name) {
  const char* value = ::getenv(name.c_str());
  return value != nullptr ? std::optional<std::string_view>(value) : std::nullopt;
}

}  // namespace brig::sys
