#include "base/mountinfo.h"

#include <algorithm>

#include "base/text.h"

namespace brig {
namespace {

// Blanks, newlines, backslashes and "#" are written as \ooo.
std::string unescape(std::string_view field) {
  std::string out;
  for (std::size_t i = 0; i < field.size(); ++i) {
    const std::optional<unsigned char> code = field[i] == '\\' && i + 3 < field.size()
                                                  ? text::parse_int<unsigned char>(field.substr(i + 1, 3), 8)
                                                  : std::nullopt;
    out.push_back(code ? static_cast<char>(*code) : field[i]);
    if (code) i += 3;
  }
  return out;
}

}  // namespace

// "31 23 0:28 / /sys/fs/cgroup rw,relatime [optional fields] - tmpfs tmpfs rw,mode=755"
std::optional<MountInfo> parse_mountinfo(std::string_view line) {
  const std::vector<std::string> fields = text::split(line, ' ');
  const auto dash = std::find(fields.begin(), fields.end(), "-");
  if (dash - fields.begin() < 6 || fields.end() - dash < 4) return std::nullopt;
  MountInfo mount = {.id = text::parse_int<int>(fields[0]).value_or(-1),
                     .parent = text::parse_int<int>(fields[1]).value_or(-1),
                     .root = unescape(fields[3]),
                     .point = unescape(fields[4]),
                     .type = dash[1],
                     .readonly = false,
                     .options = text::split(dash[3], ',')};
  mount.readonly = text::contains(text::split(fields[5], ','), "ro") || text::contains(mount.options, "ro");
  return mount;
}

}  // namespace brig
