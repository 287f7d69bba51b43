// Architectures and the numbers that system calls have there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "seccomp/conditions.h"

namespace brig::seccomp {

struct Architecture {
  std::uint32_t token = 0;       // libseccomp's name for it; x32 has one of its own
  std::uint32_t audit_arch = 0;  // what seccomp_data.arch is: x32 has x86_64's
  Width width = Width::k64;
};

// What this program is compiled for.
Architecture native_architecture();
// "SCMP_ARCH_X86_64" …: nullopt for one of the specification's names (names.h) that a filter needs nothing for, because
// no program of it can run here: its byte order is not this machine's, or this libseccomp does not know it. Its calls
// get what those of every architecture that is not listed get.
std::optional<Architecture> architecture_from(std::string_view name);

// The bit that x32's numbers have and x86_64's don't (arch/x86/include/uapi/asm/unistd.h).
inline constexpr std::uint32_t kX32Bit = 0x40000000;
bool is_x32(const Architecture& architecture);
// Whether `audit_arch` is the one that x86_64 and x32 have in common.
bool has_x32_numbers(std::uint32_t audit_arch);

// The highest of the numbers that an architecture's new system calls are counted up to: above are x32's on x86_64,
// arm's own calls on arm, and the number by which a tracer skips a call (seccomp(2), SECCOMP_RET_TRACE), which is
// nobody's.
inline constexpr std::uint32_t kSkippedCall = 0xffffffff;
std::uint32_t last_ordinary_number(const Architecture& architecture);
// Where the kernel reports the number 0 (once setup(2)) for every call that it does not know: s390 and s390x.
bool reports_unknown_as_zero(const Architecture& architecture);

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
