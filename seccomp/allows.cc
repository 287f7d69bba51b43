#include "seccomp/allows.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <optional>

#include "seccomp/architectures.h"

namespace brig::seccomp {
namespace {

// The word of `data` that an instruction loads; nullopt outside of it.
std::optional<std::uint32_t> load(const seccomp_data& data, std::uint32_t offset) {
  std::uint32_t word = 0;
  if (offset % sizeof word != 0 || offset > sizeof data - sizeof word) return std::nullopt;
  std::memcpy(&word, reinterpret_cast<const char*>(&data) + offset, sizeof word);
  return word;
}

// The action for `data`; nullopt for a program with other instructions than ours (assemble.cc), or without an end.
std::optional<std::uint32_t> run(const std::vector<sock_filter>& program, const seccomp_data& data) {
  std::uint32_t accumulator = 0;
  // Jumps only go forward, so this ends.
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& i = program[at];
    switch (i.code) {
      case BPF_LD | BPF_W | BPF_ABS: {
        const std::optional<std::uint32_t> word = load(data, i.k);
        if (!word) return std::nullopt;
        accumulator = *word;
        break;
      }
      case BPF_ALU | BPF_AND | BPF_K: accumulator &= i.k; break;
      case BPF_JMP | BPF_JA: at += i.k; break;
      case BPF_JMP | BPF_JEQ | BPF_K: at += accumulator == i.k ? i.jt : i.jf; break;
      case BPF_JMP | BPF_JGT | BPF_K: at += accumulator > i.k ? i.jt : i.jf; break;
      case BPF_JMP | BPF_JGE | BPF_K: at += accumulator >= i.k ? i.jt : i.jf; break;
      case BPF_RET | BPF_K: return i.k;
      default: return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

bool allows(const Filter& filter, const std::string& call, std::span<const std::uint64_t> arguments) {
  const Architecture native = native_architecture();
  const std::optional<Call> found = call_on(native, call);
  if (!found || !found->number) return false;
  seccomp_data data = {};
  data.nr = static_cast<int>(*found->number);
  data.arch = native.audit_arch;
  std::copy_n(arguments.begin(), std::min(arguments.size(), std::size(data.args)), data.args);
  const std::optional<std::uint32_t> action = run(filter.program, data);
  return action && (*action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ALLOW;
}

}  // namespace brig::seccomp
