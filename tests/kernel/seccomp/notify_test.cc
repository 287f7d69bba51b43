// Filters that notify: the listener gets out whatever the filter is about, and the agent's answers are the calls'.
#include "seccomp/notify.h"

#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/sys.h"
#include "seccomp/filter.h"
#include "seccomp/names.h"
#include "tests/support/in_namespaces.h"
#include "tests/unit/seccomp/profiles.h"

namespace brig::seccomp {
namespace {

using namespace brig::testing;

constexpr int kUnusual = 77;  // an errno that no system call here has of itself

oci::Seccomp notify(std::vector<std::string> names) {
  return {.default_action = "SCMP_ACT_ALLOW", .syscalls = {rule(std::move(names), "SCMP_ACT_NOTIFY")}};
}

// Everything that loading, giving away and leaving could take, and more.
oci::Seccomp notify_of_everything() {
  return notify({"sendmsg",     "recvmsg",      "sendto",  "recvfrom",      "close",   "close_range", "futex",
                 "sched_yield", "mmap",         "munmap",  "brk",           "read",    "writev",      "exit",
                 "exit_group",  "rt_sigaction", "gettid",  "getpid",        "getppid", "nanosleep",   "clock_nanosleep",
                 "poll",        "ppoll",        "fcntl",   "dup",           "dup2",    "dup3",        "ioctl",
                 "mkdir",       "mkdirat",      "madvise", "rt_sigprocmask"});
}

// Answers what comes out of `listener` until nobody is under the filter any more: getppid fails, all else goes on.
void answer_all(int listener) {
  for (;;) {
    pollfd entry = {.fd = listener, .events = POLLIN, .revents = 0};
    if (poll(&entry, 1, 20'000) != 1 || (entry.revents & POLLIN) == 0) return;
    seccomp_notif request = {};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) == -1) continue;
    const bool denied = request.data.nr == SYS_getppid;
    seccomp_notif_resp answer = {.id = request.id,
                                 .val = 0,
                                 .error = denied ? -kUnusual : 0,
                                 .flags = denied ? 0U : unsigned{SECCOMP_USER_NOTIF_FLAG_CONTINUE}};
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }
}

// A process that gets a listener through `socket` and then answers.
pid_t start_agent(sys::SocketPair& sockets) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  sockets.b.reset();  // or its own end would keep it waiting
  std::array<std::byte, 16> buffer;
  auto received = sys::receive_message(sockets.a, buffer);
  if (received.ok() && received.value().fd) answer_all(FdRef(received.value().fd).raw());
  _exit(0);
}

Result<void> send_listener(FdRef socket, FdRef listener) {
  return sys::send_message(socket, std::as_bytes(std::span("x", 1)), listener);
}

// Loads `profile` beside an agent, in a child that may take ten seconds, and runs `body` there.
std::string with_agent(const oci::Seccomp& profile, const std::function<std::string()>& body) {
  const auto filter = compile(profile);
  if (!filter.ok()) return filter.error().to_string();
  sys::SocketPair sockets = std::move(sys::seqpacket_pair()).value();
  const pid_t agent = start_agent(sockets);
  std::string wrong = in_namespaces(0, [&]() -> std::string {
    alarm(10);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const auto loaded =
        load_and_give(filter.value(), [&](FdRef listener) { return send_listener(sockets.b, listener); });
    return loaded.ok() ? body() : loaded.error().to_string();
  });
  sockets.b.reset();
  waitpid(agent, nullptr, 0);
  return wrong;
}

std::string getppid_is_answered() {
  if (syscall(SYS_getppid) != -1) return "getppid succeeded";
  return errno == kUnusual ? "" : std::string("getppid: ") + std::strerror(errno);
}

TEST(Notify, TheAgentsAnswerIsTheCalls) { EXPECT_EQ(with_agent(notify({"getppid"}), getppid_is_answered), ""); }

TEST(Notify, LoadingCannotWaitForItself) { EXPECT_EQ(with_agent(notify_of_everything(), getppid_is_answered), ""); }

TEST(Notify, LoadingNeedsNoCallThatTheFilterKillsFor) {
  oci::Seccomp profile = notify({"getppid"});
  profile.syscalls.push_back(rule({"sendmsg", "recvmsg", "close", "futex", "sched_yield", "poll", "nanosleep",
                                   "clock_nanosleep", "mmap", "munmap", "gettid"},
                                  "SCMP_ACT_KILL_PROCESS"));
  EXPECT_EQ(with_agent(profile, getppid_is_answered), "");
}

TEST(Notify, FlagsReachTheKernel) {
  oci::Seccomp profile = notify({"getppid"});
  profile.flags.emplace();
  for (const std::string_view name : supported_flag_names()) profile.flags->emplace_back(name);
  EXPECT_EQ(with_agent(profile, getppid_is_answered), "");
}

// The second thread would have nothing to run on if the first one never yielded.
TEST(Notify, OnOneCpuUnderAFixedPriority) {
  const auto filter = compile(notify({"getppid"}));
  ASSERT_TRUE(filter.ok());
  const std::string wrong = in_namespaces(0, [&]() -> std::string {
    alarm(10);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(sched_getcpu()), &one);
    const sched_param priority = {.sched_priority = 1};
    if (sched_setaffinity(0, sizeof one, &one) == -1) return "sched_setaffinity failed";
    if (sched_setscheduler(0, SCHED_FIFO, &priority) == -1) return "skip";
    const auto loaded = load_and_give(filter.value(), [](FdRef) { return Result<void>(); });
    return loaded.ok() ? "" : loaded.error().to_string();
  });
  if (wrong == "skip") GTEST_SKIP() << "needs CAP_SYS_NICE";
  EXPECT_EQ(wrong, "");
}

// One process, one thread, no descriptor more than before.
TEST(Notify, NothingIsLeftOfIt) {
  EXPECT_EQ(
      with_agent(notify({"getppid"}),
                 [] {
                   int threads = 0;
                   for (int tries = 0; tries < 1000; ++tries) {  // the second thread may be on its way out
                     struct stat tasks = {};
                     if (stat("/proc/self/task", &tasks) == -1) return std::string("no /proc/self/task");
                     threads = static_cast<int>(tasks.st_nlink) - 2;
                     if (threads == 1) break;
                     usleep(1000);
                   }
                   if (threads != 1) return std::string("there is a second thread");
                   for (int fd = 3; fd < 256; ++fd) {
                     char path[64], target[64] = {};
                     std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
                     if (readlink(path, target, sizeof target - 1) > 0 && std::strstr(target, "seccomp") != nullptr)
                       return std::string("the listener is still open");
                   }
                   return std::string();
                 }),
      "");
}

TEST(Notify, AFailureToGiveItAwayIsReturned) {
  const auto filter = compile(notify({"getppid"}));
  ASSERT_TRUE(filter.ok());
  EXPECT_EQ(in_namespaces(0,
                          [&]() -> std::string {
                            alarm(10);
                            const auto loaded = load_and_give(
                                filter.value(), [](FdRef) { return Error::make(Error::Kind::kState, "no agent"); });
                            if (loaded.ok()) return "it says that all is well";
                            if (loaded.error().to_string() != "no agent") return loaded.error().to_string();
                            // Nobody has the listener: the kernel answers, at once.
                            if (syscall(SYS_getppid) != -1 || errno != ENOSYS) return "getppid does not fail so";
                            return "";
                          }),
            "");
}

TEST(Notify, WhatTheKernelRefusesIsReturned) {
  const auto filter = compile(notify({"getppid"}));
  ASSERT_TRUE(filter.ok());
  EXPECT_EQ(in_namespaces(0,
                          [&]() -> std::string {
                            alarm(10);
                            bool given = false;
                            const auto give = [&](FdRef) {
                              given = true;
                              return Result<void>();
                            };
                            Filter broken = filter.value();
                            broken.program.pop_back();
                            const auto loaded = load_and_give(broken, give);
                            if (loaded.ok() || loaded.error().code() != EINVAL) return "a broken program was loaded";
                            return given ? "a listener was given away" : "";
                          }),
            "");
}

TEST(Notify, ASecondListenerIsRefusedInWords) {
  const auto filter = compile(notify({"getppid"}));
  ASSERT_TRUE(filter.ok());
  std::optional<UniqueFd> kept;
  EXPECT_EQ(in_namespaces(0,
                          [&]() -> std::string {
                            alarm(10);
                            const auto keep = [&](FdRef listener) -> Result<void> {
                              kept = TRY(sys::dup_above(listener, 3));
                              return {};
                            };
                            if (const auto first = load_and_give(filter.value(), keep); !first.ok())
                              return first.error().to_string();
                            const auto second = load_and_give(filter.value(), keep);
                            if (second.ok()) return "two listeners";
                            return second.error().to_string().find("brig itself runs under") != std::string::npos
                                       ? ""
                                       : second.error().to_string();
                          }),
            "");
}

TEST(Notify, ThisKernelCanDoIt) {
  EXPECT_TRUE(check_kernel(read_rules(notify({"getppid"})).value()).ok());
  Rules rules = read_rules(notify({"getppid"})).value();
  rules.flags |= 1U << 30;
  const auto refused = check_kernel(rules);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), Error::Kind::kUnsupported);
}

}  // namespace
}  // namespace brig::seccomp
