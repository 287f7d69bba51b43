// Runs in: runtime.
//
// What kind of program a file is, from its beginning. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace brig::container {

struct Executable {
  enum class Kind { kElf, kScript, kOther };
  Kind kind = Kind::kOther;
  std::uint16_t machine = 0;     // ELF: EM_*
  std::string interpreter;       // ELF: the dynamic loader; script: what "#!" names; "": none
  bool carriage_return = false;  // a script whose first line ends as on Windows
};

// `head` is the first kExecutableHead bytes of the file, or all of it. What is damaged or leads out of `head` counts as
// absent. elf(5), execve(2) "Interpreter scripts".
inline constexpr std::size_t kExecutableHead = 4096;
Executable inspect_executable(std::string_view head);

// Whether this machine's kernel runs programs for `machine` by itself: its own, and on x86_64 also i386's.
bool runs_here(std::uint16_t machine);
// "x86_64", "aarch64" …; the number for others.
std::string machine_name(std::uint16_t machine);

}  // namespace brig::container
