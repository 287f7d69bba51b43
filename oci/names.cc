#include "oci/names.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

namespace brig::oci {
namespace {

struct NamedNumber {
  std::string_view name;
  int number;
};

// By number, as linux/capability.h counts them.
constexpr std::string_view kCapabilities[kLastCapability + 1] = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};

// getrlimit(2).
constexpr NamedNumber kRlimits[] = {
    {"RLIMIT_AS", RLIMIT_AS},           {"RLIMIT_CORE", RLIMIT_CORE},         {"RLIMIT_CPU", RLIMIT_CPU},
    {"RLIMIT_DATA", RLIMIT_DATA},       {"RLIMIT_FSIZE", RLIMIT_FSIZE},       {"RLIMIT_LOCKS", RLIMIT_LOCKS},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK}, {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE}, {"RLIMIT_NICE", RLIMIT_NICE},
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},   {"RLIMIT_NPROC", RLIMIT_NPROC},       {"RLIMIT_RSS", RLIMIT_RSS},
    {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},   {"RLIMIT_RTTIME", RLIMIT_RTTIME},     {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"RLIMIT_STACK", RLIMIT_STACK},
};

struct NamespaceName {
  std::string_view type, file;
  int flag;
};
constexpr NamespaceName kNamespaces[] = {
    {"pid", "pid", CLONE_NEWPID},          {"network", "net", CLONE_NEWNET}, {"mount", "mnt", CLONE_NEWNS},
    {"ipc", "ipc", CLONE_NEWIPC},          {"uts", "uts", CLONE_NEWUTS},     {"user", "user", CLONE_NEWUSER},
    {"cgroup", "cgroup", CLONE_NEWCGROUP}, {"time", "time", CLONE_NEWTIME},
};

}  // namespace

std::optional<int> capability_number(std::string_view name) {
  for (int number = 0; number <= kLastCapability; ++number)
    if (kCapabilities[number] == name) return number;
  return std::nullopt;
}

std::string_view capability_name(int number) {
  return number >= 0 && number <= kLastCapability ? kCapabilities[number] : "";
}

std::optional<int> rlimit_number(std::string_view name) {
  for (const NamedNumber& entry : kRlimits)
    if (entry.name == name) return entry.number;
  return std::nullopt;
}

std::optional<int> namespace_flag(std::string_view type) {
  for (const NamespaceName& entry : kNamespaces)
    if (entry.type == type) return entry.flag;
  return std::nullopt;
}

std::string_view namespace_type(int flag) {
  for (const NamespaceName& entry : kNamespaces)
    if (entry.flag == flag) return entry.type;
  return "";
}

std::string_view namespace_file(int flag) {
  for (const NamespaceName& entry : kNamespaces)
    if (entry.flag == flag) return entry.file;
  return "";
}

}  // namespace brig::oci
