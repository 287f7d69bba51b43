#include "cgroups/cgroup_path.h"

#include <limits.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"

namespace brig::cgroups {
namespace {

constexpr std::string_view kPointer = "/linux/cgroupsPath";

// Files of v1 that are not named after a controller.
constexpr std::array kFiles = {"tasks", "notify_on_release", "release_agent"};
// What the names of all other files begin with, before a dot: "cgroup" and the controllers of both versions.
constexpr std::array kOwnersOfFiles = {"cgroup",  "blkio",    "cpu",        "cpuacct", "cpuset", "debug",  "devices",
                                       "dmem",    "freezer",  "hugetlb",    "io",      "irq",    "memory", "misc",
                                       "net_cls", "net_prio", "perf_event", "pids",    "rdma"};

bool may_be_a_file(std::string_view name) {
  const auto is = [](std::string_view wanted) { return [wanted](const char* one) { return wanted == one; }; };
  if (std::any_of(kFiles.begin(), kFiles.end(), is(name))) return true;
  const std::size_t dot = name.find('.');
  return dot != std::string_view::npos &&
         std::any_of(kOwnersOfFiles.begin(), kOwnersOfFiles.end(), is(name.substr(0, dot)));
}

Result<void> check_component(const std::string& name) {
  if (name == "..") return Error::config(kPointer, "must not contain \"..\"");
  if (name.size() > NAME_MAX)
    return Error::config(kPointer,
                         text::cat("has a component of ", name.size(), " bytes; ", NAME_MAX, " are the most"));
  if (may_be_a_file(name))
    return Error::config(kPointer, text::cat("has the component ", text::json_quote(name),
                                             ", a name that the kernel's own files in a cgroup may have"));
  return {};
}

}  // namespace

Result<std::string> checked_path(std::string_view cgroups_path, std::string_view id) {
  const std::string from_id = text::cat(may_be_a_file(id) ? "_" : "", id);
  const std::string_view path = cgroups_path.empty() ? from_id : cgroups_path;
  if (path.size() >= PATH_MAX) return Error::config(kPointer, "is longer than a path may be");
  if (path.find('\n') != std::string_view::npos) return Error::config(kPointer, "must not contain a newline");
  if (path.find('/') == std::string_view::npos && std::count(path.begin(), path.end(), ':') == 2)
    return Error::make(
               Error::Kind::kUnsupported,
               text::cat("cgroupsPath ", text::json_quote(path),
                         " has the systemd driver's form slice:prefix:name; cgroups are managed as directories"))
        .with_hint("--systemd-cgroup has systemd make them");
  for (const std::string& name : text::split(path, '/')) TRY(check_component(name));
  std::string clean = text::clean_path(path);
  if (clean.empty() || clean == "/" || clean == ".") return Error::config(kPointer, "must name a cgroup, not the root");
  return clean;
}

}  // namespace brig::cgroups
