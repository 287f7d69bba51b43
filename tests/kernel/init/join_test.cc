// A process on its way into a running container: what it is, and what can be seen of it, at each point where it waits.
#include "runtime/init/join.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <optional>
#include <set>
#include <sstream>

#include "base/sys.h"
#include "base/text.h"
#include "seccomp/filter.h"
#include "tests/support/temporary_directory.h"

namespace brig::init {
namespace {

using brig::testing::TemporaryDirectory;
using process::Channel;
using process::Message;
using process::Msg;

constexpr int kAllButUser = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP;
constexpr gid_t kGroup = 1234;  // of who joins, until it is who it is to be
constexpr std::uint64_t kSomeCapabilities = 1U << CAP_CHOWN | 1U << CAP_KILL;

// ---- a container: a process in namespaces of its own, with busybox and a procfs on a root of its own

bool enter_own_root(const std::string& root) {
  const std::string bin = root + "/bin", proc = root + "/proc", busybox = bin + "/sh";
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", root.c_str(), "tmpfs", 0, "") == 0 && ::mkdir(bin.c_str(), 0755) == 0 &&
         ::mkdir(proc.c_str(), 0755) == 0 && ::close(::open(busybox.c_str(), O_CREAT | O_CLOEXEC, 0755)) == 0 &&
         ::mount("/bin/busybox", busybox.c_str(), nullptr, MS_BIND, nullptr) == 0 &&
         ::mount("proc", proc.c_str(), "proc", 0, "") == 0 && ::chdir(root.c_str()) == 0 &&
         ::syscall(SYS_pivot_root, ".", ".") == 0 && ::umount2(".", MNT_DETACH) == 0;
}

void write_file(const std::string& path, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size())) << path;
  ::close(fd);
}

class Container {
 public:
  explicit Container(int flags) : namespaces_(flags) {
    sys::SocketPair ready = std::move(sys::pipe()).value(), go = std::move(sys::pipe()).value();
    sys::Cloned cloned = std::move(sys::clone3(static_cast<std::uint64_t>(flags), std::nullopt)).value();
    if (cloned.pid == 0) live(ready.b, go.a);
    pid_ = cloned.pid;
    pidfd_ = std::move(cloned.pidfd);
    if ((flags & CLONE_NEWUSER) != 0) {
      write_file(of("uid_map"), "0 100000 1000\n");
      write_file(of("gid_map"), "0 200000 1000\n");
    }
    EXPECT_TRUE(sys::write(go.b, "x").ok());
    char word = 0;
    EXPECT_EQ(::read(ready.a.raw(), &word, 1), 1);
    EXPECT_EQ(word, 'y') << "the container could not be made";
  }
  ~Container() { end(); }

  void end() {
    if (pid_ > 0) ::kill(pid_, SIGKILL), ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  pid_t pid() const { return pid_; }
  std::string of(const char* file) const { return text::cat("/proc/", pid_, '/', file); }
  int namespaces() const { return namespaces_; }
  UniqueFd pidfd() const { return std::move(sys::dup_above(pidfd_, 3)).value(); }

 private:
  [[noreturn]] void live(FdRef ready, FdRef go) const {
    char word = 0;
    const bool mapped = ::read(go.raw(), &word, 1) == 1 && ::setresgid(0, 0, 0) == 0 && ::setresuid(0, 0, 0) == 0;
    const bool made = mapped && ((namespaces_ & CLONE_NEWNS) == 0 || enter_own_root(root_.path()));
    (void)!::write(ready.raw(), made ? "y" : "n", 1);
    for (;;) ::pause();
  }

  int namespaces_;
  TemporaryDirectory root_;
  pid_t pid_ = -1;
  UniqueFd pidfd_;
};

// ---- the runtime's side

JoinPlan plan_for(const Container& container, const std::string& script) {
  JoinPlan plan;
  plan.container = container.pidfd();
  plan.namespaces = container.namespaces();
  plan.process.args = {"sh", "-c", script};
  plan.process.env = {"PATH=/bin"};
  plan.process.cwd = "/";
  plan.process.capabilities = {
      .bounding = kSomeCapabilities, .effective = kSomeCapabilities, .permitted = kSomeCapabilities};
  return plan;
}

class Joining {
 public:
  Joining(JoinPlan plan, const Container& container) {
    const ProcDir proc = std::move(ProcDir::open()).value();
    Result<void> completed = complete_join_plan(plan, container.pid(), proc);
    EXPECT_TRUE(completed.ok());
    first_ = plan.privileges_go_first;
    adopted_ = !plan.joins(CLONE_NEWPID);
    process::Steps steps = std::move(process::Steps::make()).value();
    sys::SocketPair pair = std::move(sys::seqpacket_pair()).value(), output = std::move(sys::pipe()).value();
    UniqueFd end = std::move(sys::dup_above(pair.b, 10)).value();
    pair.b.reset();
    sys::Cloned cloned = std::move(sys::clone3(0, std::nullopt)).value();
    if (cloned.pid == 0) {
      pair.a.reset();
      ::dup2(output.b.raw(), 1);
      ::setresgid(0, kGroup, 0);
      ::prctl(PR_SET_DUMPABLE, 1);
      for (unsigned n = 3; n < 3 + plan.preserved; ++n) ::dup2(1, static_cast<int>(n));
      join_main(plan, Channel(std::move(end)), steps, proc);
    }
    channel_.emplace(std::move(pair.a));
    output_ = std::move(output.a);
    joiner_ = cloned.pid;
    pid_ = adopted_ ? joiner_ : -1;
  }
  ~Joining() {
    if (pid_ > 0 && !reaped_) ::kill(pid_, SIGKILL), ::waitpid(pid_, nullptr, __WALL);
    if (joiner_ > 0 && joiner_ != pid_) ::kill(joiner_, SIGKILL), ::waitpid(joiner_, nullptr, 0);
  }

  const Channel& channel() const { return *channel_; }
  pid_t joiner() const { return joiner_; }
  pid_t pid() const { return pid_; }
  bool privileges_go_first() const { return first_; }

  // Until only the program is missing; the error's text otherwise.
  std::string until_ready() {
    for (bool ready = false; !ready || !adopted_;) {
      auto message = channel_->expect({Msg::kInit, Msg::kReady});
      if (!message.ok()) return message.error().to_string();
      ready = ready || message.value().type == Msg::kReady;
      if (message.value().type != Msg::kInit) continue;
      pid_ = static_cast<pid_t>(message.value().number);
      adopted_ = true;
    }
    return {};
  }

  // Lets it go: what the program writes, until it ends.
  std::string run() {
    if (!channel_->send(Msg::kStart).ok()) return "it is gone";
    if (auto started = channel_->expect_end(); !started.ok()) return started.error().to_string();
    std::string all;
    char buffer[4096];
    for (ssize_t n; (n = ::read(output_.raw(), buffer, sizeof buffer)) > 0;)
      all.append(buffer, static_cast<std::size_t>(n));
    int status = 0;
    ::waitpid(pid_, &status, 0);
    reaped_ = true;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? all : text::cat(all, "status ", status);
  }

 private:
  std::optional<Channel> channel_;
  UniqueFd output_;
  pid_t joiner_ = -1, pid_ = -1;
  bool adopted_ = false, reaped_ = false, first_ = false;
};

// ---- what the kernel says of a process

std::string link_of(pid_t pid, std::string_view name) {
  char target[4096];
  const ssize_t n = ::readlink(text::cat("/proc/", pid, '/', name).c_str(), target, sizeof target);
  return n < 0 ? text::cat("no link: ", errno_words(errno)) : std::string(target, static_cast<std::size_t>(n));
}

// "Name:" of /proc/PID/status, its words with single blanks.
std::string status_of(pid_t pid, const std::string& name) {
  std::ifstream file(text::cat("/proc/", pid, "/status"));
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name + ":")) continue;
    std::istringstream words(line.substr(name.size() + 1));
    std::string all;
    for (std::string word; words >> word;) all += all.empty() ? word : " " + word;
    return all;
  }
  return "?";
}

std::string root_of(pid_t pid) {
  struct stat info = {};
  ::stat(text::cat("/proc/", pid, "/root").c_str(), &info);
  return text::cat(info.st_dev, ':', info.st_ino);
}

std::set<std::string> descriptors_of(pid_t pid) {
  std::set<std::string> found;
  DIR* dir = ::opendir(text::cat("/proc/", pid, "/fd").c_str());
  while (const dirent* entry = dir == nullptr ? nullptr : ::readdir(dir))
    if (entry->d_name[0] != '.')
      found.insert(text::cat(entry->d_name, ' ', link_of(pid, text::cat("fd/", entry->d_name))));
  if (dir != nullptr) ::closedir(dir);
  return found;
}

// Whether it is dumpable: the files of one that is not are root's, whoever it is itself (proc(5)).
bool dumpable(pid_t pid) {
  struct stat info = {};
  EXPECT_EQ(::stat(text::cat("/proc/", pid, "/environ").c_str(), &info), 0);
  return info.st_uid != 0 || info.st_gid != 0;
}

std::string hex(std::uint64_t set) {
  char text[17];
  std::snprintf(text, sizeof text, "%016lx", static_cast<unsigned long>(set));
  return text;
}

void wait_until(const std::function<bool()>& condition) {
  for (int tries = 0; tries < 500 && !condition(); ++tries) ::usleep(10'000);
  EXPECT_TRUE(condition());
}

// ---- where it waits

TEST(JoinKernel, BeforeItJoinsAnythingItIsNotDumpable) {
  const Container container(kAllButUser);
  JoinPlan plan = plan_for(container, "true");
  plan.wait_for_cgroup = true;
  const Joining joining(std::move(plan), container);
  wait_until([&] { return !dumpable(joining.joiner()); });
  for (const char* ns : {"pid", "mnt", "uts", "ipc", "net", "cgroup", "user"})
    EXPECT_EQ(link_of(joining.joiner(), text::cat("ns/", ns)), link_of(::getpid(), text::cat("ns/", ns)));
}

TEST(JoinKernel, WhenItIsReadyItIsTheProgramButForTheProgram) {
  const Container container(kAllButUser);
  const UniqueFd left_open(::open("/", O_PATH));  // without close-on-exec
  JoinPlan plan = plan_for(container, "echo $0 $$; pwd");
  plan.process.user = {.uid = 1000, .gid = 2000, .umask = {}, .additional_gids = {5, 77}};
  plan.process.no_new_privileges = true;
  Joining joining(std::move(plan), container);
  ASSERT_EQ(joining.until_ready(), "");
  const pid_t pid = joining.pid();
  for (const char* ns : {"pid", "mnt", "uts", "ipc", "net", "cgroup", "user"})
    EXPECT_EQ(link_of(pid, text::cat("ns/", ns)), link_of(container.pid(), text::cat("ns/", ns))) << ns;
  EXPECT_EQ(root_of(pid), root_of(container.pid()));
  EXPECT_EQ(link_of(pid, "cwd"), "/");
  EXPECT_EQ(descriptors_of(pid).size(), 4u);  // 0 to 2, and the channel
  EXPECT_EQ(descriptors_of(pid).count(text::cat(left_open.raw(), " /")), 0u);
  EXPECT_FALSE(dumpable(pid));
  EXPECT_EQ(status_of(pid, "Uid"), "1000 1000 1000 1000");
  EXPECT_EQ(status_of(pid, "Gid"), "2000 2000 2000 2000");
  EXPECT_EQ(status_of(pid, "Groups"), "5 77");
  EXPECT_EQ(status_of(pid, "CapPrm"), hex(kSomeCapabilities));
  EXPECT_EQ(status_of(pid, "CapBnd"), hex(kSomeCapabilities));
  EXPECT_EQ(status_of(pid, "CapInh"), hex(0));
  EXPECT_EQ(status_of(pid, "NoNewPrivs"), "1");
  EXPECT_EQ(status_of(pid, "NSsid"), status_of(pid, "NSpid"));
  EXPECT_EQ(status_of(pid, "PPid"), std::to_string(::getpid()));
  EXPECT_EQ(joining.run(), "sh 2\n/\n");
}

TEST(JoinKernel, OfAUserNamespaceItIsWhoTheMapsSay) {
  const Container container(kAllButUser | CLONE_NEWUSER);
  JoinPlan plan = plan_for(container, "read line </proc/self/uid_map; echo $line");
  plan.process.user = {.uid = 5, .gid = 6, .umask = {}, .additional_gids = {7}};
  Joining joining(std::move(plan), container);
  ASSERT_EQ(joining.until_ready(), "");
  EXPECT_EQ(link_of(joining.pid(), "ns/user"), link_of(container.pid(), "ns/user"));
  EXPECT_EQ(link_of(joining.pid(), "ns/net"), link_of(container.pid(), "ns/net"));
  EXPECT_EQ(status_of(joining.pid(), "Uid"), "100005 100005 100005 100005");
  EXPECT_EQ(status_of(joining.pid(), "Groups"), "200007");
  EXPECT_FALSE(dumpable(joining.pid()));
  EXPECT_EQ(joining.run(), "0 100000 1000\n");
}

TEST(JoinKernel, PreservedDescriptorsAndNoOthersReachTheProgram) {
  const UniqueFd first(::dup2(0, 3)), second(::dup2(0, 4)), left_open(::dup2(0, 50));
  const Container container(kAllButUser);
  JoinPlan plan = plan_for(container, "for n in /proc/self/fd/*; do echo ${n##*/}; done");
  plan.preserved = 2;
  Joining joining(std::move(plan), container);
  ASSERT_EQ(joining.until_ready(), "");
  const std::string seen = joining.run();
  EXPECT_EQ(seen.substr(0, 10), "0\n1\n2\n3\n4\n");
  EXPECT_EQ(seen.find("50"), std::string::npos);
}

TEST(JoinKernel, WithoutAPidNamespaceTheOneThatJoinsBecomesTheProgram) {
  const Container container(CLONE_NEWNS | CLONE_NEWUTS);
  Joining joining(plan_for(container, "echo here"), container);
  ASSERT_EQ(joining.until_ready(), "");
  EXPECT_EQ(joining.pid(), joining.joiner());
  EXPECT_EQ(link_of(joining.pid(), "ns/pid"), link_of(::getpid(), "ns/pid"));
  EXPECT_EQ(joining.run(), "here\n");
}

TEST(JoinKernel, WhatFailsIsToldAndNothingRuns) {
  Container container(kAllButUser);
  JoinPlan missing = plan_for(container, "true");
  missing.process.cwd = "/missing";
  EXPECT_NE(Joining(std::move(missing), container).until_ready().find("no such file or directory"), std::string::npos);
  JoinPlan program = plan_for(container, "true");
  program.process.args = {"nosuch"};
  EXPECT_NE(Joining(std::move(program), container).until_ready().find("executable file not found in $PATH"),
            std::string::npos);
  JoinPlan late = plan_for(container, "true");
  late.wait_for_cgroup = true;
  Joining joining(std::move(late), container);
  container.end();
  ASSERT_TRUE(joining.channel().send(Msg::kInCgroup).ok());
  EXPECT_NE(joining.until_ready().find("no such process"), std::string::npos);
}

// ---- what arrives in the pid namespace

// A filter that lets everything through but what `denied` names.
seccomp::Filter filter_without(const std::vector<std::string>& denied) {
  oci::Seccomp profile;
  profile.default_action = "SCMP_ACT_ALLOW";
  profile.syscalls = {{.names = denied, .action = "SCMP_ACT_ERRNO", .errno_ret = ENOSYS, .args = {}}};
  return std::move(seccomp::compile(profile)).value();
}

// The permitted capabilities of the process that is cloned into the pid namespace, before it runs its first
// instruction.
std::string capabilities_at_birth(Joining& joining) {
  const pid_t joiner = joining.joiner();
  if (::ptrace(PTRACE_SEIZE, joiner, nullptr, PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL) != 0)
    return "can't trace";
  if (!joining.channel().send(Msg::kInCgroup).ok()) return "it is gone";
  for (int status = 0; ::waitpid(joiner, &status, __WALL) == joiner && WIFSTOPPED(status);) {
    unsigned long born = 0;
    if (status >> 16 == PTRACE_EVENT_FORK || status >> 16 == PTRACE_EVENT_CLONE)
      ::ptrace(PTRACE_GETEVENTMSG, joiner, nullptr, &born);
    if (born != 0) {
      const auto pid = static_cast<pid_t>(born);
      ::waitpid(pid, &status, __WALL);
      const std::string set = status_of(pid, "CapPrm");
      ::ptrace(PTRACE_DETACH, pid, nullptr, nullptr);
      ::ptrace(PTRACE_DETACH, joiner, nullptr, nullptr);
      return set;
    }
    ::ptrace(PTRACE_CONT, joiner, nullptr, nullptr);
  }
  return "nothing was cloned";
}

struct Arrived {
  bool first;
  std::string at_birth, ready, output;
};

Arrived arrive_with(bool no_new_privileges, const std::optional<seccomp::Filter>& filter, bool scheduler = false) {
  const Container container(kAllButUser);
  JoinPlan plan = plan_for(container, "echo ran");
  plan.wait_for_cgroup = true;
  plan.process.no_new_privileges = no_new_privileges;
  plan.seccomp = filter;
  if (scheduler) plan.process.scheduler = {.policy = SCHED_BATCH, .nice = 3};
  Joining joining(std::move(plan), container);
  Arrived arrived = {
      .first = joining.privileges_go_first(), .at_birth = capabilities_at_birth(joining), .ready = {}, .output = {}};
  arrived.ready = joining.until_ready();
  arrived.output = joining.run();
  return arrived;
}

TEST(JoinKernel, ItIsBornWithNoMoreRightsThanTheProgramHas) {
  const std::optional<seccomp::Filter> none, engines = filter_without({"clone3"}), plain = filter_without({"mkdir"});
  for (const bool no_new_privileges : {true, false})
    for (const std::optional<seccomp::Filter>* filter : {&none, &engines, &plain}) {
      const Arrived arrived = arrive_with(no_new_privileges, *filter);
      EXPECT_TRUE(arrived.first);
      EXPECT_EQ(arrived.at_birth, hex(kSomeCapabilities));
      EXPECT_EQ(arrived.ready, "");
      EXPECT_EQ(arrived.output, "ran\n");
    }
}

// A filter that forbids to clone, and a scheduler that a clone may not inherit, come after it.
TEST(JoinKernel, WhatACloneWouldNotStandComesAfterIt) {
  const std::optional<seccomp::Filter> no_clones = filter_without({"clone", "clone3", "fork", "vfork"});
  for (const bool scheduler : {true, false}) {
    const Arrived arrived = arrive_with(false, scheduler ? std::nullopt : no_clones, scheduler);
    EXPECT_FALSE(arrived.first);
    EXPECT_EQ(arrived.ready, "");
    EXPECT_EQ(arrived.output, "ran\n");
  }
}

}  // namespace
}  // namespace brig::init
