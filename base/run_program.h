// Runs a program of the host (a hook, newuidmap) to its end: own process group, own environment, nothing inherited but
// three descriptors, no shell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/sys.h"

namespace brig {

struct Program {
  std::string path;                // absolute
  std::vector<std::string> args;   // argv, the name first; empty: {path}
  std::vector<std::string> env;    // all of it: nothing of our own is added
  std::string input;               // what stdin holds; a program that doesn't read it is fine
  std::optional<int> timeout_ms;   // nullopt: waits as long as it takes
  std::string directory = {};      // where it starts; where the caller is if it is empty or can't be entered
  std::size_t keep_output = 1024;  // how many bytes of the end of its output are of use
};

struct ProgramEnd {
  sys::Exit exit;
  bool timed_out = false;  // then its process group was killed
  std::uint64_t duration_ns = 0;
  std::string output;  // the end of what it wrote to stdout and stderr, Program::keep_output bytes at most
  bool ok() const { return !timed_out && exit.exited && exit.status == 0; }
  // "exit status 3 after 12 ms", "signal 9 after 12 ms", "no end after 2000 ms, killed", with the output's end.
  std::string describe() const;
};

// Fails only if the program could not be started at all; how it ended is in the value. A program that can't be executed
// ends with status 127 and the reason as its output. Dies with the caller (PR_SET_PDEATHSIG).
Result<ProgramEnd> run_program(const Program& program);

}  // namespace brig
