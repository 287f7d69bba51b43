#include "cgroups/undo.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/sys.h"
#include "base/text.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

std::string_view first_word(std::string_view line) { return line.substr(0, line.find(' ')); }

// Files with a line for each key, of which a write changes one.
bool has_keys(std::string_view file) {
  constexpr std::string_view kFiles[] = {"io.max",   "io.weight", "io.bfq.weight", "io.latency",         "rdma.max",
                                         "misc.max", "dmem.max",  "dmem.low",      "net_prio.ifpriomap", "dmem.min"};
  return std::find(std::begin(kFiles), std::end(kFiles), file) != std::end(kFiles) ||
         (file.starts_with("blkio.") && file.ends_with("_device"));
}

// What the kernel takes for no value of a key: such a line is not shown any more.
std::optional<std::string> removal(std::string_view file, std::string_view key) {
  if (file == "io.max") return text::cat(key, " rbps=max wbps=max riops=max wiops=max");
  if (file == "io.latency") return text::cat(key, " target=max");
  if (file.starts_with("blkio.throttle.")) return text::cat(key, " 0");
  if (file.find("weight") != std::string_view::npos) return text::cat(key, " default");
  return std::nullopt;
}

// "8:0 rbps=1048576", or a weight of all devices that have none of their own: "200", "default 200".
std::optional<std::string> line_of_key(std::string_view file, std::string_view content, std::string_view written) {
  const bool named = written.find(' ') != std::string_view::npos;
  const std::string_view key = named ? first_word(written) : "default";
  for (const std::string& line : text::split(content, '\n'))
    if (first_word(line) == key) return line;
  return removal(file, key);
}

// "oom_kill_disable 0" and more, of which the number is written.
std::optional<std::string> oom_control(std::string_view content) {
  constexpr std::string_view kKey = "oom_kill_disable ";
  for (const std::string& line : text::split(content, '\n'))
    if (line.starts_with(kKey)) return line.substr(kKey.size());
  return std::nullopt;
}

Former former(FdRef directory, const std::string& file, std::string_view written) {
  const Result<std::string> content = read_file(directory, file);
  // Such as can only be written: memory.reclaim.
  if (!content.ok()) return {.file = file, .value = std::nullopt};
  return {.file = file, .value = former_line(file, content.value(), written)};
}

bool is_there(FdRef directory, const std::string& file) {
  return !file.empty() && sys::faccessat(directory, file, F_OK, 0).ok();
}

}  // namespace

std::optional<std::string> former_line(std::string_view file, std::string_view content, std::string_view written) {
  if (has_keys(file)) return line_of_key(file, content, text::trim(written));
  if (file == "memory.oom_control") return oom_control(content);
  if (content.find('\n') != std::string_view::npos) return std::nullopt;
  // A cpuset without any; a write of no bytes would do nothing.
  return content.empty() ? "\n" : std::string(content);
}

std::vector<Former> formers(FdRef directory, const Setting& setting) {
  const bool first = is_there(directory, setting.file);
  if (!first && !is_there(directory, setting.other_file)) return {};
  const std::string& file = first ? setting.file : setting.other_file;
  std::vector<Former> values = {former(directory, file, first ? setting.value : setting.other_value)};
  if (file != "cpu.idle" || values.front().value != "0") return values;
  for (const std::string weight : {"cpu.weight", "cpu.shares"})
    if (is_there(directory, weight)) values.push_back(former(directory, weight, ""));
  return values;
}

void Undo::add(UniqueFd directory, std::vector<Former> values) {
  steps_.push_back({.directory = std::move(directory), .values = std::move(values)});
}

std::string Undo::run() {
  std::string told;
  const auto tell = [&told](std::string_view what) { told += text::cat(told.empty() ? "" : ", ", what); };
  for (; !steps_.empty(); steps_.pop_back())
    for (const Former& former : steps_.back().values) {
      if (!former.value) {
        tell(text::cat("what ", former.file, " was is not known"));
        continue;
      }
      const Result<void> written = write_file(steps_.back().directory, former.file, *former.value);
      if (!written.ok()) tell(written.error().to_string());
    }
  return told;
}

}  // namespace brig::cgroups
