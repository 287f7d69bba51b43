// Programs for the kernel: seccomp(2) and bpf(2).
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

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

bool seccomp_flags_available(unsigned flags) {
  // Flags are checked first: EINVAL for unknown ones, then EFAULT for the program that is not there.
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, nullptr) == -1 && errno == EFAULT;
}

Result<UniqueFd> bpf_fd(int command, bpf_attr& attributes) {
  const long fd = retry([&] { return ::syscall(SYS_bpf, command, &attributes, sizeof attributes); });
  if (fd == -1) return Error::system("bpf", std::to_string(command));
  return UniqueFd(static_cast<int>(fd));  // close-on-exec by itself: bpf(2)
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

Result<void> bpf_prog_replace(FdRef target, FdRef program, FdRef old, std::uint32_t type) {
  bpf_attr attributes = {};
  attributes.target_fd = static_cast<std::uint32_t>(target.raw());
  attributes.attach_bpf_fd = static_cast<std::uint32_t>(program.raw());
  attributes.replace_bpf_fd = static_cast<std::uint32_t>(old.raw());
  attributes.attach_type = type;
  attributes.attach_flags = BPF_F_ALLOW_MULTI | BPF_F_REPLACE;
  if (retry([&] { return ::syscall(SYS_bpf, BPF_PROG_ATTACH, &attributes, sizeof attributes); }) == -1)
    return Error::system("bpf", "BPF_PROG_ATTACH, BPF_F_REPLACE");
  return {};
}

Result<void> bpf_prog_detach(FdRef target, FdRef program, std::uint32_t type) {
  bpf_attr attributes = {};
  attributes.target_fd = static_cast<std::uint32_t>(target.raw());
  attributes.attach_bpf_fd = static_cast<std::uint32_t>(program.raw());
  attributes.attach_type = type;
  if (retry([&] { return ::syscall(SYS_bpf, BPF_PROG_DETACH, &attributes, sizeof attributes); }) == -1)
    return Error::system("bpf", "BPF_PROG_DETACH");
  return {};
}

Result<std::vector<UniqueFd>> bpf_prog_query(FdRef target, std::uint32_t type) {
  constexpr std::uint32_t kMost = 64;  // BPF_CGROUP_MAX_PROGS: the kernel attaches no more
  std::array<std::uint32_t, kMost> ids = {};
  bpf_attr query = {};
  query.query.target_fd = static_cast<std::uint32_t>(target.raw());
  query.query.attach_type = type;
  query.query.prog_ids = reinterpret_cast<std::uint64_t>(ids.data());
  query.query.prog_cnt = kMost;
  if (retry([&] { return ::syscall(SYS_bpf, BPF_PROG_QUERY, &query, sizeof query); }) == -1)
    return Error::system("bpf", "BPF_PROG_QUERY");
  std::vector<UniqueFd> programs;
  for (std::uint32_t i = 0; i < std::min(query.query.prog_cnt, kMost); ++i) {
    bpf_attr open = {};
    open.prog_id = ids[i];
    const long fd = retry([&] { return ::syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &open, sizeof open); });
    if (fd == -1 && errno == ENOENT) continue;
    if (fd == -1) return Error::system("bpf", "BPF_PROG_GET_FD_BY_ID");
    programs.emplace_back(static_cast<int>(fd));  // close-on-exec by itself: bpf(2)
  }
  return programs;
}

Result<std::string> bpf_prog_name(FdRef program) {
  bpf_prog_info info = {};
  bpf_attr ask = {};
  ask.info.bpf_fd = static_cast<std::uint32_t>(program.raw());
  ask.info.info_len = sizeof info;
  ask.info.info = reinterpret_cast<std::uint64_t>(&info);
  if (retry([&] { return ::syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &ask, sizeof ask); }) == -1)
    return Error::system("bpf", "BPF_OBJ_GET_INFO_BY_FD");
  return std::string(info.name, ::strnlen(info.name, sizeof info.name));
}

}  // namespace brig::sys
