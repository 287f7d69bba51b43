#include <algorithm>
#include <numeric>

#include "base/log.h"
#include "oci/names.h"
#include "oci/read_parts.h"

namespace brig::oci {
namespace {

constexpr Field<ConsoleSize> kConsoleSizeFields[] = {
    field<&ConsoleSize::height, read_number<std::uint16_t>>("height", Presence::kRequired),  // as in ioctl_tty(2)
    field<&ConsoleSize::width, read_number<std::uint16_t>>("width", Presence::kRequired),
};

constexpr Field<User> kUserFields[] = {
    field<&User::uid, read_id>("uid"),
    field<&User::gid, read_id>("gid"),
    field<&User::umask, read_number<mode_t, 0, 0777>>("umask"),
    field<&User::additional_gids, read_array<&read_id>>("additionalGids"),
    ignored<User>("username"),  // Windows
};

Result<User> read_user(const Node& node) {
  User user;
  TRY(read_object(node, kUserFields, user));
  return user;
}

// A set as a mask. Names the kernel or brig doesn't know are left out with a warning, as config.md#linux-process wants.
Result<std::uint64_t> read_capability_set(const Node& node) {
  TRY(expect_array(node));
  std::uint64_t mask = 0;
  std::vector<json::Value>& names = node.value().array;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Node child(node, i, names[i]);
    const std::string name = TRY(read_string(child));
    if (const std::optional<int> number = capability_number(name)) {
      mask |= std::uint64_t{1} << *number;
    } else {
      log::warn(text::cat("config.json: ", child.pointer(), ": ignored unknown capability ", text::json_quote(name)));
    }
  }
  return mask;
}

constexpr Field<Capabilities> kCapabilityFields[] = {
    field<&Capabilities::bounding, read_capability_set>("bounding"),
    field<&Capabilities::effective, read_capability_set>("effective"),
    field<&Capabilities::inheritable, read_capability_set>("inheritable"),
    field<&Capabilities::permitted, read_capability_set>("permitted"),
    field<&Capabilities::ambient, read_capability_set>("ambient"),
};

Result<Capabilities> read_capabilities(const Node& node) {
  Capabilities capabilities;
  TRY(read_object(node, kCapabilityFields, capabilities));
  return capabilities;
}

Result<int> read_rlimit_type(const Node& node) {
  const std::string name = TRY(read_string(node));
  const std::optional<int> number = rlimit_number(name);
  if (!number) return node.error(text::cat("unknown limit ", text::json_quote(name)));
  return *number;
}

constexpr Field<Rlimit> kRlimitFields[] = {
    field<&Rlimit::type, read_rlimit_type>("type", Presence::kRequired),
    field<&Rlimit::soft, read_number<std::uint64_t>>("soft", Presence::kRequired),
    field<&Rlimit::hard, read_number<std::uint64_t>>("hard", Presence::kRequired),
};

Result<Rlimit> read_rlimit(const Node& node) {
  Rlimit rlimit;
  TRY(read_object(node, kRlimitFields, rlimit));
  return rlimit;
}

Result<std::vector<std::string>> read_args(const Node& node) {
  std::vector<std::string> args = TRY(read_array<&read_string>(node));
  if (args.empty()) return node.error("must have at least one entry: the program");
  return args;
}

constexpr Field<Process> kProcessFields[] = {
    field<&Process::terminal, read_bool>("terminal"),
    ignored<Process>("consoleSize"),  // depends on terminal: read_process()
    field<&Process::cwd, read_absolute_path>("cwd", Presence::kRequired),
    field<&Process::env, read_env>("env"),
    field<&Process::args, read_args>("args", Presence::kRequired),
    ignored<Process>("commandLine"),  // Windows
    field<&Process::user, read_user>("user"),
    field<&Process::capabilities, read_capabilities>("capabilities"),
    field<&Process::rlimits, read_array<&read_rlimit>>("rlimits"),
    field<&Process::no_new_privileges, read_bool>("noNewPrivileges"),
    field<&Process::oom_score_adj, read_number<int, -1000, 1000>>("oomScoreAdj"),  // proc_pid_oom_score_adj(5)
    field<&Process::apparmor_profile, read_string>("apparmorProfile"),
    field<&Process::selinux_label, read_string>("selinuxLabel"),
    field<&Process::io_priority, read_io_priority>("ioPriority"),
    field<&Process::scheduler, read_scheduler>("scheduler"),
    field<&Process::exec_cpu_affinity, read_exec_cpu_affinity>("execCPUAffinity"),
};

Result<std::string> read_env_entry(const Node& node) {
  std::string entry = TRY(read_string(node));
  const std::size_t equals = entry.find('=');
  if (equals == std::string::npos) return node.error("must be NAME=VALUE, has no \"=\"");
  if (equals == 0) return node.error("must be NAME=VALUE, has no name");
  return entry;
}

}  // namespace

Result<std::vector<std::string>> read_env(const Node& node) {
  std::vector<std::string> env = TRY(read_array<&read_env_entry>(node));
  std::vector<std::string_view> names;
  names.reserve(env.size());
  for (const std::string& entry : env) names.push_back(std::string_view(entry).substr(0, entry.find('=')));
  std::vector<std::size_t> by_name(env.size());
  std::iota(by_name.begin(), by_name.end(), std::size_t{0});
  std::stable_sort(by_name.begin(), by_name.end(), [&](std::size_t a, std::size_t b) { return names[a] < names[b]; });
  const auto has_later = [&](std::size_t a, std::size_t b) { return names[a] == names[b]; };
  for (auto at = std::adjacent_find(by_name.begin(), by_name.end(), has_later); at != by_name.end();
       at = std::adjacent_find(at + 1, by_name.end(), has_later)) {
    log::warn(text::cat("config.json: ", node.pointer(), '/', *at, ": ignored, a later entry sets ", names[*at]));
    env[*at].clear();
  }
  std::erase(env, "");
  return env;
}

Result<Process> read_process(const Node& node) { return read_process_in(node, Process()); }

Result<Process> read_process_in(const Node& node, const Process& confinement) {
  Process process = confinement;
  process.terminal = false;
  process.console_size.reset();
  process.env.clear();
  TRY(read_object(node, kProcessFields, process));
  // What engines write for what nobody asked for; of the user, the umask is a thing of its own.
  if (process.apparmor_profile.empty()) process.apparmor_profile = confinement.apparmor_profile;
  if (process.selinux_label.empty()) process.selinux_label = confinement.selinux_label;
  if (process.rlimits.empty()) process.rlimits = confinement.rlimits;
  if (!process.user.umask) process.user.umask = confinement.user.umask;
  // "MUST ignore `consoleSize` if `terminal` is false or unset": whatever is in it.
  json::Value* size = process.terminal ? node.value().find("consoleSize") : nullptr;
  if (size != nullptr && size->type != json::Value::Type::kNull) {
    ConsoleSize console_size;
    TRY(read_object(Node(node, "consoleSize", *size), kConsoleSizeFields, console_size));
    process.console_size = console_size;
  }
  return process;
}

}  // namespace brig::oci
