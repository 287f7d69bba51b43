// foresee() with systemd.
#include <string>
#include <utility>

#include "base/text.h"
#include "cgroups/foresee.h"
#include "cgroups/systemd.h"

namespace brig::cgroups {
namespace {

// One that has failed is no obstacle: create clears it away.
Result<void> check_name_is_free(const Unit& unit) {
  Systemd systemd = TRY(Systemd::connect_to(unit.of_user ? Whose::kUser : Whose::kMachine));
  const std::string state = TRY(systemd.active_state(unit.name), "ask systemd for", unit.name);
  if (state.empty() || state == "failed" || state == "inactive") return {};
  return Error::config("/linux/cgroupsPath", text::cat("systemd has a unit ", unit.name, " already, which is ", state));
}

}  // namespace

std::vector<Error> foresee_scope(const Location& location, const oci::Config& config, std::string_view id) {
  std::vector<Error> found;
  auto scope = create_scope(location, config, id);
  if (!scope.ok()) found.push_back(std::move(scope).error());
  if (auto is_free = check_name_is_free(*location.unit); !is_free.ok()) {
    // Its processes, which foresee() would find too, are nothing else.
    found.push_back(std::move(is_free).error());
    return found;
  }
  for (Error& error : foresee(location, config.linux_.resources)) found.push_back(std::move(error));
  return found;
}

}  // namespace brig::cgroups
