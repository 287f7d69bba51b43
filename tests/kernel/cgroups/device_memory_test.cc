// Loading a device program where locked memory is limited, as kernels before 5.11 do it: played by a supervisor that
// answers bpf(2) in the kernel's place (seccomp_unotify(2)).
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstring>

#include "cgroups/devices.h"
#include "tests/kernel/cgroups/world.h"

namespace brig::cgroups {
namespace {

using testing::in_world;
using testing::kSkip;
using testing::place_for_test;
using testing::World;

constexpr rlim_t kTooLittle = 4096, kEnough = 65536;

// From here on each BPF_PROG_LOAD of this process is asked about at the descriptor; -1 if that can't be had.
int ask_about_programs() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, BPF_PROG_LOAD, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter = {static_cast<unsigned short>(sizeof program / sizeof *program), program};
  return static_cast<int>(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter));
}

// The kernel's part: EPERM while less than kEnough may be locked, otherwise the call goes on.
[[noreturn]] void answer(int listener) {
  for (;;) {
    seccomp_notif asked = {};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) == -1) _exit(1);
    rlimit limit = {};
    prlimit(static_cast<pid_t>(asked.pid), RLIMIT_MEMLOCK, nullptr, &limit);
    seccomp_notif_resp answer = {};
    answer.id = asked.id;
    if (limit.rlim_cur < kEnough)
      answer.error = -EPERM;
    else
      answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }
}

// Attaches a program to a new cgroup in a process that may lock `soft` bytes, and as many as `hard` if it asks.
std::string attach_with(const std::string& root, rlim_t soft, rlim_t hard, bool& attached) {
  const Location where = NEED(place_for_test(root, "locked"));
  if (where.unified() == nullptr) return std::string(kSkip) + "no cgroup2 here";
  const Draft draft = NEED(create(where, {}));
  const std::vector<bpf_insn> program = NEED(device_program({}));
  const rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
  REQUIRE(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
  const int listener = ask_about_programs();
  REQUIRE(listener != -1, std::strerror(errno));
  const pid_t supervisor = fork();
  if (supervisor == 0) answer(listener);
  close(listener);
  const Result<void> done = attach_device_program(*draft.clone_target(), program);
  kill(supervisor, SIGKILL);
  waitpid(supervisor, nullptr, 0);
  attached = done.ok();
  if (!done.ok()) REQUIRE(done.error().code() == EPERM, done.error().to_string());
  rlimit after = {};
  REQUIRE(getrlimit(RLIMIT_MEMLOCK, &after) == 0);
  REQUIRE(after.rlim_cur == soft && after.rlim_max == hard);
  return "";
}

TEST(DeviceMemory, MoreIsTakenForAProgramAndGivenBack) {
  in_world(World::kV2View, [](const std::string& root) -> std::string {
    bool attached = false;
    std::string wrong = attach_with(root, kTooLittle, kEnough, attached);
    if (!wrong.empty()) return wrong;
    REQUIRE(attached);
    return "";
  });
}

TEST(DeviceMemory, WhereNoMoreIsToBeHadTheErrorIsTheKernels) {
  in_world(World::kV2View, [](const std::string& root) -> std::string {
    // Root of a whole machine may raise the limit above what is given here.
    const sys::CapabilitySets sets = NEED(sys::capget());
    bool attached = false;
    std::string wrong = attach_with(root, kTooLittle, kTooLittle, attached);
    if (!wrong.empty()) return wrong;
    REQUIRE(attached == ((sets.effective >> CAP_SYS_RESOURCE & 1) != 0));
    return "";
  });
}

}  // namespace
}  // namespace brig::cgroups
