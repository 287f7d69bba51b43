#include "cgroups/systemd.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/deadline.h"
#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "cgroups/systemd_unit.h"

namespace brig::cgroups {
namespace {

constexpr std::string_view kName = "org.freedesktop.systemd1";
constexpr std::string_view kPath = "/org/freedesktop/systemd1";
constexpr std::string_view kManager = "org.freedesktop.systemd1.Manager";
constexpr std::string_view kUnit = "org.freedesktop.systemd1.Unit";
constexpr std::string_view kScope = "org.freedesktop.systemd1.Scope";
constexpr std::string_view kUnitExists = "org.freedesktop.systemd1.UnitExists";
constexpr std::string_view kNoSuchUnit = "org.freedesktop.systemd1.NoSuchUnit";
constexpr std::string_view kReadOnly = "org.freedesktop.DBus.Error.PropertyReadOnly";

// What systemd says as an error of ours, by its kind.
Error refused(const Bus::Reply& reply, std::string_view unit) {
  const std::string text = text::cat("systemd: ", unit, ": ", reply.error_text);
  if (reply.error_name == kUnitExists)
    return std::move(Error::make(Error::Kind::kState, text))
        .with_hint(text::cat("systemctl status ", unit, " shows whose it is"));
  for (const std::string_view denied :
       {"org.freedesktop.DBus.Error.AccessDenied", "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
        "org.freedesktop.DBus.Error.AuthFailed"})
    if (reply.error_name == denied)
      return Error::remote(Error::Kind::kSystem, EACCES, text::cat(text, ": ", errno_words(EACCES)));
  // The bus tells that who was asked has gone.
  if (reply.error_name == "org.freedesktop.DBus.Error.NoReply")
    return Error::remote(Error::Kind::kSystem, ECONNRESET, text::cat(text, ": ", errno_words(ECONNRESET)));
  return Error::make(Error::Kind::kUnsupported, text);
}

// "Cannot set property NAME, or unknown property.": the property's name, or "".
std::string_view unknown_property(const Bus::Reply& reply) {
  constexpr std::string_view kStart = "Cannot set property ";
  const std::string_view text = reply.error_text;
  if (reply.error_name != kReadOnly || !text.starts_with(kStart)) return "";
  return text.substr(kStart.size(), text.find(',') - kStart.size());
}

// Takes out a property that systemd does not know. false: it is none of those that can be missed.
bool leave_out(std::string_view name, std::vector<Property>& properties) {
  const auto same = [name](const Property& property) { return property.name == name; };
  const auto found = std::find_if(properties.begin(), properties.end(), same);
  if (name.empty() || found == properties.end() || !found->dispensable) return false;
  log::debug(text::cat("this systemd does not know the property ", name, ", which is left out"));
  std::erase_if(properties, same);
  return true;
}

// a(sv)
dbus::Value to_array(const std::vector<Property>& properties) {
  std::vector<dbus::Value> items;
  items.reserve(properties.size());
  for (const Property& property : properties)
    items.push_back(dbus::structure({dbus::string(property.name), dbus::variant(property.value)}));
  return dbus::array("(sv)", std::move(items));
}

}  // namespace

bool went_away(const Error& error) {
  return error.code() == ECONNRESET || error.code() == EPIPE || error.code() == ECONNREFUSED;
}

Result<Systemd> Systemd::connect_to(const BusSocket& socket, Whose whose, int timeout_ms) {
  Systemd systemd(TRY(Bus::connect(socket.path, socket.kind, timeout_ms)), whose, timeout_ms);
  systemd.version_ =
      systemd_version(TRY(systemd.read_property(kPath, kManager, "Version"), "ask systemd at", socket.path));
  systemd.control_group_ = TRY(systemd.read_property(kPath, kManager, "ControlGroup"), "ask systemd at", socket.path);
  return systemd;
}

Result<Bus::Reply> Systemd::call(std::string_view member, std::vector<dbus::Value> arguments) {
  return bus_.call({.destination = std::string(kName),
                    .path = std::string(kPath),
                    .interface = std::string(kManager),
                    .member = std::string(member),
                    .arguments = std::move(arguments)},
                   timeout_ms_);
}

Result<Bus::Reply> Systemd::get(std::string_view path, std::string_view interface, std::string_view name) {
  return bus_.call({.destination = std::string(kName),
                    .path = std::string(path),
                    .interface = "org.freedesktop.DBus.Properties",
                    .member = "Get",
                    .arguments = {dbus::string(interface), dbus::string(name)}},
                   timeout_ms_);
}

Result<std::string> Systemd::read_property(std::string_view path, std::string_view interface, std::string_view name) {
  Bus::Reply reply = TRY(get(path, interface, name));
  if (reply.failed()) return refused(reply, name);
  if (!reply.is("v") || reply.values[0].items[0].signature != "s")
    return Error::make(Error::Kind::kUnsafe, text::cat("systemd's ", name, " is not a text"));
  return std::move(reply.values[0].items[0].text);
}

// JobRemoved(u id, o job, s unit, s result) of the job that `reply` names. `done`: whether the result is "done".
Result<void> Systemd::wait_for_job(const Bus::Reply& reply, const std::string& unit, bool& done) {
  if (!reply.is("o")) return Error::make(Error::Kind::kUnsafe, "systemd names no job");
  const std::uint64_t until = sys::monotonic_ns() + static_cast<std::uint64_t>(timeout_ms_) * 1'000'000;
  for (;;) {
    const std::uint64_t now = sys::monotonic_ns();
    const int left_ms = now >= until ? 0 : static_cast<int>((until - now) / 1'000'000);
    const dbus::Message signal = TRY(bus_.next_signal(left_ms), "wait for systemd's job on", unit);
    const bool ours = signal.body.size() == 4 && signal.body[1].signature == "o" && signal.body[3].signature == "s" &&
                      signal.body[1].text == reply.values[0].text;
    if (!ours) continue;
    done = signal.body[3].text == "done";
    if (!done) log::debug(text::cat("systemd's job on ", unit, " ended with ", signal.body[3].text));
    return {};
  }
}

Result<void> Systemd::reset_failed(const std::string& name) {
  const Bus::Reply reply = TRY(call("ResetFailedUnit", {dbus::string(name)}));
  if (reply.failed() && reply.error_name != kNoSuchUnit) return refused(reply, name);
  return {};
}

// StartTransientUnit(s name, s mode, a(sv) properties, a(sa(sv)) auxiliary units)
Result<Bus::Reply> Systemd::start_transient(const std::string& name, std::vector<Property>& properties, pid_t pid) {
  for (;;) {
    std::vector<Property> all = properties;
    all.push_back({.name = "PIDs", .value = dbus::array("u", {dbus::uint32(static_cast<std::uint32_t>(pid))})});
    Bus::Reply reply = TRY(call("StartTransientUnit", {dbus::string(name), dbus::string("replace"), to_array(all),
                                                       dbus::array("(sa(sv))", {})}));
    if (!reply.failed() || !leave_out(unknown_property(reply), properties)) return reply;
  }
}

Result<void> Systemd::wait_until_active(const std::string& name) {
  constexpr int kPauseMs = 20;
  for (const Deadline deadline(timeout_ms_);;) {
    const std::string state = TRY(active_state(name));
    if (state == "active") return {};
    if (state != "activating" && state != "inactive")
      return Error::make(Error::Kind::kUnsupported, text::cat("systemd could not start ", name, ": it is ", state));
    if (deadline.left_ms() == 0) return Error::system("wait for systemd to start", name, ETIMEDOUT);
    TRY(sys::poll({}, kPauseMs));
  }
}

Result<void> Systemd::start_scope(const std::string& name, std::vector<Property> properties, pid_t pid, bool& started) {
  TRY(bus_.listen_to(kName, kManager, "JobRemoved", timeout_ms_));
  // From here on a failure without an answer may leave a unit behind; an answer that says no leaves none.
  const bool again = std::exchange(started, true);
  Bus::Reply reply = TRY(start_transient(name, properties, pid));
  if (again && reply.error_name == kUnitExists) return wait_until_active(name);
  if (reply.error_name == kUnitExists) {
    // It may be what is left of one that failed. One that runs is not touched by this.
    TRY(reset_failed(name));
    reply = TRY(start_transient(name, properties, pid));
  }
  started = !reply.failed();
  if (reply.failed()) return refused(reply, name);
  bool done = false;
  TRY(wait_for_job(reply, name, done));
  if (done) return {};
  return std::move(Error::make(Error::Kind::kUnsupported, text::cat("systemd could not start ", name)))
      .with_hint(text::cat("systemctl status ", name, " may say why"));
}

Result<void> Systemd::stop(const std::string& name) {
  TRY(bus_.listen_to(kName, kManager, "JobRemoved", timeout_ms_));
  const Bus::Reply reply = TRY(call("StopUnit", {dbus::string(name), dbus::string("replace")}));
  if (reply.error_name == kNoSuchUnit) return {};
  if (reply.failed()) return refused(reply, name);
  bool done = false;  // otherwise another job took its place, which the caller sees by what is left
  TRY(wait_for_job(reply, name, done));
  return reset_failed(name);
}

// AttachProcessesToUnit(s unit, s cgroup below it, au pids)
Result<void> Systemd::attach(const std::string& name, const std::string& sub_cgroup, pid_t pid) {
  const dbus::Value pids = dbus::array("u", {dbus::uint32(static_cast<std::uint32_t>(pid))});
  const Bus::Reply reply = TRY(call("AttachProcessesToUnit", {dbus::string(name), dbus::string(sub_cgroup), pids}));
  if (reply.failed()) return refused(reply, name);
  return {};
}

// The object that is the unit; "" if there is none of this name.
Result<std::string> Systemd::unit_path(const std::string& name) {
  const Bus::Reply unit = TRY(call("GetUnit", {dbus::string(name)}));
  if (unit.error_name == kNoSuchUnit) return std::string();
  if (unit.failed()) return refused(unit, name);
  if (!unit.is("o")) return Error::make(Error::Kind::kUnsafe, "systemd names no unit");
  return unit.values[0].text;
}

Result<std::string> Systemd::active_state(const std::string& name) {
  const std::string path = TRY(unit_path(name));
  if (path.empty()) return path;
  return read_property(path, kUnit, "ActiveState");
}

Result<std::vector<Property>> Systemd::properties(const std::string& name, const std::vector<Property>& wanted) {
  std::vector<Property> found;
  const std::string path = TRY(unit_path(name));
  if (path.empty()) return Error::make(Error::Kind::kState, text::cat("systemd: unit ", name, " is not there"));
  for (const Property& property : wanted) {
    const auto same = [&](const Property& other) { return other.name == property.name; };
    if (std::any_of(found.begin(), found.end(), same)) continue;  // a list, which is cleared first
    const Bus::Reply reply = TRY(get(path, kScope, property.name));
    if (reply.failed()) continue;
    if (!reply.is("v")) return Error::make(Error::Kind::kUnsafe, text::cat("systemd has no value of ", property.name));
    const dbus::Value& value = reply.values[0].items[0];
    constexpr std::string_view kListOf = "a(";
    if (value.signature.starts_with(kListOf))
      found.push_back({.name = property.name, .value = dbus::array(value.signature.substr(1), {})});
    found.push_back({.name = property.name, .value = value});
  }
  return found;
}

Result<void> Systemd::set_properties(const std::string& name, std::vector<Property> properties) {
  for (;;) {
    const Bus::Reply reply =
        TRY(call("SetUnitProperties", {dbus::string(name), dbus::boolean(true), to_array(properties)}));
    if (!reply.failed()) return {};
    if (!leave_out(unknown_property(reply), properties)) return refused(reply, name);
  }
}

}  // namespace brig::cgroups
