#include "oci/id_mappings.h"

#include "base/text.h"
#include "oci/json.h"

namespace brig::oci {

Result<void> mappings_disjoint(const std::vector<IdMapping>& mappings, std::string_view pointer) {
  constexpr std::size_t kMost = 340;  // Linux 4.15
  if (mappings.size() > kMost) return Error::config(pointer, text::cat("more than ", kMost, " mappings"));
  const auto overlap = [](std::uint64_t a, std::uint64_t a_size, std::uint64_t b, std::uint64_t b_size) {
    return a < b + b_size && b < a + a_size;
  };
  for (std::size_t i = 1; i < mappings.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const IdMapping &a = mappings[i], &b = mappings[j];
      if (overlap(a.container_id, a.size, b.container_id, b.size))
        return Error::config(json::child_pointer(pointer, i) + "/containerID", text::cat("overlaps with mapping ", j));
      if (overlap(a.host_id, a.size, b.host_id, b.size))
        return Error::config(json::child_pointer(pointer, i) + "/hostID", text::cat("overlaps with mapping ", j));
    }
  }
  return {};
}

}  // namespace brig::oci
