// What brig says of a config.json.
#pragma once

#include <string>
#include <vector>

namespace brig::conformance {

struct Complaint {
  std::string pointer;  // the value at fault
  std::string text;
};

// All that brig can find wrong with the document from itself alone: reading it, the rules between its parts, and the
// names in the seccomp profile. Reading ends at the first error.
std::vector<Complaint> complaints(const std::string& document);

}  // namespace brig::conformance
