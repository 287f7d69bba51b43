// Runs in: runtime.
#pragma once

#include <sys/types.h>

#include "base/fd.h"
#include "base/result.h"
#include "base/sys.h"

namespace brig::process {

// A child process held by its pidfd. Killed and reaped by the destructor unless released.
class Child {
 public:
  Child() = default;
  Child(pid_t pid, UniqueFd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  Child(Child&&) noexcept = default;
  Child& operator=(Child&& other) noexcept;
  ~Child() { kill_and_reap(); }

  pid_t pid() const { return pid_; }
  FdRef pidfd() const { return pidfd_; }
  // Waits for its end and reaps it.
  Result<sys::Exit> wait();
  // It lives on without us.
  void release() { pidfd_.reset(); }

 private:
  void kill_and_reap();
  pid_t pid_ = -1;
  UniqueFd pidfd_;
};

// "exit status 3" or "signal 9".
std::string describe(const sys::Exit& exit);

}  // namespace brig::process
