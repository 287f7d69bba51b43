#include "base/log.h"
#include "oci/names.h"
#include "oci/read_parts.h"

namespace brig::oci {
namespace {

// Relative ones are taken from "/", as config.md#mounts asks for old configurations.
Result<std::string> read_destination(const Node& node) {
  const std::string path = TRY(read_string(node));
  if (path.empty()) return node.error("must not be empty");
  if (path.front() != '/')
    log::warn(text::cat("config.json: ", node.pointer(), ": relative, which is deprecated; taken from \"/\""));
  return text::clean_absolute_path(path);
}

Result<MountOptions> read_options(const Node& node) {
  TRY(expect_array(node));
  MountOptions options;
  std::vector<json::Value>& elements = node.value().array;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const Node child(node, i, elements[i]);
    const std::string option = TRY(read_string(child));
    add_mount_option(option, options);
  }
  return options;
}

constexpr Field<Mount> kMountFields[] = {
    field<&Mount::destination, read_destination>("destination", Presence::kRequired),
    field<&Mount::type, read_string>("type"),
    field<&Mount::source, read_string>("source"),
    field<&Mount::options, read_options>("options"),
    field<&Mount::uid_mappings, read_array<&read_id_mapping>>("uidMappings"),
    field<&Mount::gid_mappings, read_array<&read_id_mapping>>("gidMappings"),
};

}  // namespace

Result<Mount> read_mount(const Node& node) {
  Mount mount;
  TRY(read_object(node, kMountFields, mount));
  return mount;
}

}  // namespace brig::oci
