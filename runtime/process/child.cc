// Runs in: runtime.
#include "runtime/process/child.h"

#include "base/text.h"

namespace brig::process {

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    kill_and_reap();
    pid_ = other.pid_;
    pidfd_ = std::move(other.pidfd_);
  }
  return *this;
}

Result<sys::Exit> Child::wait() {
  const sys::Exit exit = TRY(sys::wait_pidfd(pidfd_));
  release();
  return exit;
}

void Child::kill_and_reap() {
  if (!pidfd_) return;
  (void)sys::pidfd_send_signal(pidfd_, SIGKILL);  // Ignored: ESRCH, it has ended by itself.
  (void)sys::wait_pidfd(pidfd_);                  // Ignored: ECHILD, somebody else reaped it.
  release();
}

std::string describe(const sys::Exit& exit) { return text::cat(exit.exited ? "exit status " : "signal ", exit.status); }

}  // namespace brig::process
