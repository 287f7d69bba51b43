// linux.intelRdt.
#include "oci/rdt_schema.h"
#include "oci/read_parts.h"

namespace brig::oci {
namespace {

Result<std::string> read_line(const Node& node) {
  std::string line = TRY(read_string(node));
  if (line.find('\n') != std::string::npos) return node.error("must be one line");
  return line;
}

// Of `schemata`. An empty line is no resource's; the kernel would refuse it.
Result<std::string> read_schema(const Node& node) {
  std::string line = TRY(read_line(node));
  if (line.empty()) return node.error("must not be empty");
  return line;
}

Result<std::string> read_mem_bw_schema(const Node& node) {
  std::string line = TRY(read_line(node));
  if (!line.empty() && !line.starts_with("MB:")) return node.error("must start with \"MB:\"");
  return line;
}

// The name of a directory of resctrl, in which these are the kernel's own; "/" is the root.
Result<std::string> read_clos_id(const Node& node) {
  std::string id = TRY(read_string(node));
  if (id.empty() || id == "/") return id;
  if (!is_rdt_class_name(id)) return node.error(text::cat(text::json_quote(id), " is no name of a class of service"));
  return id;
}

constexpr Field<IntelRdt> kFields[] = {
    field<&IntelRdt::clos_id, read_clos_id>("closID"),
    field<&IntelRdt::schemata, read_array<&read_schema>>("schemata"),
    field<&IntelRdt::l3_cache_schema, read_string>("l3CacheSchema"),
    field<&IntelRdt::mem_bw_schema, read_mem_bw_schema>("memBwSchema"),
    field<&IntelRdt::enable_monitoring, read_bool>("enableMonitoring"),
};

}  // namespace

Result<IntelRdt> read_intel_rdt(const Node& node) {
  IntelRdt rdt;
  TRY(read_object(node, kFields, rdt));
  return rdt;
}

}  // namespace brig::oci
