// Every property that a schema describes, and the places of a document where it stands.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conformance/schema/schema.h"

namespace brig::conformance {

struct Property {
  std::string path;             // "/linux/devices/*/type"; "*" is any element of an array or any member of a map
  std::vector<Schema> schemas;  // all that is said of its value
  bool required = false;        // of the object that it is in

  // The first of `schemas` that has the keyword, or nullptr.
  const json* find(const std::string& keyword) const;
};

// In the order of the files. The subtree below a path that `skip` has is left out.
std::vector<Property> properties(const Schemas& schemas, const Schema& top, const std::vector<std::string>& skip);

// The JSON pointer of the first place in `document` that the path leads to; nullopt if there is none.
std::optional<std::string> locate(const json& document, const std::string& path);

}  // namespace brig::conformance
