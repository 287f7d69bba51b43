// Runs in: runtime.
#include "runtime/container/record.h"

#include <array>

#include "base/sys.h"
#include "base/text.h"
#include "oci/json.h"
#include "oci/rdt_schema.h"
#include "runtime/container/exec_defaults.h"
#include "runtime/container/members.h"

namespace brig::container {
namespace {

constexpr std::uint64_t kFormat = 1;

void write_hooks(json::Writer& w, std::string_view key, const std::vector<oci::Hook>& hooks) {
  if (hooks.empty()) return;
  const auto strings = [&w](std::string_view name, const std::vector<std::string>& list) {
    w.key(name).begin_array();
    for (const std::string& s : list) w.string(s);
    w.end_array();
  };
  w.key(key).begin_array();
  for (const oci::Hook& hook : hooks) {
    w.begin_object().key("path").string(hook.path);
    strings("args", hook.args);
    strings("env", hook.env.value_or(std::vector<std::string>()));
    if (hook.timeout) w.key("timeout").number(*hook.timeout);
    w.end_object();
  }
  w.end_array();
}

void write_cgroup(json::Writer& w, const cgroups::Location& location) {
  w.key("cgroup").begin_array();
  for (const cgroups::Hierarchy& h : location.hierarchies) {
    w.begin_object().key("unified").boolean(h.unified);
    w.key("mount").string(h.mount).key("path").string(h.path);
    w.key("controllers").begin_array();
    for (const std::string& controller : h.controllers) w.string(controller);
    w.end_array().end_object();
  }
  w.end_array();
  if (!location.unit) return;
  w.key("unit").begin_object().key("name").string(location.unit->name);
  w.key("slice").string(location.unit->slice).key("ofUser").boolean(location.unit->of_user).end_object();
}

void write_rdt(json::Writer& w, const std::optional<RdtPlace>& place) {
  if (!place) return;
  w.key("intelRdt").begin_object().key("mount").string(place->mount).key("class").string(place->class_name);
  w.key("madeForIt").boolean(place->made_for_it).key("monitoring").string(place->monitoring).end_object();
}

Result<std::vector<oci::Hook>> read_hooks(const Members& members, std::string_view key) {
  std::vector<oci::Hook> hooks;
  const std::vector<json::Value>* list = TRY(members.array(key));
  if (list == nullptr) return hooks;
  for (const json::Value& item : *list) {
    const Members hook(item);
    oci::Hook out;
    out.path = TRY(hook.string("path"));
    out.args = TRY(hook.strings("args"));
    out.env = TRY(hook.strings("env"));
    if (hook.find("timeout") != nullptr) out.timeout = static_cast<int>(TRY(hook.number("timeout", INT32_MAX)));
    hooks.push_back(std::move(out));
  }
  return hooks;
}

// Left out if systemd does not make the cgroup.
Result<std::optional<cgroups::Unit>> read_unit(const Members& members) {
  const json::Value* object = members.find("unit");
  if (object == nullptr) return std::optional<cgroups::Unit>();
  if (object->type != json::Value::Type::kObject) return broken("unit");
  const Members unit(*object);
  cgroups::Unit out;
  out.name = TRY(unit.string("name"));
  out.slice = TRY(unit.string("slice"));
  out.of_user = TRY(unit.boolean("ofUser"));
  // What would be stopped is the machine otherwise, or a service of its.
  if (!out.name.ends_with(".scope") || !out.slice.ends_with(".slice")) return broken("unit");
  return std::optional<cgroups::Unit>(std::move(out));
}

Result<cgroups::Location> read_cgroup(const Members& members) {
  cgroups::Location location;
  location.unit = TRY(read_unit(members));
  const std::vector<json::Value>* list = TRY(members.array("cgroup"));
  if (list == nullptr) return broken("cgroup");
  for (const json::Value& item : *list) {
    const Members h(item);
    cgroups::Hierarchy out;
    out.unified = TRY(h.boolean("unified"));
    out.mount = TRY(h.string("mount"));
    out.path = TRY(h.string("path"));
    out.controllers = TRY(h.strings("controllers"));
    // "/" would be all of the machine.
    const bool clean =
        text::clean_absolute_path(out.mount) == out.mount && text::clean_absolute_path(out.path) == out.path;
    if (!clean || out.path == "/") return broken("cgroup");
    location.hierarchies.push_back(std::move(out));
  }
  return location;
}

// Left out if there is none. Directories will be removed by these names.
Result<std::optional<RdtPlace>> read_rdt(const Members& members) {
  const json::Value* object = members.find("intelRdt");
  if (object == nullptr) return std::optional<RdtPlace>();
  if (object->type != json::Value::Type::kObject) return broken("intelRdt");
  const Members names(*object);
  RdtPlace place;
  place.mount = TRY(names.string("mount"));
  place.class_name = TRY(names.string("class"));
  place.made_for_it = TRY(names.boolean("madeForIt"));
  place.monitoring = TRY(names.string("monitoring"));
  const bool plain = text::clean_absolute_path(place.mount) == place.mount && place.mount != "/" &&
                     (place.class_name.empty() ? !place.made_for_it : oci::is_rdt_class_name(place.class_name)) &&
                     (place.monitoring.empty() || oci::is_rdt_class_name(place.monitoring));
  if (!plain) return broken("intelRdt");
  return std::optional(std::move(place));
}

Result<oci::Annotations> read_annotations(const Members& members) {
  oci::Annotations annotations;
  const json::Value* object = members.find("annotations");
  if (object == nullptr || object->type != json::Value::Type::kObject) return broken("annotations");
  for (const auto& [key, value] : object->object) {
    if (value.type != json::Value::Type::kString) return broken("annotations");
    annotations.emplace(key, value.string);
  }
  return annotations;
}

// "PID (name) S …": the name may hold anything, so the fields count from the last parenthesis (proc(5)).
struct Stat {
  char state = '?';
  std::uint64_t start_time = 0;
};
Result<Stat> read_stat(pid_t pid, const ProcDir& proc) {
  const std::string line = TRY(proc.read(text::cat(pid, "/stat")));
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos || name_end + 2 > line.size())
    return Error::make(Error::Kind::kInternal, "/proc/PID/stat has another form");
  const std::vector<std::string> fields = text::split(std::string_view(line).substr(name_end + 2), ' ');
  constexpr std::size_t kState = 0, kStartTime = 19;  // fields 3 and 22
  if (fields.size() <= kStartTime || fields[kState].size() != 1)
    return Error::make(Error::Kind::kInternal, "/proc/PID/stat has another form");
  return Stat{.state = fields[kState][0], .start_time = text::parse_int<std::uint64_t>(fields[kStartTime]).value_or(0)};
}

// Of a process that is shown as a zombie: its other threads may go on without the main one, which the state is about.
// A pidfd is readable once all have ended (pidfd_open(2)).
bool ended(pid_t pid) {
  auto pidfd = sys::pidfd_open(pid);
  if (!pidfd.ok()) return true;
  std::array<pollfd, 1> fds = {sys::poll_entry(pidfd.value(), POLLIN)};
  auto ready = sys::poll(fds, 0);
  return !ready.ok() || ready.value() != 0;
}

}  // namespace

std::string encode(const Record& record) {
  json::Writer w;
  w.begin_object().key("format").number_unsigned(kFormat);
  w.key("id").string(record.id).key("bundle").string(record.bundle).key("rootfs").string(record.rootfs);
  w.key("created").string(record.created).key("ready").boolean(record.ready);
  w.key("pid").number(record.init.pid).key("startTime").number_unsigned(record.init.start_time);
  w.key("bootId").string(record.init.boot_id);
  w.key("privatePidNamespace").boolean(record.private_pid_namespace);
  write_cgroup(w, record.cgroup);
  w.key("annotations").begin_object();
  for (const auto& [key, value] : record.annotations) w.key(key).string(value);
  w.end_object();
  write_hooks(w, "poststart", record.poststart);
  write_hooks(w, "poststop", record.poststop);
  write_rootfs_mounts(w, record.rootfs_mounts);
  write_rdt(w, record.rdt);
  if (!record.has_process) w.key("hasProcess").boolean(false);
  write_seccomp_listener(w, record.seccomp_listener);
  write_exec_defaults(w, record.exec);
  write_limits(w, record.limits);
  w.end_object();
  return std::move(w).take();
}

Result<Record> decode(std::string_view text) {
  auto parsed = json::parse(text);
  if (!parsed.ok()) return broken(parsed.error().to_string());
  const Members members(parsed.value());
  if (TRY(members.number("format", UINT32_MAX)) != kFormat) return broken("written by another version of brig");
  Record record;
  record.id = TRY(members.string("id"));
  record.bundle = TRY(members.string("bundle"));
  record.rootfs = TRY(members.string("rootfs"));
  record.created = TRY(members.string("created"));
  record.ready = TRY(members.boolean("ready"));
  record.init.pid = static_cast<pid_t>(TRY(members.number("pid", INT32_MAX)));
  record.init.start_time = TRY(members.number("startTime", UINT64_MAX));
  record.init.boot_id = TRY(members.string("bootId"));
  record.private_pid_namespace = TRY(members.boolean("privatePidNamespace"));
  record.cgroup = TRY(read_cgroup(members));
  record.poststart = TRY(read_hooks(members, "poststart"));
  record.poststop = TRY(read_hooks(members, "poststop"));
  record.rootfs_mounts = TRY(read_rootfs_mounts(members));
  record.rdt = TRY(read_rdt(members));
  if (members.find("hasProcess") != nullptr) record.has_process = TRY(members.boolean("hasProcess"));
  record.annotations = TRY(read_annotations(members));
  record.seccomp_listener = TRY(read_seccomp_listener(members));
  record.exec = TRY(read_exec_defaults(members));
  record.limits = TRY(read_limits(members));
  return record;
}

Result<std::string> boot_id(const ProcDir& proc) {
  return std::string(text::trim(TRY(proc.read("sys/kernel/random/boot_id"))));
}

Result<ProcessIdentity> identify(pid_t pid, const ProcDir& proc) {
  const Stat stat = TRY(read_stat(pid, proc));
  return ProcessIdentity{.pid = pid, .start_time = stat.start_time, .boot_id = TRY(boot_id(proc))};
}

bool alive(const ProcessIdentity& identity, const ProcDir& proc) {
  if (identity.pid <= 0) return false;
  auto stat = read_stat(identity.pid, proc);
  if (!stat.ok() || stat.value().start_time != identity.start_time) return false;
  if (stat.value().state == 'X' || (stat.value().state == 'Z' && ended(identity.pid))) return false;
  auto boot = boot_id(proc);
  return boot.ok() && boot.value() == identity.boot_id;
}

Result<UniqueFd> open_process(const ProcessIdentity& identity, const ProcDir& proc) {
  constexpr std::string_view kGone = "container not running: no such process";
  auto pidfd = sys::pidfd_open(identity.pid);
  // Alive after it was opened: the descriptor can't be another's.
  if (!pidfd.ok() || !alive(identity, proc)) return Error::remote(Error::Kind::kState, ESRCH, kGone);
  return pidfd;
}

}  // namespace brig::container
