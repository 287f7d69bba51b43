// Finding systemd.
#include <algorithm>
#include <utility>

#include "base/deadline.h"
#include "base/proc_dir.h"
#include "base/sys.h"
#include "base/text.h"
#include "base/user_namespace.h"
#include "cgroups/bus_address.h"
#include "cgroups/systemd.h"

namespace brig::cgroups {
namespace {

// As long as runc waits for a job. On a machine that is busy starting, systemd answers late.
constexpr int kPatienceMs = 30'000;

std::string_view environment_variable(std::string_view name) {
  return sys::environment_value(std::string(name)).value_or("");
}

void add_buses(std::string_view addresses, std::vector<BusSocket>& sockets) {
  for (std::string& path : bus_socket_paths(addresses)) {
    BusSocket socket = {.path = std::move(path), .kind = Bus::Kind::kBus};
    if (std::find(sockets.begin(), sockets.end(), socket) == sockets.end()) sockets.push_back(std::move(socket));
  }
}

struct Attempt {
  BusSocket socket;
  Whose whose;
};

// How long one that went away may take to come back.
constexpr int kReturnsMs = 5'000;

// The first that answers.
Result<Systemd> first_of(const std::vector<Attempt>& attempts) {
  constexpr int kPauseMs = 20;
  for (const Deadline deadline(kReturnsMs);;) {
    std::string why;
    bool may_return = false;
    for (const Attempt& attempt : attempts) {
      Result<Systemd> connected = Systemd::connect_to(attempt.socket, attempt.whose, kPatienceMs);
      if (connected.ok()) return connected;
      may_return = may_return || went_away(connected.error());
      why += text::cat(why.empty() ? "" : "; ", connected.error().to_string());
    }
    if (why.empty()) why = "XDG_RUNTIME_DIR is not set";
    if (!may_return || deadline.left_ms() == 0)
      return std::move(Error::make(Error::Kind::kUnsupported, text::cat("no systemd to be found: ", why)))
          .with_hint("without --systemd-cgroup, cgroups are made without systemd");
    TRY(sys::poll({}, kPauseMs));
  }
}

void add_attempts(Whose whose, std::vector<Attempt>& attempts) {
  for (BusSocket& socket : bus_sockets(whose, sys::geteuid(), environment_variable))
    attempts.push_back({.socket = std::move(socket), .whose = whose});
}

}  // namespace

std::vector<BusSocket> bus_sockets(Whose whose, uid_t uid, Variable variable) {
  std::vector<BusSocket> sockets;
  if (whose == Whose::kMachine) {
    constexpr std::string_view kUsual = "unix:path=/run/dbus/system_bus_socket";
    if (uid == 0) sockets.push_back({.path = "/run/systemd/private", .kind = Bus::Kind::kDirect});
    const std::string_view given = variable("DBUS_SYSTEM_BUS_ADDRESS");
    add_buses(given.empty() ? kUsual : given, sockets);
    return sockets;
  }
  std::string directory(variable("XDG_RUNTIME_DIR"));
  if (directory.empty() && uid != 0) directory = text::cat("/run/user/", uid);
  const bool known = directory.starts_with('/');
  if (known) sockets.push_back({.path = directory + "/systemd/private", .kind = Bus::Kind::kDirect});
  add_buses(variable("DBUS_SESSION_BUS_ADDRESS"), sockets);
  if (known) add_buses(text::cat("unix:path=", directory, "/bus"), sockets);
  return sockets;
}

Result<Systemd> Systemd::connect() {
  const bool root = sys::geteuid() == 0;
  const auto is_of_namespace = []() -> Result<bool> { return in_user_namespace(TRY(ProcDir::open())); };
  std::vector<Attempt> attempts;
  if (!root || TRY(is_of_namespace())) add_attempts(Whose::kUser, attempts);
  if (root) add_attempts(Whose::kMachine, attempts);
  return first_of(attempts);
}

Result<Systemd> Systemd::connect_to(Whose whose) {
  std::vector<Attempt> attempts;
  add_attempts(whose, attempts);
  return first_of(attempts);
}

}  // namespace brig::cgroups
