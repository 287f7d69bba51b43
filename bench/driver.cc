// brig_bench_driver: runs the commands of several runtimes in turn and says what each cost. bench/run prepares what it
// needs and makes a table of what it prints.
//
//   brig_bench_driver ROUNDS WARMUP SETTLE_US BUNDLE SCRATCH NAME=COMMAND...
//
// COMMAND (split at spaces) is a runtime with its global options. On standard output, one line for each measured
// command and for each failure:
//   sample,ROUND,NAME,VERB,WALL_NS,CPU_US,MAXRSS_KIB,MINFLT,SWITCHES
//   failure,NAME,VERB,TEXT
// Wall time is that of posix_spawn until wait4 returned; CPU time and the rest are wait4's: of the command, and of
// what it waited for itself (so of the whole container for `run`).
//
// Statically linked and small on purpose: a child made by vfork accounts its parent's memory as its own maximum, so
// the driver's own size is the least that MAXRSS_KIB can show.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern char** environ;

namespace {

constexpr int kMostRuntimes = 8, kMostArguments = 32;
constexpr unsigned kTimeoutSeconds = 30;

struct Runtime {
  const char* name;
  char* words[kMostArguments];
  int count = 0;
  bool failed[3] = {};  // by scenario: not tried again
};

struct Plan {
  long rounds, warmup, settle_us;
  const char* bundle;
  char pid_file[256];
  int null, errors;  // standard input and output, and standard error, of what is measured
};

struct Usage {
  std::int64_t wall_ns;
  rusage resources;
  int status;
};

volatile pid_t current = -1;
void on_timeout(int) {
  if (current > 0) kill(current, SIGKILL);
}

std::int64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::int64_t microseconds(const timeval& time) { return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_usec; }

// Runs one command. Containers' processes are reaped meanwhile, as an engine's monitor would: `delete --force` of some
// runtimes waits until the process has vanished.
Usage spawn(const Plan& plan, char* const* argv) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, plan.null, 0);
  posix_spawn_file_actions_adddup2(&actions, plan.null, 1);
  posix_spawn_file_actions_adddup2(&actions, plan.errors, 2);
  (void)!ftruncate(plan.errors, 0);
  Usage usage{};
  pid_t pid = -1;
  alarm(kTimeoutSeconds);
  const std::int64_t begin = now_ns();
  const int error = posix_spawn(&pid, argv[0], &actions, nullptr, argv, environ);
  current = pid;
  for (pid_t ended = -1; error == 0 && ended != pid;) ended = wait4(-1, &usage.status, 0, &usage.resources);
  usage.wall_ns = now_ns() - begin;
  alarm(0);
  current = -1;
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    dprintf(plan.errors, "%s: %s", argv[0], strerror(error));
    usage.status = 127 << 8;
  }
  return usage;
}

void tell_failure(const Plan& plan, const Runtime& runtime, const char* verb) {
  char text[512] = "";
  const ssize_t size = pread(plan.errors, text, sizeof text - 1, 0);
  for (ssize_t i = 0; i < size; ++i)
    if (iscntrl(static_cast<unsigned char>(text[i])) != 0) text[i] = ' ';
  printf("failure,%s,%s,%s\n", runtime.name, verb, text);
}

// One command of a container's life: measured, and told if it is not of the warm-up.
class Step {
 public:
  Step(const Plan& plan, Runtime& runtime, long round, int scenario)
      : plan_(plan), runtime_(runtime), round_(round), scenario_(scenario) {
    snprintf(id_, sizeof id_, "bench-%d-%ld-%d", getpid(), round + plan.warmup, scenario);
  }

  // `verb` names the sample; the words are appended to the runtime's own, "ID" standing for the container's id.
  template <typename... Words>
  bool operator()(const char* verb, Words... words) {
    char* argv[kMostArguments + sizeof...(words) + 1];
    std::copy(runtime_.words, runtime_.words + runtime_.count, argv);
    int count = runtime_.count;
    ((argv[count++] = strcmp(words, "ID") == 0 ? id_ : const_cast<char*>(words)), ...);
    argv[count] = nullptr;
    usleep(static_cast<useconds_t>(plan_.settle_us));
    const Usage usage = spawn(plan_, argv);
    if (usage.status != 0) {
      tell_failure(plan_, runtime_, verb);
      runtime_.failed[scenario_] = true;
      return false;
    }
    if (round_ >= 0) tell(verb, usage);
    return true;
  }

  // After a failure, as far as the runtime can.
  void clean_up() {
    char* argv[kMostArguments + 4];
    std::copy(runtime_.words, runtime_.words + runtime_.count, argv);
    char remove[] = "delete", force[] = "--force";
    char* const tail[] = {remove, force, id_, nullptr};
    std::copy(tail, tail + 4, argv + runtime_.count);
    spawn(plan_, argv);
  }

 private:
  void tell(const char* verb, const Usage& usage) const {
    const rusage& r = usage.resources;
    printf("sample,%ld,%s,%s,%lld,%lld,%ld,%ld,%ld\n", round_, runtime_.name, verb,
           static_cast<long long>(usage.wall_ns),
           static_cast<long long>(microseconds(r.ru_utime) + microseconds(r.ru_stime)), r.ru_maxrss, r.ru_minflt,
           r.ru_nvcsw + r.ru_nivcsw);
  }

  const Plan& plan_;
  Runtime& runtime_;
  const long round_;
  const int scenario_;
  char id_[64];
};

// Waits until the container's process, which became our child when `create` ended, has ended and is reaped.
void wait_for_container(const Plan& plan) {
  char text[16] = "";
  const int fd = open(plan.pid_file, O_RDONLY | O_CLOEXEC);
  if (fd == -1) return;
  (void)!read(fd, text, sizeof text - 1);
  close(fd);
  const pid_t pid = atoi(text);
  alarm(kTimeoutSeconds);
  current = pid;
  while (pid > 0 && kill(pid, 0) == 0 && wait4(-1, nullptr, 0, nullptr) != -1) continue;
  alarm(0);
  current = -1;
}

bool run(const Plan& plan, Step& step) { return step("run", "run", "--bundle", plan.bundle, "ID"); }

bool live(const Plan& plan, Step& step) {
  if (!step("create", "create", "--bundle", plan.bundle, "--pid-file", plan.pid_file, "ID")) return false;
  if (!step("state", "state", "ID") || !step("kill 0", "kill", "ID", "0") || !step("start", "start", "ID"))
    return false;
  wait_for_container(plan);
  return step("delete", "delete", "ID");
}

bool force(const Plan& plan, Step& step) {
  return step("create (2nd)", "create", "--bundle", plan.bundle, "--pid-file", plan.pid_file, "ID") &&
         step("delete --force", "delete", "--force", "ID");
}

void play(const Plan& plan, Runtime* runtimes, int count, long round) {
  constexpr bool (*kScenarios[])(const Plan&, Step&) = {run, live, force};
  for (int scenario = 0; scenario < 3; ++scenario)
    for (int i = 0; i < count; ++i) {
      // Who comes first, and after whom, changes from round to round: what a container leaves to the kernel's own
      // threads (its network namespace, above all) is cleaned up while the next one is measured.
      const long turn = round + plan.warmup;
      const long place = turn % 2 == 0 ? i : count - 1 - i;
      Runtime& runtime = runtimes[(place + turn / 2) % count];
      if (runtime.failed[scenario]) continue;
      Step step(plan, runtime, round, scenario);
      if (!kScenarios[scenario](plan, step)) step.clean_up();
      while (waitpid(-1, nullptr, WNOHANG) > 0) continue;
    }
}

Runtime parse_runtime(char* text) {
  Runtime runtime{};
  char* command = std::strchr(text, '=');
  if (command == nullptr) std::exit(2);
  *command++ = '\0';
  runtime.name = text;
  for (char* word = std::strtok(command, " "); word != nullptr && runtime.count < kMostArguments - 1;
       word = std::strtok(nullptr, " "))
    runtime.words[runtime.count++] = word;
  return runtime;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7 || argc - 6 > kMostRuntimes) {
    std::fputs("usage: brig_bench_driver ROUNDS WARMUP SETTLE_US BUNDLE SCRATCH NAME=COMMAND...\n", stderr);
    return 2;
  }
  Plan plan{std::atol(argv[1]), std::atol(argv[2]), std::atol(argv[3]), argv[4], {}, -1, -1};
  char errors[256];
  snprintf(plan.pid_file, sizeof plan.pid_file, "%s/pid", argv[5]);
  snprintf(errors, sizeof errors, "%s/stderr", argv[5]);
  plan.null = open("/dev/null", O_RDWR | O_CLOEXEC);
  plan.errors = open(errors, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (plan.null == -1 || plan.errors == -1 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1) {
    std::perror("brig_bench_driver");
    return 1;
  }
  signal(SIGALRM, on_timeout);
  Runtime runtimes[kMostRuntimes];
  const int count = argc - 6;
  for (int i = 0; i < count; ++i) runtimes[i] = parse_runtime(argv[6 + i]);
  for (long round = -plan.warmup; round < plan.rounds; ++round) play(plan, runtimes, count, round);
  bool failed = false;
  for (int i = 0; i < count; ++i) failed |= runtimes[i].failed[0] || runtimes[i].failed[1] || runtimes[i].failed[2];
  return failed ? 1 : 0;
}
