#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <limits>

#include "base/sys.h"

namespace brig::sys {

Result<void> sched_setattr(pid_t pid, const SchedulingAttributes& attributes) {
  // The kernel's struct sched_attr as of Linux 5.3 (SCHED_ATTR_SIZE_VER1); the C library has none before 2.41.
  struct {
    std::uint32_t size, policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime, deadline, period;
    std::uint32_t util_min, util_max;
  } attr = {};
  static_assert(sizeof attr == 56);
  attr.size = sizeof attr;
  attr.policy = attributes.policy;
  attr.flags = attributes.flags;
  attr.nice = attributes.nice;
  attr.priority = attributes.priority;
  attr.runtime = attributes.runtime;
  attr.deadline = attributes.deadline;
  attr.period = attributes.period;
  if (::syscall(SYS_sched_setattr, pid, &attr, 0) == -1) return Error::system("sched_setattr", "");
  return {};
}

Result<void> sched_setaffinity(pid_t pid, std::span<const unsigned long> mask) {
  if (::syscall(SYS_sched_setaffinity, pid, mask.size_bytes(), mask.data()) == -1)
    return Error::system("sched_setaffinity", "");
  return {};
}

Result<void> ioprio_set(pid_t pid, int io_class, int priority) {
  constexpr int kWhoProcess = 1, kClassShift = 13;  // linux/ioprio.h, which is no C++
  const int value = (io_class << kClassShift) | priority;
  if (::syscall(SYS_ioprio_set, kWhoProcess, pid, value) == -1) return Error::system("ioprio_set", "");
  return {};
}

Result<unsigned long> personality(unsigned long wanted) {
  const int before = ::personality(wanted);
  if (before == -1) return Error::system("personality", std::to_string(wanted));
  return static_cast<unsigned long>(before);
}

Result<void> set_mempolicy(int mode, std::span<const unsigned long> nodes) {
  // One more than the number of bits: the kernel takes off one (set_mempolicy(2), BUGS).
  const std::size_t bits = nodes.size() * std::numeric_limits<unsigned long>::digits + 1;
  if (::syscall(SYS_set_mempolicy, mode, nodes.empty() ? nullptr : nodes.data(), nodes.empty() ? 0 : bits) == -1)
    return Error::system("set_mempolicy", "");
  return {};
}

Result<int> get_mempolicy() {
  int mode = 0;
  if (::syscall(SYS_get_mempolicy, &mode, nullptr, 0, nullptr, 0) == -1) return Error::system("get_mempolicy", "");
  return mode;
}

}  // namespace brig::sys
