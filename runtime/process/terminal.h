// Runs in: runtime.
//
// `run` in the foreground: stands between the caller's terminal and the container's.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace brig::process {

// The caller's terminal in raw mode, copied to and from the container's. Restores it when destroyed.
class TerminalProxy {
 public:
  // `master`: what init sent through its console socket. Raw mode is set if stdin is a terminal.
  static Result<TerminalProxy> open(UniqueFd master);
  TerminalProxy(TerminalProxy&& other) noexcept
      : master_(std::move(other.master_)),
        saved_(std::exchange(other.saved_, {})),
        unsent_(std::move(other.unsent_)),
        input_open_(other.input_open_),
        output_open_(other.output_open_),
        reader_left_(other.reader_left_) {}
  TerminalProxy& operator=(TerminalProxy&&) = delete;
  ~TerminalProxy();

  FdRef master() const { return master_; }
  bool wants_input() const { return input_open_ && output_open_ && unsent_.empty(); }
  // Whether input waits for the container to read what it has: a terminal holds 4 KiB (pty(7)).
  bool has_unsent() const { return !unsent_.empty() && output_open_; }
  bool wants_output() const { return output_open_; }
  // Copies what stdin has to the container, as far as its terminal takes it without waiting: the container may itself
  // wait until we take its output. At the end, end-of-file is not passed on (a terminal has none).
  void copy_input();
  void send_unsent();
  // Copies what the container wrote to stdout. Once nobody reads there (EPIPE) it is thrown away: the container goes on
  // as if it were looked at, rather than wait for ever in a full terminal.
  void copy_output();
  // Copies the rest after the container has ended.
  void drain();
  // Gives the container's terminal the size of the caller's (SIGWINCH).
  void resize() const;

 private:
  explicit TerminalProxy(UniqueFd master) : master_(std::move(master)) {}
  UniqueFd master_;
  std::string saved_;   // the caller's settings; empty: none to restore
  std::string unsent_;  // read from stdin, not yet taken by the container's terminal
  bool input_open_ = true, output_open_ = true, reader_left_ = false;
};

}  // namespace brig::process
