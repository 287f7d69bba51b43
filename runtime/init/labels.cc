// Runs in: both.
#include "runtime/init/labels.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"

namespace brig::init {
namespace {

// AppArmor's own directory, in every kernel with AppArmor since Linux 5.8. The older attr/exec belongs to whichever
// security module comes first, which may be SELinux.
constexpr char kAppArmorExec[] = "self/attr/apparmor/exec", kAppArmorCurrent[] = "self/attr/apparmor/current";
// Of SELinux alone: others refuse to read keycreate, and whose it is, exec is.
constexpr char kSelinuxExec[] = "self/attr/exec", kSelinuxKeys[] = "self/attr/keycreate";

constexpr std::string_view kUnconfined = "unconfined";

// Answers only if AppArmor is enabled: the files are there in any kernel that was built with it.
bool apparmor_enabled(const ProcDir& proc) { return proc.read(kAppArmorCurrent).ok(); }
bool selinux_enabled(const ProcDir& proc) { return proc.read(kSelinuxKeys).ok(); }

Error not_enabled(std::string_view field, std::string_view value, std::string_view module) {
  return Error::make(Error::Kind::kUnsupported, text::cat("/process/", field, ": ", text::json_quote(value),
                                                          " can't be set, ", module, " is not enabled here"));
}

// What an attribute holds, without the NUL or newline that ends it.
Result<std::string> read_attribute(CStr file, const ProcDir& proc) {
  std::string value = TRY(proc.read(file));
  while (!value.empty() && (value.back() == '\0' || value.back() == '\n')) value.pop_back();
  return value;
}

Error not_what_was_set(std::string_view field, std::string_view wanted, std::string_view shown) {
  return Error::make(Error::Kind::kUnsafe, text::cat("/process/", field, ": set to ", text::json_quote(wanted),
                                                     ", but the kernel has ", text::json_quote(shown)));
}

// "name (enforce)" -> "name".
std::string_view without_mode(std::string_view shown) {
  const std::size_t mode = shown.rfind(" (");
  return mode != std::string_view::npos && shown.ends_with(')') ? shown.substr(0, mode) : shown;
}

// With noNewPrivileges a process that is confined itself, as brig in a container is, may get no other profile in the
// place of its own, but one on top of it: both then hold (kernel, apparmor_bprm_creds_for_exec()).
Result<bool> must_be_stacked(const oci::Process& process, const ProcDir& proc) {
  if (!process.no_new_privileges) return false;
  const std::string own = TRY(read_attribute(kAppArmorCurrent, proc));
  return without_mode(own) != kUnconfined;
}

Result<void> set_apparmor(const oci::Process& process, const ProcDir& proc) {
  const std::string& profile = process.apparmor_profile;
  const bool stacked = TRY(must_be_stacked(process, proc));
  auto written = proc.write(kAppArmorExec, text::cat(stacked ? "stack " : "exec ", profile));
  if (!written.ok() && written.error().code() == ENOENT)
    written = std::move(written).error().with_hint("no such profile is loaded");
  TRY(std::move(written), "set /process/apparmorProfile", profile);
  const std::string shown = TRY(read_attribute(kAppArmorExec, proc));
  if (!same_apparmor_profile(profile, shown)) return not_what_was_set("apparmorProfile", profile, shown);
  return {};
}

Result<void> write_selinux(CStr file, std::string_view label, const ProcDir& proc) {
  auto written = proc.write(file, label);
  if (!written.ok() && written.error().code() == EINVAL)
    written = std::move(written).error().with_hint("the policy that is loaded knows no such label");
  TRY(std::move(written), "set /process/selinuxLabel", label);
  return {};
}

Result<void> set_selinux(const std::string& label, const ProcDir& proc) {
  TRY(write_selinux(kSelinuxExec, label, proc));
  const std::string shown = TRY(read_attribute(kSelinuxExec, proc));
  if (!same_selinux_label(label, shown)) return not_what_was_set("selinuxLabel", label, shown);
  return {};
}

// ":ns:name" -> ":ns://name", as the kernel shows it.
std::string spelled_out(std::string_view profile) {
  if (!profile.starts_with(':')) return std::string(profile);
  const std::size_t end = profile.find(':', 1);
  if (end == std::string_view::npos || profile.substr(end + 1).starts_with("//")) return std::string(profile);
  return text::cat(profile.substr(0, end + 1), "//", profile.substr(end + 1));
}

// The profiles of a stack.
std::vector<std::string> sorted_stack(std::string_view profile) {
  constexpr std::string_view kJoint = "//&";
  std::vector<std::string> parts;
  for (std::size_t at = 0; at != std::string_view::npos;) {
    const std::size_t end = profile.find(kJoint, at);
    parts.push_back(spelled_out(profile.substr(at, end == std::string_view::npos ? end : end - at)));
    at = end == std::string_view::npos ? end : end + kJoint.size();
  }
  std::sort(parts.begin(), parts.end());
  return parts;
}

// A sensitivity and a set of categories: "s0:c1,c3.c5". nullopt: something else.
struct Level {
  std::string sensitivity;
  std::set<unsigned> categories;
  bool operator==(const Level&) const = default;
};

std::optional<unsigned> category(std::string_view name) {
  if (!name.starts_with('c')) return std::nullopt;
  return text::parse_int<unsigned>(name.substr(1));
}

std::optional<Level> parse_level(std::string_view text) {
  constexpr unsigned kMost = 65536;
  const std::size_t colon = text.find(':');
  Level level{.sensitivity = std::string(text.substr(0, colon)), .categories = {}};
  if (colon == std::string_view::npos) return level;
  for (const std::string& part : text::split(text.substr(colon + 1), ',')) {
    const std::size_t dot = part.find('.');
    const std::optional<unsigned> first = category(std::string_view(part).substr(0, dot));
    const std::optional<unsigned> last =
        dot == std::string::npos ? first : category(std::string_view(part).substr(dot + 1));
    if (!first || !last || *last >= kMost) return std::nullopt;
    for (unsigned n = *first; n <= *last; ++n) level.categories.insert(n);
  }
  return level;
}

// "low-high", or "low", which is "low-low".
bool same_range(std::string_view a, std::string_view b) {
  const auto part = [](std::string_view range, bool high) {
    const std::size_t dash = range.find('-');
    return parse_level(high && dash != std::string_view::npos ? range.substr(dash + 1) : range.substr(0, dash));
  };
  for (const bool high : {false, true}) {
    const std::optional<Level> of_a = part(a, high), of_b = part(b, high);
    if (!of_a || of_a != of_b) return false;
  }
  return true;
}

// Where the range begins in "user:role:type:range"; npos if there is none.
std::size_t range_start(std::string_view label) {
  std::size_t at = 0;
  for (int colons = 0; colons < 3; ++colons) {
    at = label.find(':', at);
    if (at == std::string_view::npos) return at;
    ++at;
  }
  return at;
}

}  // namespace

bool same_apparmor_profile(std::string_view wanted, std::string_view shown) {
  // A profile's own name may end like a mode.
  return sorted_stack(wanted) == sorted_stack(without_mode(shown)) || wanted == shown;
}

bool same_selinux_label(std::string_view wanted, std::string_view shown) {
  if (wanted == shown) return true;
  const std::size_t in_wanted = range_start(wanted), in_shown = range_start(shown);
  if (in_wanted == std::string_view::npos || in_shown == std::string_view::npos) return false;
  return wanted.substr(0, in_wanted) == shown.substr(0, in_shown) &&
         same_range(wanted.substr(in_wanted), shown.substr(in_shown));
}

Result<void> check_labels(const oci::Process& process, const ProcDir& proc) {
  const std::string& profile = process.apparmor_profile;
  if (!profile.empty() && profile != kUnconfined && !apparmor_enabled(proc))
    return not_enabled("apparmorProfile", profile, "AppArmor");
  if (!process.selinux_label.empty() && !selinux_enabled(proc))
    return not_enabled("selinuxLabel", process.selinux_label, "SELinux");
  return {};
}

Result<void> set_labels_on_exec(const oci::Process& process, const ProcDir& proc) {
  const std::string& profile = process.apparmor_profile;
  const bool unconfined_anyway = profile == kUnconfined && !apparmor_enabled(proc);
  if (!profile.empty() && !unconfined_anyway) TRY(set_apparmor(process, proc));
  if (!process.selinux_label.empty()) TRY(set_selinux(process.selinux_label, proc));
  return {};
}

Result<void> set_key_label(std::string_view label, const ProcDir& proc) {
  // A newline takes the label back: an empty write(2) would reach nobody.
  return write_selinux(kSelinuxKeys, label.empty() ? "\n" : label, proc);
}

}  // namespace brig::init
