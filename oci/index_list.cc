#include "oci/index_list.h"

#include <algorithm>
#include <limits>

#include "base/text.h"

namespace brig::oci {
namespace {

constexpr std::size_t kBits = std::numeric_limits<unsigned long>::digits;

void add(IndexMask& mask, std::size_t index) {
  mask.resize(std::max(mask.size(), index / kBits + 1));
  mask[index / kBits] |= 1UL << (index % kBits);
}

}  // namespace

std::optional<IndexMask> parse_index_list(std::string_view list) {
  IndexMask mask;
  for (const std::string& part : text::split(list, ',')) {
    const std::string_view range = text::trim(part);
    if (range.empty()) continue;
    const std::size_t dash = range.find('-');
    const std::optional<std::size_t> first = text::parse_int<std::size_t>(range.substr(0, dash));
    const std::optional<std::size_t> last =
        dash == std::string_view::npos ? first : text::parse_int<std::size_t>(range.substr(dash + 1));
    if (!first || !last || *first > *last || *last >= kMostIndexes) return std::nullopt;
    for (std::size_t index = *first; index <= *last; ++index) add(mask, index);
  }
  return mask;
}

}  // namespace brig::oci
