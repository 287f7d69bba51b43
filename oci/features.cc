#include "oci/features.h"

#include <span>

#include "oci/documents.h"
#include "oci/json.h"
#include "oci/names.h"
#include "oci/scheduling_names.h"

namespace brig::oci {
namespace {

// config.md#posix-platform-hooks, in the order of the lifecycle.
constexpr std::string_view kHooks[] = {"prestart",       "createRuntime", "createContainer",
                                       "startContainer", "poststart",     "poststop"};

// config-linux.md#namespaces.
constexpr std::string_view kNamespaces[] = {"cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"};

void write_names(json::Writer& writer, std::string_view key, std::span<const std::string_view> names) {
  writer.key(key).begin_array();
  for (const std::string_view name : names) writer.string(name);
  writer.end_array();
}

void write_enabled(json::Writer& writer, std::string_view key) {
  writer.key(key).begin_object().key("enabled").boolean(true).end_object();
}

void write_capabilities(json::Writer& writer) {
  writer.key("capabilities").begin_array();
  for (int number = 0; number <= kLastCapability; ++number) writer.string(capability_name(number));
  writer.end_array();
}

void write_cgroup(json::Writer& writer) {
  writer.key("cgroup").begin_object();
  writer.key("v1").boolean(true).key("v2").boolean(true);
  writer.key("systemd").boolean(true).key("systemdUser").boolean(true);
  writer.key("rdma").boolean(true);
  writer.end_object();
}

void write_seccomp(json::Writer& writer, const SeccompFeatures& seccomp) {
  writer.key("seccomp").begin_object();
  writer.key("enabled").boolean(true);
  write_names(writer, "actions", seccomp.actions);
  write_names(writer, "operators", seccomp.operators);
  write_names(writer, "archs", seccomp.architectures);
  write_names(writer, "knownFlags", seccomp.known_flags);
  write_names(writer, "supportedFlags", seccomp.supported_flags);
  writer.end_object();
}

void write_linux(json::Writer& writer, const SeccompFeatures& seccomp) {
  writer.key("linux").begin_object();
  write_names(writer, "namespaces", kNamespaces);
  write_capabilities(writer);
  write_cgroup(writer);
  write_seccomp(writer, seccomp);
  write_enabled(writer, "apparmor");
  write_enabled(writer, "selinux");
  writer.key("memoryPolicy").begin_object();
  write_names(writer, "modes", memory_policy_modes());
  write_names(writer, "flags", memory_policy_flags());
  writer.end_object();
  writer.key("intelRdt").begin_object();
  writer.key("enabled").boolean(true).key("schemata").boolean(true).key("monitoring").boolean(true);
  writer.end_object();
  writer.key("mountExtensions").begin_object();
  write_enabled(writer, "idmap");
  writer.end_object();
  write_enabled(writer, "netDevices");
  writer.end_object();
}

}  // namespace

std::string features_document(const SeccompFeatures& seccomp, const Annotations& annotations) {
  constexpr int kIndent = 4;
  json::Writer writer(kIndent);
  writer.begin_object();
  writer.key("ociVersionMin").string(kOldestSpecVersion);
  writer.key("ociVersionMax").string(kSpecVersion);
  write_names(writer, "hooks", kHooks);
  write_names(writer, "mountOptions", mount_option_names());
  write_linux(writer, seccomp);
  writer.key("annotations").begin_object();
  for (const auto& [key, value] : annotations) writer.key(key).string(value);
  writer.end_object();
  // Annotations of a container that change what brig does.
  constexpr std::string_view kHeeded[] = {kMountContextType, "org.systemd.property."};
  write_names(writer, "potentiallyUnsafeConfigAnnotations", kHeeded);
  writer.end_object();
  return std::move(writer).take() + "\n";
}

}  // namespace brig::oci
