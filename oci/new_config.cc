#include <initializer_list>

#include "oci/documents.h"
#include "oci/json.h"

namespace brig::oci {
namespace {

using Words = std::initializer_list<std::string_view>;

void write_strings(json::Writer& writer, std::string_view key, Words strings) {
  writer.key(key).begin_array();
  for (const std::string_view s : strings) writer.string(s);
  writer.end_array();
}

void write_process(json::Writer& writer) {
  writer.key("process").begin_object();
  writer.key("terminal").boolean(true);
  writer.key("user").begin_object().key("uid").number(0).key("gid").number(0).end_object();
  write_strings(writer, "args", {"sh"});
  write_strings(writer, "env", {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"});
  writer.key("cwd").string("/");
  writer.key("capabilities").begin_object();
  for (const std::string_view set : {"bounding", "effective", "permitted"})
    write_strings(writer, set, {"CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"});
  writer.end_object();
  writer.key("rlimits").begin_array().begin_object();
  writer.key("type").string("RLIMIT_NOFILE").key("hard").number(1024).key("soft").number(1024);
  writer.end_object().end_array();
  writer.key("noNewPrivileges").boolean(true);
  writer.end_object();
}

void write_mount(json::Writer& writer, std::string_view destination, std::string_view type, std::string_view source,
                 Words options) {
  writer.begin_object();
  writer.key("destination").string(destination);
  writer.key("type").string(type);
  writer.key("source").string(source);
  if (options.size() != 0) write_strings(writer, "options", options);
  writer.end_object();
}

// Rootless: group 5 (tty) is not mapped, and sysfs can only be mounted by the owner of the network namespace.
void write_mounts(json::Writer& writer, bool rootless) {
  writer.key("mounts").begin_array();
  write_mount(writer, "/proc", "proc", "proc", {});
  write_mount(writer, "/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"});
  if (rootless) {
    write_mount(writer, "/dev/pts", "devpts", "devpts",
                {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"});
  } else {
    write_mount(writer, "/dev/pts", "devpts", "devpts",
                {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"});
  }
  write_mount(writer, "/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"});
  write_mount(writer, "/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"});
  if (rootless) {
    write_mount(writer, "/sys", "none", "/sys", {"rbind", "nosuid", "noexec", "nodev", "ro"});
  } else {
    write_mount(writer, "/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"});
  }
  write_mount(writer, "/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "ro"});
  writer.end_array();
}

void write_mapping(json::Writer& writer, std::string_view key, std::uint32_t host_id) {
  writer.key(key).begin_array().begin_object();
  writer.key("containerID").number(0).key("hostID").number(host_id).key("size").number(1);
  writer.end_object().end_array();
}

void write_namespaces(json::Writer& writer, bool rootless) {
  writer.key("namespaces").begin_array();
  for (const std::string_view type : {"pid", rootless ? "user" : "network", "ipc", "uts", "mount", "cgroup"})
    writer.begin_object().key("type").string(type).end_object();
  writer.end_array();
}

// What /proc and /sys tell of the host that a container should not know, and where it could change it. Power use and
// interrupts give away what others compute (CVE-2020-8694, CVE-2020-8695: powercap). As docker and containerd have
// them.
void write_hidden_paths(json::Writer& writer, const std::vector<std::string>& masked_paths) {
  writer.key("maskedPaths").begin_array();
  for (const std::string_view path : {"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
                                      "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
                                      "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware"})
    writer.string(path);
  for (const std::string& path : masked_paths) writer.string(path);
  writer.end_array();
  write_strings(writer, "readonlyPaths", {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"});
}

void write_linux(json::Writer& writer, const std::optional<Rootless>& rootless,
                 const std::vector<std::string>& masked_paths) {
  writer.key("linux").begin_object();
  write_namespaces(writer, rootless.has_value());
  if (rootless) {
    write_mapping(writer, "uidMappings", rootless->uid);
    write_mapping(writer, "gidMappings", rootless->gid);
  } else {
    writer.key("resources").begin_object().key("devices").begin_array();
    writer.begin_object().key("allow").boolean(false).key("access").string("rwm").end_object();
    writer.end_array().end_object();
  }
  write_hidden_paths(writer, masked_paths);
  writer.end_object();
}

}  // namespace

std::string new_config(const std::optional<Rootless>& rootless, const std::vector<std::string>& masked_paths) {
  constexpr int kIndent = 4;
  json::Writer writer(kIndent);
  writer.begin_object();
  writer.key("ociVersion").string(kSpecVersion);
  writer.key("root").begin_object().key("path").string("rootfs").key("readonly").boolean(true).end_object();
  write_mounts(writer, rootless.has_value());
  write_process(writer);
  writer.key("hostname").string("brig");
  write_linux(writer, rootless, masked_paths);
  writer.end_object();
  return std::move(writer).take() + "\n";
}

}  // namespace brig::oci
