// Programs for the kernel: seccomp(2) and bpf(2).
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/sys_retry.h"

namespace brig::sys {

Result<UniqueFd> seccomp_set_filter(unsigned flags, std::span<const sock_filter> program) {
  const sock_fprog filter = {.len = static_cast<unsigned short>(program.size()),
                             .filter = const_cast<sock_filter*>(program.data())};
  const long result = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
  if (result == -1) return Error::system("seccomp", "SECCOMP_SET_MODE_FILTER");
  if ((flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0) return UniqueFd(static_cast<int>(result));
  return UniqueFd();
}

bool seccomp_action_available(std::uint32_t action) {
  return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

bool seccomp_flags_available(unsigned flags) {
  // Flags are checked first: EINVAL for unknown ones, then EFAULT for the program that is not there.
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, nullptr) == -1 && errno == EFAULT;
}

Result<UniqueFd> bpf_fd(int command, bpf_attr& attributes) {
  const long fd = retry([&] { return ::syscall(SYS_bpf, command, &attributes, sizeof attributes); });
  if (fd == -1) return Error::system("bpf", std::to_string(command));
  return UniqueFd(static_cast<int>(fd));  // close-on-exec by itself: bpf(2)
}

Result<void> bpf(int command, bpf_attr& attributes) {
  if (retry([&] { return ::syscall(SYS_bpf, command, &attributes, sizeof attributes); }) == -1)
    return Error::system("bpf", std::to_string(command));
  return {};
}

Result<void> bpf_prog_attach(FdRef target, FdRef program, std::uint32_t type, std::uint32_t flags) {
  bpf_attr attributes = {};
  attributes.target_fd = static_cast<std::uint32_t>(target.raw());
  attributes.attach_bpf_fd = static_cast<std::uint32_t>(program.raw());
  attributes.attach_type = type;
  attributes.attach_flags = flags;
  if (retry([&] { return ::syscall(SYS_bpf, BPF_PROG_ATTACH, &attributes, sizeof attributes); }) == -1)
    return Error::system("bpf", "BPF_PROG_ATTACH");
  return {};
}

}  // namespace brig::sys
