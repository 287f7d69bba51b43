#pragma once

#include "base/sys.h"

namespace brig {

// While it lives, modes of files are as they are given, whatever the caller's umask.
class NoUmask {
 public:
  NoUmask() : saved_(sys::umask(0)) {}
  ~NoUmask() { (void)sys::umask(saved_); }
  NoUmask(const NoUmask&) = delete;
  NoUmask& operator=(const NoUmask&) = delete;

 private:
  mode_t saved_;
};

}  // namespace brig
