// For kernel tests of fallbacks: takes openat2(2) away as an old kernel or a sandbox would.
#pragma once

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

namespace brig::testing {

// From here on openat2(2) fails with ENOSYS in this process and its children: call it in a forked child only. "" if
// that is shown to be so, otherwise what went wrong.
inline std::string lose_openat2() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter = {static_cast<unsigned short>(sizeof program / sizeof *program), program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == -1)
    return std::string("seccomp: ") + std::strerror(errno);
  if (syscall(SYS_openat2, -1, "", nullptr, 0) != -1 || errno != ENOSYS) return "openat2 is still there";
  return "";
}

}  // namespace brig::testing
