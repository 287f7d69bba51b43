// File descriptors with an owner.
//
// Neither type converts to or from int: a descriptor cannot be taken for a flag word, a count or a pid, and
// cannot reach a system call outside base/ (scripts/check-layers refuses raw() elsewhere).
#pragma once

#include <fcntl.h>

#include <utility>

namespace brig {

// Owns a descriptor, or nothing. Move-only. Closes once and never retries on EINTR: on Linux the descriptor is
// gone even then, and a retry may close somebody else's (close(2), NOTES). Keeps errno.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  explicit operator bool() const { return fd_ >= 0; }
  void reset();
  // Gives the number up; the caller now answers for it.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  int raw() const { return fd_; }

 private:
  int fd_ = -1;
};

// Borrows a descriptor. Must not outlive what it was made from.
class FdRef {
 public:
  FdRef(const UniqueFd& fd) : fd_(fd.raw()) {}
  // The current working directory, for the *at() calls.
  static FdRef cwd() { return FdRef(AT_FDCWD); }
  // A descriptor known by its number: 0, 1, 2, and those that --preserve-fds names.
  static FdRef number(int n) { return FdRef(n); }

  int raw() const { return fd_; }

 private:
  explicit FdRef(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace brig
