// systemd, as what keeps a container's cgroup: asked over D-Bus (org.freedesktop.systemd1(5)). For cgroups/ itself.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cgroups/bus.h"
#include "cgroups/systemd_properties.h"

namespace brig::cgroups {

// Which systemd: the machine's, or the one that runs a user's services.
enum class Whose { kMachine, kUser };

// A socket behind which systemd is to be found.
struct BusSocket {
  std::string path;
  Bus::Kind kind = Bus::Kind::kBus;
  bool operator==(const BusSocket&) const = default;
};

// In the order they are to be tried: systemd's own socket, then the bus. `variable` gives an environment variable, ""
// if it is not set: DBUS_SYSTEM_BUS_ADDRESS, or DBUS_SESSION_BUS_ADDRESS and XDG_RUNTIME_DIR (/run/user/UID if that is
// not set, for a user who is not root). Pure.
using Variable = std::string_view (*)(std::string_view name);
std::vector<BusSocket> bus_sockets(Whose whose, uid_t uid, Variable variable);

// Whether an error is that systemd has closed its connections: it may be executing itself anew (`systemctl
// daemon-reexec`), and can be asked again a moment later.
bool went_away(const Error& error);

class Systemd {
 public:
  // For a new container: the machine's for root; the user's for others, and for root of a user namespace, who may also
  // be root of a machine that is one (then the user's is tried first). Waits for one that went away. kUnsupported,
  // naming each socket and why it did not do, if there is no systemd that listens to us.
  static Result<Systemd> connect();
  // For a container that has been made.
  static Result<Systemd> connect_to(Whose whose);
  // For tests: the one behind this socket. `timeout_ms` is for each call, and for each job.
  static Result<Systemd> connect_to(const BusSocket& socket, Whose whose, int timeout_ms);

  Whose whose() const { return whose_; }
  // 252 …; 0 if it can't be told.
  int version() const { return version_; }
  // The cgroup it has for itself, below which all its units' are: "" for the machine's, usually.
  const std::string& control_group() const { return control_group_; }

  // Starts a transient scope with the process `pid` in it, and waits until it is there. A unit of this name that has
  // failed and was not cleared away is cleared away first. kState if the unit exists; EACCES if we may not; ETIMEDOUT;
  // kUnsupported if systemd can't do it, in its own words. Properties that it does not know are left out if they are
  // dispensable. `started` becomes true as soon as there may be a unit that is ours; if it is
  // already, from a time before when systemd went away, a unit of this name is taken for that.
  Result<void> start_scope(const std::string& name, std::vector<Property> properties, pid_t pid, bool& started);
  // Ends a unit, with all that runs in it, and waits for it; clears away one that has failed. None of this name is
  // fine.
  Result<void> stop(const std::string& name);
  // Moves a process into a unit's cgroup, or the one below it at `sub_cgroup` ("" or "/a/b"), which takes Delegate. For
  // a user the process must be the user's; it may come from where the user may not write to (systemd 238).
  Result<void> attach(const std::string& name, const std::string& sub_cgroup, pid_t pid);
  // ActiveState of a unit (org.freedesktop.systemd1(5)): "active", "failed" …; "" if there is none of this name.
  Result<std::string> active_state(const std::string& name);
  // What a scope that runs has of these properties, by their names, in the form that brings it back: a list begins with
  // the empty one, which clears it. Without those that this systemd does not know.
  Result<std::vector<Property>> properties(const std::string& name, const std::vector<Property>& wanted);
  // Sets properties of a unit that runs, all or none; only until the machine is next started.
  Result<void> set_properties(const std::string& name, std::vector<Property> properties);

 private:
  Systemd(Bus bus, Whose whose, int timeout_ms) : bus_(std::move(bus)), whose_(whose), timeout_ms_(timeout_ms) {}
  Result<Bus::Reply> call(std::string_view member, std::vector<dbus::Value> arguments);
  Result<Bus::Reply> get(std::string_view path, std::string_view interface, std::string_view name);
  Result<std::string> unit_path(const std::string& name);
  Result<std::string> read_property(std::string_view path, std::string_view interface, std::string_view name);
  Result<Bus::Reply> start_transient(const std::string& name, std::vector<Property>& properties, pid_t pid);
  Result<void> wait_for_job(const Bus::Reply& reply, const std::string& unit, bool& done);
  Result<void> reset_failed(const std::string& name);
  Result<void> wait_until_active(const std::string& name);

  Bus bus_;
  Whose whose_;
  int timeout_ms_;
  int version_ = 0;
  std::string control_group_;
};

}  // namespace brig::cgroups
