#include "cgroups/bus_address.h"

#include <optional>
#include <utility>

#include "base/text.h"

namespace brig::cgroups {
namespace {

// "%2f" is "/".
std::optional<std::string> unescape(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '%') {
      out.push_back(value[i]);
      continue;
    }
    const std::optional<unsigned char> code = text::parse_int<unsigned char>(value.substr(i + 1, 2), 16);
    if (!code || *code == 0 || i + 2 >= value.size()) return std::nullopt;
    out.push_back(static_cast<char>(*code));
    i += 2;
  }
  return out;
}

std::optional<std::string> path_of(std::string_view address) {
  constexpr std::string_view kUnix = "unix:", kPath = "path=";
  if (!address.starts_with(kUnix)) return std::nullopt;
  for (const std::string& pair : text::split(address.substr(kUnix.size()), ','))
    if (pair.starts_with(kPath)) return unescape(std::string_view(pair).substr(kPath.size()));
  return std::nullopt;
}

}  // namespace

std::vector<std::string> bus_socket_paths(std::string_view addresses) {
  std::vector<std::string> found;
  for (const std::string& one : text::split(addresses, ';')) {
    std::optional<std::string> path = path_of(one);
    if (path && path->starts_with('/')) found.push_back(std::move(*path));
  }
  return found;
}

}  // namespace brig::cgroups
