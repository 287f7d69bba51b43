// Architectures and the numbers that system calls have there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "seccomp/conditions.h"

namespace brig::seccomp {

struct Architecture {
  std::uint32_t token = 0;       // libseccomp's name for it; x32 has one of its own
  std::uint32_t audit_arch = 0;  // what seccomp_data.arch is: x32 has x86_64's
  Width width = Width::k64;
};

// What this program is compiled for.
Architecture native_architecture();
// "SCMP_ARCH_X86_64" …, as config-linux.md#seccomp lists them. `pointer` is where it stands. kConfig for another name
// or one whose byte order is not this machine's (it cannot run here, and its arguments would be read wrongly),
// kUnsupported for one that this libseccomp does not know.
Result<Architecture> architecture_from(std::string_view name, std::string_view pointer);

// The bit that x32's numbers have and x86_64's don't (arch/x86/include/uapi/asm/unistd.h).
inline constexpr std::uint32_t kX32Bit = 0x40000000;
bool is_x32(const Architecture& architecture);
// Whether `audit_arch` is the one that x86_64 and x32 have in common.
bool has_x32_numbers(std::uint32_t audit_arch);

// How to make a system call on an architecture: by a number of its own, by one that leads to several calls and takes
// which one as argument 0 (socketcall(2), ipc(2)), by both (i386 since Linux 4.3), or not at all.
struct Call {
  std::optional<std::uint32_t> number;
  struct Multiplexed {
    std::uint32_t number = 0, which = 0;
  };
  std::optional<Multiplexed> multiplexed;
};
// nullopt for a name that this libseccomp has on no architecture.
std::optional<Call> call_on(const Architecture& architecture, const std::string& name);

}  // namespace brig::seccomp
