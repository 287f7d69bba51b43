#include "oci/container_id.h"

#include <algorithm>

namespace brig::oci {
namespace {

constexpr std::size_t kLongest = 200;

// Not isalnum(3): that asks the locale.
bool allowed(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '+' ||
         c == '-' || c == '.';
}

}  // namespace

bool valid_container_id(std::string_view id) {
  if (id.empty() || id.size() > kLongest || id.front() == '-' || id.front() == '.') return false;
  return std::all_of(id.begin(), id.end(), allowed);
}

}  // namespace brig::oci
