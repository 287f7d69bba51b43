#include "conformance/schema/properties.h"

#include <algorithm>

namespace brig::conformance {
namespace {

class Walk {
 public:
  Walk(const Schemas& schemas, const std::vector<std::string>& skip, std::vector<Property>& found)
      : schemas_(schemas), skip_(skip), found_(found) {}

  void below(const std::vector<Schema>& described, const std::string& path) {
    for (const Schema& schema : described) {
      const json& node = *schema.node;
      const json required = node.value("required", json::array());
      if (node.contains("properties"))
        for (const auto& [name, rule] : node["properties"].items())
          add(schema, rule, path + "/" + name, std::find(required.begin(), required.end(), name) != required.end());
      if (node.contains("items")) add(schema, node["items"], path + "/*", false);
      if (node.contains("patternProperties"))
        for (const auto& [pattern, rule] : node["patternProperties"].items()) add(schema, rule, path + "/*", false);
      if (node.contains("additionalProperties") && node["additionalProperties"].is_object())
        add(schema, node["additionalProperties"], path + "/*", false);
    }
  }

 private:
  void add(const Schema& around, const json& rule, const std::string& path, bool required) {
    if (std::find(skip_.begin(), skip_.end(), path) != skip_.end()) return;
    const std::vector<Schema> described = schemas_.parts(schemas_.resolve(rule, around));
    found_.push_back({.path = path, .schemas = described, .required = required});
    below(described, path);
  }

  const Schemas& schemas_;
  const std::vector<std::string>& skip_;
  std::vector<Property>& found_;
};

std::optional<std::string> locate_from(const json& value, const std::string& path, const std::string& pointer) {
  if (path.empty()) return pointer;
  const std::size_t end = path.find('/', 1);
  const std::string name = path.substr(1, end == std::string::npos ? end : end - 1);
  const std::string rest = end == std::string::npos ? "" : path.substr(end);
  if (name != "*")
    return value.is_object() && value.contains(name) ? locate_from(value[name], rest, pointer + "/" + name)
                                                     : std::nullopt;
  if (!value.is_structured()) return std::nullopt;
  for (const auto& [key, member] : value.items())
    if (auto found = locate_from(member, rest, pointer + "/" + key)) return found;
  return std::nullopt;
}

}  // namespace

const json* Property::find(const std::string& keyword) const {
  for (const Schema& schema : schemas)
    if (schema.node->contains(keyword)) return &(*schema.node)[keyword];
  return nullptr;
}

std::vector<Property> properties(const Schemas& schemas, const Schema& top, const std::vector<std::string>& skip) {
  std::vector<Property> found;
  Walk(schemas, skip, found).below(schemas.parts(top), "");
  return found;
}

std::optional<std::string> locate(const json& document, const std::string& path) {
  return locate_from(document, path, "");
}

}  // namespace brig::conformance
