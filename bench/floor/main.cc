// brig_floor: the command line of a runtime over the hard-coded container of floor.h, so that the driver can treat it
// like any other.
//
//   brig_floor --root DIR --cgroup DIR --filter FILE run|create|verify --bundle DIR [--pid-file FILE] ID
//   brig_floor --root DIR --cgroup DIR start|state|kill|delete [--force] ID [SIGNAL]
#include "bench/floor/floor.h"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace bench_floor {

void fail(const char* what) {
  dprintf(2, "floor: %s: %s\n", what, strerror(errno));
  _exit(1);
}

void write_file(const char* path, const char* text) {
  const int fd = static_cast<int>(check(open(path, O_WRONLY | O_CLOEXEC), path));
  check(write(fd, text, strlen(text)), path);
  close(fd);
}

namespace {

enum class Verb { kRun, kCreate, kVerify };

struct Options {
  const char* root = "";
  const char* cgroup = "";
  const char* filter = "";
  const char* verb = "";
  const char* bundle = "";
  const char* pid_file = nullptr;
  bool force = false;
  const char* id = "";
  int signal = SIGTERM;
};

// Paths in the container's state directory.
struct State {
  char directory[96], pid[104], socket[104];
};

State state_of(const Options& options) {
  State state;
  snprintf(state.directory, sizeof state.directory, "%s/%s", options.root, options.id);
  snprintf(state.pid, sizeof state.pid, "%s/pid", state.directory);
  snprintf(state.socket, sizeof state.socket, "%s/start", state.directory);
  return state;
}

void put_pid(const char* path, pid_t pid) {
  char text[16];
  const int size = snprintf(text, sizeof text, "%d", pid);
  const int fd = static_cast<int>(check(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), path));
  check(write(fd, text, static_cast<std::size_t>(size)), path);
  close(fd);
}

pid_t get_pid(const State& state) {
  char text[16] = "";
  const int fd = static_cast<int>(check(open(state.pid, O_RDONLY | O_CLOEXEC), state.pid));
  check(read(fd, text, sizeof text - 1), state.pid);
  close(fd);
  return atoi(text);
}

sockaddr_un address_of(const State& state) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  snprintf(address.sun_path, sizeof address.sun_path, "%s", state.socket);
  return address;
}

int stream_socket() { return static_cast<int>(check(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")); }

int listen_for_start(const State& state) {
  const sockaddr_un address = address_of(state);
  const int fd = stream_socket();
  check(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind the start socket");
  check(listen(fd, 1), "listen");
  return fd;
}

[[noreturn]] void run_init(const Options& options, Verb verb, int channel, int start) {
  check(setsid(), "setsid");
  check(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "floor"), "join a session keyring");
  check(unshare(CLONE_NEWCGROUP), "unshare the cgroup namespace");
  make_root(options.bundle);
  set_kernel_values();
  restrict_paths();
  const int filter = static_cast<int>(check(open(options.filter, O_RDONLY | O_CLOEXEC), options.filter));
  enter_root();
  confine(filter);
  // From here on the device program is in place as well.
  char token = 0;
  check(read(channel, &token, 1), "wait for the device program");
  if (verb == Verb::kVerify) _exit(verify() == 0 ? 0 : 1);
  if (verb == Verb::kCreate) {
    check(write(channel, &token, 1), "say that init is ready");
    check(accept4(start, nullptr, nullptr, SOCK_CLOEXEC), "wait for start");
  }
  char program[] = "/bin/true", path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  char* const argv[] = {program, nullptr};
  char* const envp[] = {path, nullptr};
  execve(program, argv, envp);
  fail(program);
}

struct Init {
  pid_t pid;
  int channel, pidfd;
};

Init clone_init(const Options& options, Verb verb, int cgroup, int start) {
  int ends[2], pidfd = -1;
  check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
  clone_args args{};
  args.flags =
      CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_INTO_CGROUP | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  args.cgroup = static_cast<std::uint64_t>(cgroup);
  const auto pid = static_cast<pid_t>(check(syscall(SYS_clone3, &args, sizeof args), "clone3"));
  if (pid == 0) run_init(options, verb, ends[1], start);
  close(ends[1]);
  return {pid, ends[0], pidfd};
}

void remove_state(const Options& options, const State& state) {
  check(rmdir(options.cgroup), options.cgroup);
  check(unlink(state.pid), state.pid);
  if (unlink(state.socket) == -1 && errno != ENOENT) fail(state.socket);
  check(rmdir(state.directory), state.directory);
}

int run(const Options& options, Verb verb) {
  const State state = state_of(options);
  check(mkdir(state.directory, 0700), state.directory);
  check(mkdir(options.cgroup, 0755), options.cgroup);
  const int cgroup = static_cast<int>(check(open(options.cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC), options.cgroup));
  const int start = verb == Verb::kCreate ? listen_for_start(state) : -1;
  const Init init = clone_init(options, verb, cgroup, start);
  attach_device_program(cgroup);
  put_pid(state.pid, init.pid);
  check(write(init.channel, "d", 1), "let init go on");
  char token = 0;
  if (verb == Verb::kCreate) {
    if (check(read(init.channel, &token, 1), "wait for init") != 1) fail("init died");
    if (options.pid_file != nullptr) put_pid(options.pid_file, init.pid);
    return 0;
  }
  int status = 0;
  check(waitpid(init.pid, &status, 0), "waitpid");
  remove_state(options, state);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int start(const Options& options) {
  const State state = state_of(options);
  const sockaddr_un address = address_of(state);
  const int fd = stream_socket();
  check(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect to init");
  char token = 0;
  check(read(fd, &token, 1), "wait for execve");  // end of file: the socket is close-on-exec
  return 0;
}

int show_state(const Options& options) {
  const pid_t pid = get_pid(state_of(options));
  printf("{\"id\": \"%s\", \"pid\": %d, \"status\": \"%s\"}\n", options.id, pid,
         kill(pid, 0) == 0 ? "created" : "stopped");
  return 0;
}

int send_signal(const Options& options) {
  const int pidfd = static_cast<int>(check(syscall(SYS_pidfd_open, get_pid(state_of(options)), 0), "pidfd_open"));
  check(syscall(SYS_pidfd_send_signal, pidfd, options.signal, nullptr, 0), "pidfd_send_signal");
  return 0;
}

int remove_container(const Options& options) {
  const State state = state_of(options);
  if (options.force) {
    const int pidfd = static_cast<int>(check(syscall(SYS_pidfd_open, get_pid(state), 0), "pidfd_open"));
    check(syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0), "pidfd_send_signal");
    pollfd ended{pidfd, POLLIN, 0};
    check(poll(&ended, 1, -1), "poll");
  }
  remove_state(options, state);
  return 0;
}

Options parse(int argc, char** argv) {
  Options options;
  int position = 0;
  for (int i = 1; i < argc; ++i) {
    const auto is = [&](const char* name) { return strcmp(argv[i], name) == 0; };
    const auto value = [&] { return i + 1 < argc ? argv[++i] : ""; };
    if (is("--root"))
      options.root = value();
    else if (is("--cgroup"))
      options.cgroup = value();
    else if (is("--filter"))
      options.filter = value();
    else if (is("--bundle"))
      options.bundle = value();
    else if (is("--pid-file"))
      options.pid_file = value();
    else if (is("--force"))
      options.force = true;
    else if (position == 0)
      options.verb = argv[i], ++position;
    else if (position == 1)
      options.id = argv[i], ++position;
    else
      options.signal = atoi(argv[i]);
  }
  return options;
}

}  // namespace
}  // namespace bench_floor

int main(int argc, char** argv) {
  using namespace bench_floor;
  const Options options = parse(argc, argv);
  const auto is = [&](const char* verb) { return strcmp(options.verb, verb) == 0; };
  if (is("run")) return run(options, Verb::kRun);
  if (is("create")) return run(options, Verb::kCreate);
  if (is("verify")) return run(options, Verb::kVerify);
  if (is("start")) return start(options);
  if (is("state")) return show_state(options);
  if (is("kill")) return send_signal(options);
  if (is("delete")) return remove_container(options);
  fprintf(stderr, "floor: unknown command '%s'\n", options.verb);
  return 2;
}
