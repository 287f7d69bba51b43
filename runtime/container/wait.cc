// Runs in: runtime.
#include "runtime/container/wait.h"

#include <signal.h>

#include <array>
#include <optional>

#include "base/sys.h"

namespace brig::container {
namespace {

// Not passed on: what the kernel raises for our own doing, and what is about us.
constexpr int kOurs[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGURG};

// Reaps what has ended; init's exit if it was among it.
std::optional<sys::Exit> reap(pid_t init) {
  std::optional<sys::Exit> exit;
  for (;;) {
    auto reaped = sys::reap_any();
    if (!reaped.ok() || !reaped.value()) return exit;
    if (reaped.value()->pid == init) exit = reaped.value()->exit;
  }
}

void pass_on(int signal, const process::Child& init, process::TerminalProxy* terminal) {
  if (signal == SIGCHLD) return;
  if (signal == SIGWINCH) {
    if (terminal != nullptr) terminal->resize();
    return;
  }
  (void)sys::pidfd_send_signal(init.pidfd(), signal);  // Ignored: ESRCH, it has just ended.
}

}  // namespace

Result<UniqueFd> take_signals() {
  sigset_t set;
  sigfillset(&set);
  for (const int signal : kOurs) sigdelset(&set, signal);
  TRY(sys::block_signals(set));
  // Blocked, so that a write fails instead: who reads our output may go, and the container is still to be removed.
  sigdelset(&set, SIGPIPE);
  return sys::signalfd(set);
}

int status_of_exit(const sys::Exit& exit) {
  constexpr int kKilledBySignal = 128;
  return exit.exited ? exit.status : kKilledBySignal + exit.status;
}

Result<sys::Exit> attend(process::Child& init, FdRef signals, process::TerminalProxy* terminal) {
  for (;;) {
    std::array<pollfd, 4> fds = {sys::poll_entry(init.pidfd(), POLLIN), sys::poll_entry(signals, POLLIN)};
    fds[2].fd = fds[3].fd = -1;  // poll(2) passes over these
    if (terminal != nullptr && terminal->wants_output())
      fds[2] = sys::poll_entry(terminal->master(), terminal->has_unsent() ? POLLIN | POLLOUT : POLLIN);
    if (terminal != nullptr && terminal->wants_input()) fds[3] = sys::poll_entry(FdRef::number(0), POLLIN);
    TRY(sys::poll(fds, -1), "wait for the container");
    if ((fds[2].revents & POLLOUT) != 0) terminal->send_unsent();
    if ((fds[2].revents & ~POLLOUT) != 0) terminal->copy_output();
    if (fds[3].revents != 0) terminal->copy_input();
    if (fds[1].revents != 0) {
      const int signal = TRY(sys::read_signalfd(signals)).signal;
      pass_on(signal, init, terminal);
    }
    if (fds[0].revents == 0 && fds[1].revents == 0) continue;
    const std::optional<sys::Exit> exit = reap(init.pid());
    if (!exit) continue;
    init.release();
    if (terminal != nullptr) terminal->drain();
    return *exit;
  }
}

}  // namespace brig::container
