// The specification's JSON schemas, and the part of JSON Schema draft-04 that they use.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace brig::conformance {

using nlohmann::json;

// A place in a schema file; "$ref" is relative to the file.
struct Schema {
  const json* node = nullptr;
  std::string file;
};

class Schemas {
 public:
  // Reads every *.json of the directory. What can't be read or parsed is told in `problem`, which is empty on success.
  Schemas(const std::string& directory, std::string& problem);
  Schemas(const Schemas&) = delete;
  Schemas& operator=(const Schemas&) = delete;

  // The top of a file ("config-schema.json"), with its "$ref" followed.
  Schema top(const std::string& file) const;
  // Another node of the file that `from` is in, with its "$ref" followed; the process ends with a message if it leads
  // nowhere, as then no result would mean anything.
  Schema resolve(const json& node, const Schema& from) const;
  // `schema` and what "allOf", "anyOf" and "oneOf" add to it.
  std::vector<Schema> parts(const Schema& schema) const;

  // What is wrong with `document`: "/linux/foo: must be …". Empty if nothing is. A keyword that this validator does not
  // know is a problem, too.
  std::vector<std::string> validate(const Schema& schema, const json& document) const;

 private:
  std::map<std::string, json> files_;
};

// Whether the whole of a regular expression of the schemas (ECMA 262) is found in `text`.
bool matches(const std::string& pattern, const std::string& text);

}  // namespace brig::conformance
