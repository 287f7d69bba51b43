#include "cgroups/systemd_unit.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"

namespace brig::cgroups {
namespace {

constexpr std::string_view kPointer = "/linux/cgroupsPath";
constexpr std::string_view kSlice = ".slice", kScope = ".scope";
constexpr std::size_t kMostName = 255;

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// Characters of systemd.unit(5), without "@", which is for templates.
bool has_valid_characters(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return is_letter_or_digit(c) || std::string_view(":-_.\\").find(c) != std::string_view::npos;
  });
}

Error refused(std::string_view what, std::string_view name) {
  return Error::config(kPointer, text::cat(what, ": ", text::json_quote(name)));
}

// "a-b.slice" is in "a.slice": no part may be empty. "-.slice" is the root.
bool is_slice(std::string_view slice) {
  if (slice.size() > kMostName || !slice.ends_with(kSlice) || !has_valid_characters(slice)) return false;
  const std::string_view name = slice.substr(0, slice.size() - kSlice.size());
  if (name == "-") return true;
  const std::vector<std::string> parts = text::split(name, '-');
  return std::none_of(parts.begin(), parts.end(), [](const std::string& part) { return part.empty(); });
}

// Container ids may have a "+", which unit names may not (systemd-escape(1)).
std::string escape_id(std::string_view id) {
  std::string out;
  for (const char c : id) {
    if (c == '+') {
      out += "\\x2b";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

// What systemd calls the directory: names that could be taken for files of the kernel's get an underscore.
std::string directory_of(std::string_view unit) {
  constexpr std::string_view kTaken[] = {"_",   ".",      "cgroup.", "cpu.",     "cpuacct.", "cpuset.",
                                         "io.", "blkio.", "memory.", "devices.", "pids."};
  const bool taken = std::any_of(std::begin(kTaken), std::end(kTaken),
                                 [unit](std::string_view start) { return unit.starts_with(start); });
  return text::cat(taken ? "_" : "", unit);
}

}  // namespace

Result<Unit> unit_for(std::string_view cgroups_path, std::string_view id, bool of_user) {
  std::vector<std::string> parts = text::split(cgroups_path, ':');
  if (cgroups_path.empty()) parts = {"", "brig", escape_id(id)};
  if (parts.size() != 3)
    return refused("expected the form \"slice:prefix:name\" for systemd cgroups, got", cgroups_path);
  Unit unit = {.name = text::cat(parts[1], "-", parts[2], kScope), .slice = std::move(parts[0]), .of_user = of_user};
  if (unit.slice.empty()) unit.slice = of_user ? "user.slice" : "system.slice";
  if (unit.slice == "-") unit.slice = "-.slice";
  if (!is_slice(unit.slice)) return refused("is not the name of a slice", unit.slice);
  if (parts[2].empty()) return refused("expected a name at the end", cgroups_path);
  if (parts[2].ends_with(kSlice)) return refused("no process can be started in a slice", parts[2]);
  if (unit.name.size() > kMostName || !has_valid_characters(unit.name))
    return refused("can't be the name of a unit", unit.name);
  return unit;
}

std::string cgroup_path_of(const Unit& unit, std::string_view manager) {
  std::string path(manager == "/" ? "" : manager);
  if (unit.slice != "-.slice") {
    // "a-b.slice": /a.slice/a-b.slice
    const std::string_view name = std::string_view(unit.slice).substr(0, unit.slice.size() - kSlice.size());
    for (std::size_t end = name.find('-'); end != std::string_view::npos; end = name.find('-', end + 1))
      path += text::cat("/", directory_of(text::cat(name.substr(0, end), kSlice)));
    path += text::cat("/", directory_of(unit.slice));
  }
  return text::cat(path, "/", directory_of(unit.name));
}

int systemd_version(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  return text::parse_int<int>(text.substr(0, end)).value_or(0);
}

}  // namespace brig::cgroups
