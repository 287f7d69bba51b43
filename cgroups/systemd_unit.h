// Names of systemd's units and where their cgroups are (systemd.unit(5), systemd.slice(5), systemd.scope(5)). For
// cgroups/ itself; pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cgroups/manager.h"

namespace brig::cgroups {

// The scope for a container. `cgroups_path` is "slice:prefix:name", as runc and crun have it: the scope is
// "prefix-name.scope". An empty slice is system.slice, or user.slice if the unit is the user manager's (`of_user`); an
// empty path is "brig" and `id`. kConfig for another form, for a name that is itself a slice, which no process can be
// started in, and for names that systemd would not take.
Result<Unit> unit_for(std::string_view cgroups_path, std::string_view id, bool of_user);

// Where that unit's cgroup is in each hierarchy, below systemd's own (`manager`, "" or "/" for the machine's):
// "/machine.slice/machine-a.slice/libpod-1.scope".
std::string cgroup_path_of(const Unit& unit, std::string_view manager);

// "252.38-1~deb12u1", "v245.4-1.fc32", "257~rc1": 252, 245, 257; 0 if it can't be told.
int systemd_version(std::string_view text);

}  // namespace brig::cgroups
