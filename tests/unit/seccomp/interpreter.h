// A classic BPF machine as far as seccomp(2) allows it, which refuses what the kernel's verifier refuses.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace brig::testing {

// A test that cannot go on: what it found is not a difference to report, but no program at all.
[[noreturn]] inline void give_up(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::abort();
}

struct Outcome {
  std::uint32_t action = 0;
  std::size_t steps = 0;
};

// The action that `program` ends with for `data`. Gives up where the kernel would not have loaded the program.
inline Outcome run_filter(const std::vector<sock_filter>& program, const seccomp_data& data) {
  std::uint32_t accumulator = 0;
  Outcome outcome;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& i = program[at];
    ++outcome.steps;
    switch (i.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (i.k % 4 != 0 || i.k + 4 > sizeof data) give_up("load outside of seccomp_data");
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + i.k, 4);
        break;
      case BPF_ALU | BPF_AND | BPF_K: accumulator &= i.k; break;
      case BPF_JMP | BPF_JA: at += i.k; break;
      case BPF_JMP | BPF_JEQ | BPF_K: at += accumulator == i.k ? i.jt : i.jf; break;
      case BPF_JMP | BPF_JGT | BPF_K: at += accumulator > i.k ? i.jt : i.jf; break;
      case BPF_JMP | BPF_JGE | BPF_K: at += accumulator >= i.k ? i.jt : i.jf; break;
      case BPF_RET | BPF_K: outcome.action = i.k; return outcome;
      default: give_up("unknown instruction");
    }
  }
  give_up("ran off the end of the program");
}

}  // namespace brig::testing
