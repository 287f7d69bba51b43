#include <grp.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "bench/floor/floor.h"

namespace bench_floor {

const unsigned kCapabilities[14] = {
    CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_FSETID,  CAP_FOWNER,           CAP_MKNOD,      CAP_NET_RAW, CAP_SETGID,
    CAP_SETUID, CAP_SETFCAP,      CAP_SETPCAP, CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT, CAP_KILL,    CAP_AUDIT_WRITE};

namespace {

std::uint64_t capability_mask() {
  std::uint64_t mask = 0;
  for (const unsigned capability : kCapabilities) mask |= std::uint64_t{1} << capability;
  return mask;
}

void drop_bounding_set() {
  const std::uint64_t mask = capability_mask();
  for (unsigned capability = 0; capability <= CAP_LAST_CAP; ++capability)
    if ((mask >> capability & 1) == 0) check(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "PR_CAPBSET_DROP");
}

void set_capabilities() {
  const std::uint64_t mask = capability_mask();
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const auto low = static_cast<std::uint32_t>(mask), high = static_cast<std::uint32_t>(mask >> 32);
  const __user_cap_data_struct data[2] = {{low, low, 0}, {high, high, 0}};
  check(syscall(SYS_capset, &header, data), "capset");
}

void load_filter(int fd) {
  static sock_filter program[BPF_MAXINSNS];
  const long size = check(read(fd, program, sizeof program), "read the seccomp filter");
  sock_fprog filter{static_cast<unsigned short>(static_cast<std::size_t>(size) / sizeof(sock_filter)), program};
  check(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter), "seccomp");
}

constexpr bpf_insn instruction(int code, unsigned to, unsigned from, std::int16_t offset, std::int32_t value) {
  bpf_insn result{};
  result.code = static_cast<std::uint8_t>(code);
  result.dst_reg = to & 15;  // fields of 4 bits
  result.src_reg = from & 15;
  result.off = offset;
  result.imm = value;
  return result;
}
constexpr bpf_insn load32(unsigned to, std::int16_t offset) {
  return instruction(BPF_LDX | BPF_MEM | BPF_W, to, BPF_REG_1, offset, 0);
}
constexpr bpf_insn alu(int operation, unsigned to, std::int32_t value) {
  return instruction(BPF_ALU64 | BPF_K | operation, to, 0, 0, value);
}
constexpr bpf_insn alu_register(int operation, unsigned to, unsigned from) {
  return instruction(BPF_ALU64 | BPF_X | operation, to, from, 0, 0);
}
constexpr bpf_insn jump(int operation, unsigned left, std::int32_t right, std::int16_t over) {
  return instruction(BPF_JMP | BPF_K | operation, left, 0, over, right);
}
constexpr bpf_insn leave() { return instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }
constexpr std::int32_t device(std::int32_t major, std::int32_t minor) { return major << 20 | minor; }

// mknod of anything; every access to the character devices of config-linux.md#default-devices, the pseudoterminals,
// the console and tun; nothing else. r2: what kind of access, r3: the device as one number.
constexpr bpf_insn kDeviceProgram[] = {
    load32(BPF_REG_2, 0),
    load32(BPF_REG_3, 4),
    load32(BPF_REG_4, 8),
    alu_register(BPF_MOV, BPF_REG_5, BPF_REG_2),
    alu(BPF_RSH, BPF_REG_5, 16),
    jump(BPF_JEQ, BPF_REG_5, BPF_DEVCG_ACC_MKNOD, 16),
    alu(BPF_AND, BPF_REG_2, 0xffff),
    jump(BPF_JNE, BPF_REG_2, BPF_DEVCG_DEV_CHAR, 12),
    jump(BPF_JEQ, BPF_REG_3, 136, 13),
    alu(BPF_LSH, BPF_REG_3, 20),
    alu_register(BPF_OR, BPF_REG_3, BPF_REG_4),
    jump(BPF_JEQ, BPF_REG_3, device(1, 3), 10),
    jump(BPF_JEQ, BPF_REG_3, device(1, 5), 9),
    jump(BPF_JEQ, BPF_REG_3, device(1, 7), 8),
    jump(BPF_JEQ, BPF_REG_3, device(1, 8), 7),
    jump(BPF_JEQ, BPF_REG_3, device(1, 9), 6),
    jump(BPF_JEQ, BPF_REG_3, device(5, 0), 5),
    jump(BPF_JEQ, BPF_REG_3, device(5, 1), 4),
    jump(BPF_JEQ, BPF_REG_3, device(5, 2), 3),
    jump(BPF_JEQ, BPF_REG_3, device(10, 200), 2),
    alu(BPF_MOV, BPF_REG_0, 0),
    leave(),
    alu(BPF_MOV, BPF_REG_0, 1),
    leave(),
};

}  // namespace

void confine(int filter) {
  const gid_t groups[] = {0, 10};
  check(setgroups(2, groups), "setgroups");
  drop_bounding_set();
  // Without no_new_privs, seccomp(2) needs CAP_SYS_ADMIN: before the capabilities are given up.
  load_filter(filter);
  set_capabilities();
}

void attach_device_program(int cgroup) {
  bpf_attr load{};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = reinterpret_cast<std::uintptr_t>(kDeviceProgram);
  load.insn_cnt = sizeof kDeviceProgram / sizeof kDeviceProgram[0];
  load.license = reinterpret_cast<std::uintptr_t>("GPL");
  const int program = static_cast<int>(check(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load), "BPF_PROG_LOAD"));
  bpf_attr attach{};
  attach.target_fd = static_cast<std::uint32_t>(cgroup);
  attach.attach_bpf_fd = static_cast<std::uint32_t>(program);
  attach.attach_type = BPF_CGROUP_DEVICE;
  check(syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach), "BPF_PROG_ATTACH");
  close(program);
}

}  // namespace bench_floor
