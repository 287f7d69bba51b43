// Runs in: runtime.
#include "runtime/container/exec_defaults.h"

#include <sched.h>
#include <sys/resource.h>

#include "oci/index_list.h"
#include "oci/names.h"

namespace brig::container {
namespace {

constexpr std::uint64_t kMostId = 0xFFFFFFFE;  // setresuid(2) reads 2^32-1 as "leave"

void write_strings(json::Writer& w, std::string_view key, const std::vector<std::string>& strings) {
  w.key(key).begin_array();
  for (const std::string& s : strings) w.string(s);
  w.end_array();
}

void write_numbers(json::Writer& w, std::string_view key, std::initializer_list<std::uint64_t> numbers) {
  w.key(key).begin_array();
  for (const std::uint64_t n : numbers) w.number_unsigned(n);
  w.end_array();
}

void write_user(json::Writer& w, const oci::User& user) {
  w.key("uid").number_unsigned(user.uid).key("gid").number_unsigned(user.gid);
  if (user.umask) w.key("umask").number_unsigned(*user.umask);
  if (user.additional_gids.empty()) return;
  w.key("groups").begin_array();
  for (const gid_t gid : user.additional_gids) w.number_unsigned(gid);
  w.end_array();
}

void write_scheduling(json::Writer& w, const oci::Process& process) {
  if (process.oom_score_adj) w.key("oomScoreAdj").number(*process.oom_score_adj);
  if (process.scheduler) {
    const oci::Scheduler& s = *process.scheduler;
    w.key("nice").number(s.nice);
    write_numbers(w, "scheduler", {s.policy, s.flags, s.priority, s.runtime, s.deadline, s.period});
  }
  if (process.io_priority)
    write_numbers(w, "ioPriority",
                  {static_cast<std::uint64_t>(process.io_priority->io_class),
                   static_cast<std::uint64_t>(process.io_priority->priority)});
  const oci::ExecCpuAffinity& affinity = process.exec_cpu_affinity;
  if (!affinity.initial.empty()) w.key("initialCPUs").string(affinity.initial);
  if (!affinity.final.empty()) w.key("finalCPUs").string(affinity.final);
}

void write_process(json::Writer& w, const oci::Process& process) {
  w.key("process").begin_object().key("cwd").string(process.cwd);
  write_strings(w, "env", process.env);
  write_user(w, process.user);
  const oci::Capabilities& c = process.capabilities;
  write_numbers(w, "capabilities", {c.bounding, c.effective, c.inheritable, c.permitted, c.ambient});
  if (!process.rlimits.empty()) {
    w.key("rlimits").begin_array();
    for (const oci::Rlimit& limit : process.rlimits)
      w.number_unsigned(static_cast<std::uint64_t>(limit.type)).number_unsigned(limit.soft).number_unsigned(limit.hard);
    w.end_array();
  }
  w.key("noNewPrivileges").boolean(process.no_new_privileges);
  write_scheduling(w, process);
  if (!process.apparmor_profile.empty()) w.key("apparmorProfile").string(process.apparmor_profile);
  if (!process.selinux_label.empty()) w.key("selinuxLabel").string(process.selinux_label);
  w.end_object();
}

Result<oci::User> read_user(const Members& members) {
  oci::User user;
  user.uid = static_cast<uid_t>(TRY(members.number("uid", kMostId)));
  user.gid = static_cast<gid_t>(TRY(members.number("gid", kMostId)));
  if (members.find("umask") != nullptr) user.umask = static_cast<mode_t>(TRY(members.number("umask", 0777)));
  for (const std::uint64_t gid : TRY(members.numbers("groups", kMostId)))
    user.additional_gids.push_back(static_cast<gid_t>(gid));
  return user;
}

Result<oci::Capabilities> read_capabilities(const Members& members) {
  const std::vector<std::uint64_t> sets = TRY(members.numbers("capabilities", UINT64_MAX));
  if (sets.size() != 5) return broken("capabilities");
  return oci::Capabilities{
      .bounding = sets[0], .effective = sets[1], .inheritable = sets[2], .permitted = sets[3], .ambient = sets[4]};
}

Result<std::vector<oci::Rlimit>> read_rlimits(const Members& members) {
  const std::vector<std::uint64_t> numbers = TRY(members.numbers("rlimits", UINT64_MAX));
  std::vector<oci::Rlimit> limits;
  if (numbers.size() % 3 != 0) return broken("rlimits");
  for (std::size_t i = 0; i < numbers.size(); i += 3) {
    if (numbers[i] >= RLIM_NLIMITS) return broken("rlimits");
    limits.push_back({.type = static_cast<int>(numbers[i]), .soft = numbers[i + 1], .hard = numbers[i + 2]});
  }
  return limits;
}

Result<std::string> read_cpus(const Members& members, std::string_view key) {
  if (members.find(key) == nullptr) return std::string();
  std::string list = TRY(members.string(key));
  if (!oci::parse_index_list(list)) return broken(key);
  return list;
}

Result<void> read_scheduling(const Members& members, oci::Process& process) {
  if (members.find("oomScoreAdj") != nullptr)
    process.oom_score_adj = static_cast<int>(TRY(members.signed_number("oomScoreAdj", -1000, 1000)));
  const std::vector<std::uint64_t> s = TRY(members.numbers("scheduler", UINT64_MAX));
  if (s.size() == 6) {
    process.scheduler = {.policy = static_cast<std::uint32_t>(s[0]),
                         .nice = static_cast<std::int32_t>(TRY(members.signed_number("nice", -20, 19))),
                         .priority = static_cast<std::uint32_t>(s[2]),
                         .flags = s[1],
                         .runtime = s[3],
                         .deadline = s[4],
                         .period = s[5]};
  } else if (!s.empty()) {
    return broken("scheduler");
  }
  const std::vector<std::uint64_t> io = TRY(members.numbers("ioPriority", 7));
  if (io.size() == 2) {
    process.io_priority = {.io_class = static_cast<int>(io[0]), .priority = static_cast<int>(io[1])};
  } else if (!io.empty()) {
    return broken("ioPriority");
  }
  process.exec_cpu_affinity.initial = TRY(read_cpus(members, "initialCPUs"));
  process.exec_cpu_affinity.final = TRY(read_cpus(members, "finalCPUs"));
  return {};
}

Result<oci::Process> read_process(const Members& members) {
  const Members object = TRY(members.object("process"));
  oci::Process process;
  process.cwd = TRY(object.string("cwd"));
  process.env = TRY(object.strings("env"));
  process.user = TRY(read_user(object));
  process.capabilities = TRY(read_capabilities(object));
  process.rlimits = TRY(read_rlimits(object));
  process.no_new_privileges = TRY(object.boolean("noNewPrivileges"));
  TRY(read_scheduling(object, process));
  if (object.find("apparmorProfile") != nullptr) process.apparmor_profile = TRY(object.string("apparmorProfile"));
  if (object.find("selinuxLabel") != nullptr) process.selinux_label = TRY(object.string("selinuxLabel"));
  return process;
}

Result<int> read_namespaces(const Members& members) {
  int namespaces = 0;
  for (const std::string& type : TRY(members.strings("namespaces"))) {
    const std::optional<int> flag = oci::namespace_flag(type);
    if (!flag) return broken("namespaces");
    namespaces |= *flag;
  }
  return namespaces;
}

Result<std::optional<oci::MemoryPolicy>> read_memory_policy(const Members& members) {
  std::optional<oci::MemoryPolicy> policy;
  if (members.find("memoryPolicy") == nullptr) return policy;
  const Members object = TRY(members.object("memoryPolicy"));
  policy.emplace();
  policy->mode = static_cast<int>(TRY(object.number("mode", INT32_MAX)));
  policy->flags = static_cast<int>(TRY(object.number("flags", INT32_MAX)));
  policy->nodes = TRY(read_cpus(object, "nodes"));
  return policy;
}

}  // namespace

ExecDefaults exec_defaults(const oci::Config& config, const init::Plan& plan) {
  ExecDefaults defaults;
  defaults.process = *config.process;
  defaults.process.args.clear();
  for (const oci::Namespace& ns : config.linux_.namespaces) defaults.namespaces |= ns.type;
  const oci::Namespace* mounts = config.namespace_of(CLONE_NEWNS);
  defaults.root_by_chroot = mounts == nullptr || !mounts->path.empty();
  defaults.new_keyring = plan.new_keyring;
  defaults.seccomp = plan.seccomp.has_value();
  defaults.seccomp_listener = plan.seccomp_listener;
  defaults.memory_policy = plan.memory_policy;
  defaults.personality = plan.personality;
  return defaults;
}

void write_seccomp_listener(json::Writer& w, const std::optional<process::SeccompListener>& listener) {
  if (!listener) return;
  w.key("seccompListener").begin_object();
  w.key("path").string(listener->path).key("metadata").string(listener->metadata);
  w.end_object();
}

Result<std::optional<process::SeccompListener>> read_seccomp_listener(const Members& members) {
  std::optional<process::SeccompListener> listener;
  if (members.find("seccompListener") == nullptr) return listener;
  const Members strings = TRY(members.object("seccompListener"));
  listener.emplace();
  listener->path = TRY(strings.string("path"));
  listener->metadata = TRY(strings.string("metadata"));
  if (!listener->path.starts_with('/')) return broken("seccompListener");
  return listener;
}

void write_exec_defaults(json::Writer& w, const ExecDefaults& defaults) {
  w.key("exec").begin_object();
  write_process(w, defaults.process);
  w.key("namespaces").begin_array();
  for (unsigned bit = 0; bit < 31; ++bit)
    if ((defaults.namespaces >> bit & 1) != 0) w.string(oci::namespace_type(1 << bit));
  w.end_array();
  w.key("rootByChroot").boolean(defaults.root_by_chroot).key("newKeyring").boolean(defaults.new_keyring);
  w.key("seccomp").boolean(defaults.seccomp);
  write_seccomp_listener(w, defaults.seccomp_listener);
  if (defaults.memory_policy) {
    w.key("memoryPolicy").begin_object().key("mode").number(defaults.memory_policy->mode);
    w.key("flags").number(defaults.memory_policy->flags).key("nodes").string(defaults.memory_policy->nodes);
    w.end_object();
  }
  if (defaults.personality) w.key("personality").number_unsigned(*defaults.personality);
  w.end_object();
}

Result<ExecDefaults> read_exec_defaults(const Members& members) {
  const Members object = TRY(members.object("exec"));
  ExecDefaults defaults;
  defaults.process = TRY(read_process(object));
  defaults.namespaces = TRY(read_namespaces(object));
  defaults.root_by_chroot = TRY(object.boolean("rootByChroot"));
  defaults.new_keyring = TRY(object.boolean("newKeyring"));
  defaults.seccomp = TRY(object.boolean("seccomp"));
  defaults.seccomp_listener = TRY(read_seccomp_listener(object));
  defaults.memory_policy = TRY(read_memory_policy(object));
  if (object.find("personality") != nullptr) defaults.personality = TRY(object.number("personality", UINT32_MAX));
  return defaults;
}

}  // namespace brig::container
