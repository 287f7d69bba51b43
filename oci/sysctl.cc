#include "oci/sysctl.h"

#include <sched.h>

#include <algorithm>

#include "base/text.h"

namespace brig::oci {
namespace {

struct Parameter {
  std::string_view name;  // ends in ".": everything below
  int flag;
};

// ipc_namespaces(7), network_namespaces(7), uts_namespaces(7), and Documentation/admin-guide/sysctl/user.rst.
constexpr Parameter kParameters[] = {
    {"kernel.msgmax", CLONE_NEWIPC},     {"kernel.msgmnb", CLONE_NEWIPC}, {"kernel.msgmni", CLONE_NEWIPC},
    {"kernel.sem", CLONE_NEWIPC},        {"kernel.shmall", CLONE_NEWIPC}, {"kernel.shmmax", CLONE_NEWIPC},
    {"kernel.shmmni", CLONE_NEWIPC},     {"fs.mqueue.", CLONE_NEWIPC},    {"kernel.shm_rmid_forced", CLONE_NEWIPC},
    {"kernel.domainname", CLONE_NEWUTS}, {"net.", CLONE_NEWNET},          {"user.", CLONE_NEWUSER},
};

std::string swap_separators(std::string_view key) {
  std::string out(key);
  for (char& c : out) c = c == '.' ? '/' : c == '/' ? '.' : c;
  return out;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

std::optional<std::string> normalised_sysctl(std::string_view key) {
  if (std::any_of(key.begin(), key.end(), is_control)) return std::nullopt;
  const std::size_t separator = key.find_first_of("./");
  const bool slashes = separator != std::string_view::npos && key[separator] == '/';
  std::string dots = slashes ? swap_separators(key) : std::string(key);
  // As the path below /proc/sys that it will become.
  for (const std::string& component : text::split(swap_separators(dots), '/'))
    if (component.empty() || component == "." || component == "..") return std::nullopt;
  return dots;
}

std::optional<int> sysctl_namespace(std::string_view key) {
  for (const Parameter& parameter : kParameters) {
    const bool subtree = parameter.name.back() == '.';
    if (subtree ? key.starts_with(parameter.name) : key == parameter.name) return parameter.flag;
  }
  return std::nullopt;
}

}  // namespace brig::oci
