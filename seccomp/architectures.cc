#include "seccomp/architectures.h"

#include <linux/audit.h>
#include <seccomp.h>

#include <algorithm>
#include <bit>

#include "seccomp/names.h"

namespace brig::seccomp {
namespace {

// ---- calls that share one number (socketcall(2), ipc(2))

enum Column : std::uint8_t { kX86, kMips, kPpc, kPpc64, kS390, kS390x, kColumns };

// libseccomp's number for such a call, the same on all these architectures: -100 or -200 less the value of the first
// argument that selects it (include/uapi/linux/net.h, ipc.h). And the number of its own that it has as well,
// 0 for none (the syscall.tbl of each architecture); libseccomp knows these, but has no function that tells.
struct Multiplexed {
  int pseudo;
  std::uint16_t numbers[kColumns];
};
constexpr Multiplexed kMultiplexed[] = {
    // x86, mips (o32), ppc, ppc64, s390, s390x
    {-101, {359, 4183, 326, 326, 359, 359}},  // socket
    {-102, {361, 4169, 327, 327, 361, 361}},  // bind
    {-103, {362, 4170, 328, 328, 362, 362}},  // connect
    {-104, {363, 4174, 329, 329, 363, 363}},  // listen
    {-105, {0, 4168, 330, 330, 0, 0}},        // accept
    {-106, {367, 4172, 331, 331, 367, 367}},  // getsockname
    {-107, {368, 4171, 332, 332, 368, 368}},  // getpeername
    {-108, {360, 4184, 333, 333, 360, 360}},  // socketpair
    {-109, {0, 4178, 334, 334, 0, 0}},        // send
    {-110, {0, 4175, 336, 336, 0, 0}},        // recv
    {-111, {369, 4180, 335, 335, 369, 369}},  // sendto
    {-112, {371, 4176, 337, 337, 371, 371}},  // recvfrom
    {-113, {373, 4182, 338, 338, 373, 373}},  // shutdown
    {-114, {366, 4181, 339, 339, 366, 366}},  // setsockopt
    {-115, {365, 4173, 340, 340, 365, 365}},  // getsockopt
    {-116, {370, 4179, 341, 341, 370, 370}},  // sendmsg
    {-117, {372, 4177, 342, 342, 372, 372}},  // recvmsg
    {-118, {364, 4334, 344, 344, 364, 364}},  // accept4
    {-119, {337, 4335, 343, 343, 357, 357}},  // recvmmsg
    {-120, {345, 4343, 349, 349, 358, 358}},  // sendmmsg
    {-201, {0, 0, 0, 0, 0, 0}},               // semop
    {-202, {393, 4393, 393, 393, 393, 393}},  // semget
    {-203, {394, 4394, 394, 394, 394, 394}},  // semctl
    {-204, {0, 0, 0, 392, 0, 392}},           // semtimedop
    {-211, {400, 4400, 400, 400, 400, 400}},  // msgsnd
    {-212, {401, 4401, 401, 401, 401, 401}},  // msgrcv
    {-213, {399, 4399, 399, 399, 399, 399}},  // msgget
    {-214, {402, 4402, 402, 402, 402, 402}},  // msgctl
    {-221, {397, 4397, 397, 397, 397, 397}},  // shmat
    {-222, {398, 4398, 398, 398, 398, 398}},  // shmdt
    {-223, {395, 4395, 395, 395, 395, 395}},  // shmget
    {-224, {396, 4396, 396, 396, 396, 396}},  // shmctl
};
constexpr int kFirstIpc = -200;

// Where one number serves all socket calls and one all ipc calls.
std::optional<Column> column_of(std::uint32_t token) {
  switch (token) {
    case SCMP_ARCH_X86: return kX86;
    case SCMP_ARCH_MIPS:
    case SCMP_ARCH_MIPSEL: return kMips;
    case SCMP_ARCH_PPC: return kPpc;
    case SCMP_ARCH_PPC64:
    case SCMP_ARCH_PPC64LE: return kPpc64;
    case SCMP_ARCH_S390: return kS390;
    case SCMP_ARCH_S390X: return kS390x;
    default: return std::nullopt;
  }
}

Call multiplexed_call(Column column, int pseudo) {
  const Multiplexed* row = std::ranges::find(kMultiplexed, pseudo, &Multiplexed::pseudo);
  if (row == std::end(kMultiplexed)) return {};
  const bool ipc = pseudo < kFirstIpc;
  const std::uint32_t base = column == kMips ? 4000 : 0;
  Call call = {.multiplexed = Call::Multiplexed{.number = base + (ipc ? 117U : 102U),
                                                .which = static_cast<std::uint32_t>(-pseudo) % (ipc ? 200 : 100)}};
  if (row->numbers[column] != 0) call.number = row->numbers[column];
  return call;
}

Architecture from_token(std::uint32_t token) {
  // n32 has 64 bit registers, but its arguments are 32 bits wide, and so the comparisons.
  const bool wide = (token & __AUDIT_ARCH_64BIT) != 0 && (token & __AUDIT_ARCH_CONVENTION_MIPS64_N32) == 0;
  return {.token = token,
          .audit_arch = token == SCMP_ARCH_X32 ? SCMP_ARCH_X86_64 : token,
          .width = wide ? Width::k64 : Width::k32};
}

}  // namespace

Architecture native_architecture() { return from_token(seccomp_arch_native()); }

std::optional<Architecture> architecture_from(std::string_view name) {
  if (!is_architecture_name(name)) return std::nullopt;
  std::string lower(name.substr(std::string_view("SCMP_ARCH_").size()));
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const std::uint32_t token = seccomp_arch_resolve_name(lower.c_str());
  if (token == 0) return std::nullopt;
  const bool little = (token & __AUDIT_ARCH_LE) != 0;
  if (little != (std::endian::native == std::endian::little)) return std::nullopt;
  return from_token(token);
}

bool is_x32(const Architecture& architecture) { return architecture.token == SCMP_ARCH_X32; }
bool has_x32_numbers(std::uint32_t audit_arch) { return audit_arch == SCMP_ARCH_X86_64; }

std::uint32_t last_ordinary_number(const Architecture& architecture) {
  constexpr std::uint32_t kArmOwn = 0x0f0000;  // __ARM_NR_BASE: cacheflush, set_tls …
  if (architecture.token == SCMP_ARCH_X86_64) return kX32Bit - 1;
  if (architecture.token == SCMP_ARCH_ARM) return kArmOwn - 1;
  return kSkippedCall - 1;
}

bool reports_unknown_as_zero(const Architecture& architecture) {
  return architecture.token == SCMP_ARCH_S390 || architecture.token == SCMP_ARCH_S390X;
}

std::optional<Call> call_on(const Architecture& architecture, const std::string& name) {
  const int number = seccomp_syscall_resolve_name_arch(architecture.token, name.c_str());
  if (number == __NR_SCMP_ERROR) return std::nullopt;
  if (number >= 0) return Call{.number = static_cast<std::uint32_t>(number)};
  // Below zero: this architecture does not have the call by itself.
  const std::optional<Column> column = column_of(architecture.token);
  return column ? multiplexed_call(*column, number) : Call{};
}

}  // namespace brig::seccomp
