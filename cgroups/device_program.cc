// The device rules as an eBPF program for cgroup2. Its context has the type and the access asked for in one word, the
// major and the minor number in two more (struct bpf_cgroup_dev_ctx); it returns 1 to allow and 0 to deny.
//
//   left = access; key = major << 20 | minor
//   for each rule for the device's type, latest first:
//     the device matches: allow: left &= ~the rule's access     deny: stop if left & the rule's access
//   return left == 0
//
// A rule that decides all that can be left is a single compare that jumps to the end. dev_t has 32 bits, so the key of
// an exact rule fits the immediate operand of a 32-bit compare (Linux 5.1).
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "base/sys.h"
#include "cgroups/devices.h"

namespace brig::cgroups {
namespace {

enum Register : unsigned char { kResult, kContext, kType, kMajor, kMinor, kKey, kLeft };
enum class Label { kBlock, kAllow, kEnd, kExit };

constexpr int kMinorBits = 20;

bpf_insn instruction(int code, Register to, Register from, std::uint32_t value) {
  bpf_insn made = {};
  made.code = static_cast<std::uint8_t>(code);
  made.dst_reg = to & 0xf;
  made.src_reg = from & 0xf;
  made.imm = static_cast<std::int32_t>(value);
  return made;
}

class Assembler {
 public:
  // A 32-bit word of the context.
  void load(Register to, std::size_t offset) {
    bpf_insn load = instruction(BPF_LDX | BPF_W | BPF_MEM, to, kContext, 0);
    load.off = static_cast<std::int16_t>(offset);
    program_.push_back(load);
  }
  void alu(int operation, Register to, std::uint32_t value) {
    program_.push_back(instruction(BPF_ALU | operation | BPF_K, to, kResult, value));
  }
  void alu(int operation, Register to, Register from) {
    program_.push_back(instruction(BPF_ALU | operation | BPF_X, to, from, 0));
  }
  // Skips the next instruction if `reg` is not `value`.
  void skip_next_unless(Register reg, std::uint32_t value) {
    program_.push_back(instruction(BPF_JMP32 | BPF_JNE, reg, kResult, value));
    program_.back().off = 1;
  }
  void jump_if(int comparison, Register reg, std::uint32_t value, Label label) {
    jumps_.push_back({.at = program_.size(), .label = label});
    program_.push_back(instruction(BPF_JMP32 | comparison, reg, kResult, value));
  }
  void jump_to(Label label) {
    jumps_.push_back({.at = program_.size(), .label = label});
    program_.push_back(instruction(BPF_JMP | BPF_JA, kResult, kResult, 0));
  }
  void exit() { program_.push_back(instruction(BPF_JMP | BPF_EXIT, kResult, kResult, 0)); }
  void place(Label label) { places_[static_cast<std::size_t>(label)] = program_.size(); }

  // The program with its jumps resolved.
  Result<std::vector<bpf_insn>> finish() && {
    for (const Jump& jump : jumps_) {
      const std::size_t distance = places_[static_cast<std::size_t>(jump.label)] - jump.at - 1;
      if (distance > std::numeric_limits<std::int16_t>::max())
        return Error::make(Error::Kind::kUnsupported, "too many device rules for one eBPF program");
      program_[jump.at].off = static_cast<std::int16_t>(distance);
    }
    return std::move(program_);
  }

 private:
  struct Jump {
    std::size_t at;
    Label label;
  };
  std::vector<bpf_insn> program_;
  std::vector<Jump> jumps_;
  std::size_t places_[4] = {};
};

struct Match {
  Register reg;
  std::uint32_t value;
};

Match match_of(const DeviceDecision& decision) {
  if (!decision.minor) return {.reg = kMajor, .value = *decision.major};
  if (!decision.major) return {.reg = kMinor, .value = *decision.minor};
  return {.reg = kKey, .value = *decision.major << kMinorBits | *decision.minor};
}

void settle(Assembler& out, const DeviceDecision& decision) {
  if (decision.allow)
    out.alu(BPF_AND, kLeft, kAnyAccess & ~decision.access);
  else
    out.jump_if(BPF_JSET, kLeft, decision.access, Label::kEnd);
}

void add_rules(Assembler& out, const std::vector<DeviceDecision>& decisions) {
  unsigned open = kAnyAccess;  // what can be left at this point
  for (const DeviceDecision& decision : decisions) {
    if (decision.any()) {
      settle(out, decision);
      open &= ~decision.access;
      continue;
    }
    const Match match = match_of(decision);
    if (decision.access == open) {
      // Nothing is left if it allows; whatever is left is denied if it denies.
      out.jump_if(BPF_JEQ, match.reg, match.value, decision.allow ? Label::kAllow : Label::kEnd);
    } else {
      out.skip_next_unless(match.reg, match.value);
      settle(out, decision);
    }
  }
}

}  // namespace

Result<std::vector<bpf_insn>> device_program(const std::vector<oci::DeviceRule>& rules) {
  Assembler out;
  out.load(kType, offsetof(bpf_cgroup_dev_ctx, access_type));
  out.load(kMajor, offsetof(bpf_cgroup_dev_ctx, major));
  out.load(kMinor, offsetof(bpf_cgroup_dev_ctx, minor));
  out.alu(BPF_MOV, kLeft, kType);
  out.alu(BPF_RSH, kLeft, 16);
  out.alu(BPF_AND, kType, 0xffff);
  out.alu(BPF_MOV, kKey, kMajor);
  out.alu(BPF_LSH, kKey, kMinorBits);
  out.alu(BPF_OR, kKey, kMinor);
  out.jump_if(BPF_JEQ, kType, BPF_DEVCG_DEV_BLOCK, Label::kBlock);

  add_rules(out, device_decisions(rules, 'c'));
  out.jump_to(Label::kEnd);
  out.place(Label::kBlock);
  add_rules(out, device_decisions(rules, 'b'));

  out.place(Label::kEnd);
  out.alu(BPF_MOV, kResult, std::uint32_t{0});
  out.jump_if(BPF_JNE, kLeft, 0, Label::kExit);
  out.place(Label::kAllow);
  out.alu(BPF_MOV, kResult, std::uint32_t{1});
  out.place(Label::kExit);
  out.exit();
  return std::move(out).finish();
}

namespace {

constexpr std::string_view kProgramName = "brig_devices";
static_assert(kProgramName.size() < BPF_OBJ_NAME_LEN);

// While it lives, as much memory can be locked as may be. Before Linux 5.11 programs are counted as such, those of all
// containers together, and whoever is over RLIMIT_MEMLOCK, 64 KiB by default, gets EPERM, root too (getrlimit(2)).
class MoreLockedMemory {
 public:
  MoreLockedMemory() : before_(sys::getrlimit(RLIMIT_MEMLOCK)) {
    if (!before_.ok() || sys::setrlimit(RLIMIT_MEMLOCK, RLIM_INFINITY, RLIM_INFINITY).ok()) return;
    // Without CAP_SYS_RESOURCE. Ignored if it fails: then that is the limit.
    (void)sys::setrlimit(RLIMIT_MEMLOCK, before_.value().hard, before_.value().hard).ok();
  }
  MoreLockedMemory(const MoreLockedMemory&) = delete;
  MoreLockedMemory& operator=(const MoreLockedMemory&) = delete;
  ~MoreLockedMemory() {
    // Ignored: less is always permitted.
    if (before_.ok()) (void)sys::setrlimit(RLIMIT_MEMLOCK, before_.value().soft, before_.value().hard).ok();
  }

 private:
  Result<sys::ResourceLimit> before_;
};

Result<UniqueFd> load(const std::vector<bpf_insn>& program) {
  // Immaterial, as the program calls none of the kernel's functions; but there must be one.
  static constexpr char kLicense[] = "none";
  bpf_attr load = {};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = reinterpret_cast<std::uint64_t>(program.data());
  load.insn_cnt = static_cast<std::uint32_t>(program.size());
  load.license = reinterpret_cast<std::uint64_t>(kLicense);
  std::copy(kProgramName.begin(), kProgramName.end(), load.prog_name);
  Result<UniqueFd> loaded = sys::bpf_fd(BPF_PROG_LOAD, load);
  if (!loaded.ok() && loaded.error().code() == EPERM) {
    const MoreLockedMemory more;
    loaded = sys::bpf_fd(BPF_PROG_LOAD, load);
  }
  return TRY(std::move(loaded), "load device program");
}

// Those that this file has attached to the cgroup.
Result<std::vector<UniqueFd>> ours(FdRef cgroup) {
  std::vector<UniqueFd> found;
  for (UniqueFd& program : TRY(sys::bpf_prog_query(cgroup, BPF_CGROUP_DEVICE)))
    if (TRY(sys::bpf_prog_name(program)) == kProgramName) found.push_back(std::move(program));
  return found;
}

}  // namespace

Result<void> attach_device_program(FdRef cgroup, const std::vector<bpf_insn>& program) {
  const UniqueFd loaded = TRY(load(program));
  TRY(sys::bpf_prog_attach(cgroup, loaded, BPF_CGROUP_DEVICE, BPF_F_ALLOW_MULTI), "attach device program");
  return {};
}

Result<void> replace_device_program(FdRef cgroup, const std::vector<bpf_insn>& program) {
  const std::vector<UniqueFd> old = TRY(ours(cgroup), "find device program");
  if (old.empty()) return attach_device_program(cgroup, program);
  const UniqueFd loaded = TRY(load(program));
  TRY(sys::bpf_prog_replace(cgroup, loaded, old.front(), BPF_CGROUP_DEVICE), "replace device program");
  for (std::size_t i = 1; i < old.size(); ++i)
    TRY(sys::bpf_prog_detach(cgroup, old[i], BPF_CGROUP_DEVICE), "detach device program");
  return {};
}

}  // namespace brig::cgroups
