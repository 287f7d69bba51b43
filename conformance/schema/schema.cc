#include "conformance/schema/schema.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

namespace brig::conformance {
namespace {

using Problems = std::vector<std::string>;

bool has_type(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  if (type == "integer") return value.is_number_integer();
  return type == "number" && value.is_number();
}

// One validation: every rule of the schema's nodes against the values of a document.
class Validation {
 public:
  Validation(const Schemas& schemas, Problems& problems) : schemas_(schemas), problems_(problems) {}

  void check(const Schema& schema, const json& value, const std::string& pointer) {
    const json& node = *schema.node;
    for (const auto& [keyword, rule] : node.items()) {
      if (!known(keyword)) problem(pointer, "the schema's keyword " + keyword + " is not known here");
    }
    if (node.contains("type") && !has_type(value, node["type"]))
      return problem(pointer, "must be " + node["type"].dump());
    if (node.contains("enum") && std::find(node["enum"].begin(), node["enum"].end(), value) == node["enum"].end())
      problem(pointer, "must be one of " + node["enum"].dump());
    if (value.is_string()) check_string(node, value, pointer);
    if (value.is_number()) check_number(node, value, pointer);
    if (value.is_array()) check_array(schema, value, pointer);
    if (value.is_object()) check_object(schema, value, pointer);
    check_combinations(schema, value, pointer);
  }

 private:
  static bool known(const std::string& keyword) {
    static const std::set<std::string> kKnown = {"$schema",
                                                 "id",
                                                 "description",
                                                 "definitions",
                                                 "type",
                                                 "enum",
                                                 "pattern",
                                                 "minimum",
                                                 "maximum",
                                                 "items",
                                                 "minItems",
                                                 "required",
                                                 "properties",
                                                 "additionalProperties",
                                                 "uniqueItems",
                                                 "allOf",
                                                 "anyOf",
                                                 "oneOf",
                                                 "patternProperties"};
    return kKnown.contains(keyword);
  }

  void problem(const std::string& pointer, const std::string& text) { problems_.push_back(pointer + ": " + text); }

  void check_string(const json& node, const json& value, const std::string& pointer) {
    if (node.contains("pattern") && !matches(node["pattern"], value))
      problem(pointer, "must match " + node["pattern"].dump());
  }

  void check_number(const json& node, const json& value, const std::string& pointer) {
    if (node.contains("minimum") && value < node["minimum"])
      problem(pointer, "must be at least " + node["minimum"].dump());
    if (node.contains("maximum") && value > node["maximum"])
      problem(pointer, "must be at most " + node["maximum"].dump());
  }

  void check_array(const Schema& schema, const json& value, const std::string& pointer) {
    const json& node = *schema.node;
    if (node.contains("minItems") && value.size() < node["minItems"]) problem(pointer, "has too few elements");
    if (node.value("uniqueItems", false) && std::set<json>(value.begin(), value.end()).size() != value.size())
      problem(pointer, "has an element twice");
    if (!node.contains("items")) return;
    const Schema items = schemas_.resolve(node["items"], schema);
    for (std::size_t i = 0; i < value.size(); ++i) check(items, value[i], pointer + "/" + std::to_string(i));
  }

  void check_object(const Schema& schema, const json& value, const std::string& pointer) {
    const json& node = *schema.node;
    for (const json& name : node.value("required", json::array()))
      if (!value.contains(name)) problem(pointer, "has no " + name.dump());
    for (const auto& [key, member] : value.items()) check_member(schema, key, member, pointer + "/" + key);
  }

  void check_member(const Schema& schema, const std::string& key, const json& member, const std::string& pointer) {
    const json& node = *schema.node;
    bool described = false;
    if (node.contains("properties") && node["properties"].contains(key)) {
      check(schemas_.resolve(node["properties"][key], schema), member, pointer);
      described = true;
    }
    const json patterns = node.value("patternProperties", json::object());
    for (const auto& [pattern, rule] : patterns.items()) {
      if (!matches(pattern, key)) continue;
      check(schemas_.resolve(node["patternProperties"][pattern], schema), member, pointer);
      described = true;
    }
    if (described || !node.contains("additionalProperties")) return;
    const json& additional = node["additionalProperties"];
    if (additional.is_object()) check(schemas_.resolve(additional, schema), member, pointer);
    if (additional == false) problem(pointer, "is no property of the schema");
  }

  void check_combinations(const Schema& schema, const json& value, const std::string& pointer) {
    const json& node = *schema.node;
    for (const char* keyword : {"allOf", "anyOf", "oneOf"}) {
      if (!node.contains(keyword)) continue;
      Problems all;
      std::size_t fitting = 0;
      for (const json& part : node[keyword]) {
        Problems found;
        Validation(schemas_, found).check(schemas_.resolve(part, schema), value, pointer);
        if (found.empty()) ++fitting;
        all.insert(all.end(), found.begin(), found.end());
      }
      const std::string_view name = keyword;
      const bool fine = name == "allOf"   ? fitting == node[keyword].size()
                        : name == "anyOf" ? fitting > 0
                                          : fitting == 1;
      if (fine) continue;
      if (all.empty()) problem(pointer, "fits more than one of oneOf");
      problems_.insert(problems_.end(), all.begin(), all.end());
    }
  }

  const Schemas& schemas_;
  Problems& problems_;
};

[[noreturn]] void give_up(const std::string& text) {
  std::fprintf(stderr, "schema: %s\n", text.c_str());
  std::exit(1);
}

}  // namespace

bool matches(const std::string& pattern, const std::string& text) {
  return std::regex_search(text, std::regex(pattern, std::regex::ECMAScript));
}

Schemas::Schemas(const std::string& directory, std::string& problem) {
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(directory, failure)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream file(entry.path());
    json parsed = json::parse(file, nullptr, /*allow_exceptions=*/false);
    if (parsed.is_discarded()) problem = entry.path().string() + " is not JSON";
    files_[entry.path().filename()] = std::move(parsed);
  }
  if (failure) problem = directory + ": " + failure.message();
}

Schema Schemas::top(const std::string& file) const {
  const auto found = files_.find(file);
  if (found == files_.end()) give_up("there is no " + file);
  return resolve(found->second, {.node = &found->second, .file = file});
}

Schema Schemas::resolve(const json& node, const Schema& from) const {
  Schema found = {.node = &node, .file = from.file};
  // Bounded: references might go round in a circle.
  for (int hops = 0; found.node->contains("$ref"); ++hops) {
    const std::string reference = (*found.node)["$ref"];
    const std::size_t hash = reference.find('#');
    if (hops > 64 || hash == std::string::npos) give_up("can't follow $ref " + reference);
    if (hash > 0) found.file = reference.substr(0, hash);
    const auto file = files_.find(found.file);
    const json::json_pointer pointer(reference.substr(hash + 1));
    if (file == files_.end() || !file->second.contains(pointer)) give_up("$ref " + reference + " leads nowhere");
    found.node = &file->second[pointer];
  }
  return found;
}

std::vector<Schema> Schemas::parts(const Schema& schema) const {
  std::vector<Schema> all = {schema};
  for (const char* keyword : {"allOf", "anyOf", "oneOf"}) {
    if (!schema.node->contains(keyword)) continue;
    for (const json& part : (*schema.node)[keyword])
      for (const Schema& found : parts(resolve(part, schema))) all.push_back(found);
  }
  return all;
}

std::vector<std::string> Schemas::validate(const Schema& schema, const json& document) const {
  Problems problems;
  Validation(*this, problems).check(schema, document, "");
  return problems;
}

}  // namespace brig::conformance
