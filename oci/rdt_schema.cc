#include "oci/rdt_schema.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"

namespace brig::oci {
namespace {

struct Setting {
  std::string resource;  // "L3", "L3CODE", "MB" …
  std::uint64_t domain = 0;
  std::uint64_t value = 0;
  bool operator==(const Setting&) const = default;
};

// Portions of a cache are bit masks in hexadecimal, shares of bandwidth are decimal.
int base_of(std::string_view resource) { return resource.starts_with('L') ? 16 : 10; }

std::optional<Setting> parse_setting(std::string_view resource, std::string_view text) {
  const std::size_t sign = text.find('=');
  if (sign == std::string_view::npos) return std::nullopt;
  std::string_view value = text::trim(text.substr(sign + 1));
  if (base_of(resource) == 16 && (value.starts_with("0x") || value.starts_with("0X"))) value.remove_prefix(2);
  const auto domain = text::parse_int<std::uint64_t>(text::trim(text.substr(0, sign)));
  const auto number = text::parse_int<std::uint64_t>(value, base_of(resource));
  if (!domain || !number) return std::nullopt;
  return Setting{.resource = std::string(resource), .domain = *domain, .value = *number};
}

// All lines of a schemata file; nullopt if one has another form than "RESOURCE:DOMAIN=VALUE;…".
std::optional<std::vector<Setting>> parse(std::string_view lines) {
  std::vector<Setting> settings;
  for (const std::string& line : text::split(lines, '\n')) {
    if (text::trim(line).empty()) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) return std::nullopt;
    const std::string_view resource = text::trim(std::string_view(line).substr(0, colon));
    for (const std::string& part : text::split(std::string_view(line).substr(colon + 1), ';')) {
      if (text::trim(part).empty()) continue;
      std::optional<Setting> setting = parse_setting(resource, part);
      if (!setting) return std::nullopt;
      settings.push_back(std::move(*setting));
    }
  }
  return settings;
}

}  // namespace

bool is_rdt_class_name(std::string_view name) {
  constexpr std::size_t kLongest = 255;  // NAME_MAX
  if (name.empty() || name.size() > kLongest || name == "." || name == "..") return false;
  if (name == "info" || name == "mon_groups" || name == "mon_data") return false;
  return name.find_first_of("/\n") == std::string_view::npos;
}

bool rdt_schemata_match(std::string_view wanted, std::string_view current) {
  const auto asked = parse(wanted);
  const auto present = parse(current);
  if (!asked || !present) return false;
  return std::all_of(asked->begin(), asked->end(), [&](const Setting& setting) {
    return std::find(present->begin(), present->end(), setting) != present->end();
  });
}

}  // namespace brig::oci
