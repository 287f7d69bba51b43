// Runs in: both.
#include "runtime/init/attributes.h"

#include <string>

#include "base/sys.h"
#include "base/text.h"

namespace brig::init {
namespace {

// "net.ipv4.conf.eth0/1.forwarding" -> "sys/net/ipv4/conf/eth0.1/forwarding": in a key, a slash stands for a dot that
// is part of a name (sysctl(8)).
std::string sysctl_path(std::string_view key) {
  std::string path = text::cat("sys/", key);
  for (std::size_t i = 4; i < path.size(); ++i) {
    if (path[i] == '.') {
      path[i] = '/';
    } else if (path[i] == '/') {
      path[i] = '.';
    }
  }
  return path;
}

// The file of this one belongs to root of the machine, so root of a user namespace can't write it, though the name is
// its own to set. The call does the same.
Result<void> set_sysctl(const std::string& key, const std::string& value, const ProcDir& proc) {
  if (key == "kernel.domainname") return sys::setdomainname(value);
  return proc.write(sysctl_path(key), value);
}

}  // namespace

Result<void> apply_attributes(const Plan& plan, const ProcDir& proc) {
  if (!plan.hostname.empty()) TRY(sys::sethostname(plan.hostname));
  if (!plan.domainname.empty()) TRY(sys::setdomainname(plan.domainname));
  for (const auto& [key, value] : plan.sysctl) TRY(set_sysctl(key, value, proc), "set sysctl", key);
  return {};
}

Result<void> set_oom_score(int wanted, std::string_view process, const ProcDir& proc) {
  const std::string file = text::cat(process, "/oom_score_adj");
  auto written = proc.write(file, std::to_string(wanted));
  if (written.ok()) return {};
  // Nothing is lost if it is what we have anyway.
  const std::string current = TRY(proc.read(file));
  if (text::parse_int<int>(text::trim(current)) == wanted) return {};
  if (written.error().code() != EACCES) return written;
  return std::move(written).error().with_hint("less than it was takes CAP_SYS_RESOURCE");
}

Result<void> set_rlimits(const std::vector<oci::Rlimit>& rlimits) {
  for (std::size_t i = 0; i < rlimits.size(); ++i) {
    auto set = sys::setrlimit(rlimits[i].type, rlimits[i].soft, rlimits[i].hard);
    if (!set.ok() && set.error().code() == EPERM)
      set = std::move(set).error().with_hint(
          "above brig's own hard limit, which takes CAP_SYS_RESOURCE to raise, or above fs.nr_open for open files");
    TRY(std::move(set), text::cat("/process/rlimits/", i));
  }
  return {};
}

}  // namespace brig::init
