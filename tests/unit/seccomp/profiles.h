// Profiles for the tests, and libseccomp's own filter for them.
#pragma once

#include <linux/filter.h>
#include <seccomp.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include "oci/config.h"
#include "oci/json.h"
#include "tests/support/file_content.h"
#include "tests/unit/seccomp/interpreter.h"

namespace brig::testing {

inline oci::SeccompArg arg(std::uint32_t index, std::string op, std::uint64_t value, std::uint64_t value_two = 0) {
  return {.index = index, .value = value, .value_two = value_two, .op = std::move(op)};
}

inline oci::SeccompRule rule(std::vector<std::string> names, std::string action, std::vector<oci::SeccompArg> args = {},
                             std::optional<std::uint32_t> errno_ret = std::nullopt) {
  return {.names = std::move(names), .action = std::move(action), .errno_ret = errno_ret, .args = std::move(args)};
}

// ---- from JSON

inline std::uint64_t number_at(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  return value == nullptr ? 0 : value->unsigned_;
}

inline std::vector<std::string> strings_at(const json::Value& object, std::string_view key) {
  std::vector<std::string> strings;
  if (const json::Value* value = object.find(key))
    for (const json::Value& element : value->array) strings.push_back(element.string);
  return strings;
}

inline std::optional<std::uint32_t> errno_at(const json::Value& object, std::string_view key) {
  if (object.find(key) == nullptr) return std::nullopt;
  return static_cast<std::uint32_t>(number_at(object, key));
}

// A linux.seccomp object.
inline oci::Seccomp profile_from(const json::Value& object) {
  oci::Seccomp profile = {.default_action = object.find("defaultAction")->string,
                          .default_errno_ret = errno_at(object, "defaultErrnoRet"),
                          .architectures = strings_at(object, "architectures")};
  for (const json::Value& call : object.find("syscalls")->array) {
    oci::SeccompRule read =
        rule(strings_at(call, "names"), call.find("action")->string, {}, errno_at(call, "errnoRet"));
    if (const json::Value* args = call.find("args"))
      for (const json::Value& a : args->array)
        read.args.push_back(arg(static_cast<std::uint32_t>(number_at(a, "index")), a.find("op")->string,
                                number_at(a, "value"), number_at(a, "valueTwo")));
    profile.syscalls.push_back(std::move(read));
  }
  return profile;
}

// Docker's default profile, as it is in config.json for a container with the 14 default capabilities.
inline oci::Seccomp docker_default() {
  auto parsed = json::parse(testing::content_beside(__FILE__, "data/docker-default.json"));
  if (!parsed.ok()) give_up(parsed.error().to_string());
  return profile_from(parsed.value());
}

// ---- libseccomp

inline std::uint32_t reference_action(const std::string& name, std::optional<std::uint32_t> data) {
  const std::uint32_t code = data.value_or(EPERM);
  if (name == "SCMP_ACT_KILL" || name == "SCMP_ACT_KILL_THREAD") return SCMP_ACT_KILL_THREAD;
  if (name == "SCMP_ACT_KILL_PROCESS") return SCMP_ACT_KILL_PROCESS;
  if (name == "SCMP_ACT_TRAP") return SCMP_ACT_TRAP;
  if (name == "SCMP_ACT_ERRNO") return SCMP_ACT_ERRNO(code);
  if (name == "SCMP_ACT_TRACE") return SCMP_ACT_TRACE(code);
  if (name == "SCMP_ACT_LOG") return SCMP_ACT_LOG;
  if (name == "SCMP_ACT_ALLOW") return SCMP_ACT_ALLOW;
  give_up("no action " + name);
}

inline scmp_compare reference_operator(const std::string& name) {
  static const char* const kNames[] = {"",
                                       "SCMP_CMP_NE",
                                       "SCMP_CMP_LT",
                                       "SCMP_CMP_LE",
                                       "SCMP_CMP_EQ",
                                       "SCMP_CMP_GE",
                                       "SCMP_CMP_GT",
                                       "SCMP_CMP_MASKED_EQ"};
  for (int i = 1; i <= 7; ++i)
    if (name == kNames[i]) return static_cast<scmp_compare>(i);
  give_up("no operator " + name);
}

// "SCMP_ARCH_X86_64" -> libseccomp's token.
inline std::uint32_t reference_architecture(const std::string& name) {
  std::string lower = name.substr(std::string("SCMP_ARCH_").size());
  for (char& c : lower) c = static_cast<char>(std::tolower(c));
  return seccomp_arch_resolve_name(lower.c_str());
}

// What runc and crun give to libseccomp for one rule; 0 or the first error.
inline int add_reference_rule(scmp_filter_ctx context, const oci::SeccompRule& rule, std::uint32_t default_action) {
  const std::uint32_t action = reference_action(rule.action, rule.errno_ret);
  if (action == default_action) return 0;
  std::vector<scmp_arg_cmp> args;
  bool repeats = false;
  for (const oci::SeccompArg& a : rule.args) {
    for (const scmp_arg_cmp& other : args) repeats |= other.arg == a.index;
    args.push_back({a.index, reference_operator(a.op), a.value, a.value_two});
  }
  for (const std::string& name : rule.names) {
    const int number = seccomp_syscall_resolve_name(name.c_str());
    if (number == __NR_SCMP_ERROR) continue;
    const unsigned count = static_cast<unsigned>(args.size());
    int error = repeats ? 0 : seccomp_rule_add_array(context, action, number, count, args.data());
    for (unsigned i = 0; repeats && error == 0 && i < count; ++i)
      error = seccomp_rule_add_array(context, action, number, 1, &args[i]);
    if (error != 0) return error;
  }
  return 0;
}

// libseccomp's filter as runc and crun build it; nullopt if libseccomp refuses a rule.
inline std::optional<std::vector<sock_filter>> reference_filter(const oci::Seccomp& profile) {
  const std::uint32_t default_action = reference_action(profile.default_action, profile.default_errno_ret);
  const scmp_filter_ctx context = seccomp_init(default_action);
  for (const std::string& name : profile.architectures) {
    const int error = seccomp_arch_add(context, reference_architecture(name));
    if (error != 0 && error != -EEXIST) give_up("seccomp_arch_add " + name);
  }
  int error = 0;
  for (const oci::SeccompRule& rule : profile.syscalls)
    if (error == 0) error = add_reference_rule(context, rule, default_action);
  std::optional<std::vector<sock_filter>> program;
  if (error == 0) {
    std::FILE* file = std::tmpfile();
    if (seccomp_export_bpf(context, fileno(file)) != 0) give_up("seccomp_export_bpf");
    const auto size = static_cast<std::size_t>(lseek(fileno(file), 0, SEEK_END));
    program.emplace(size / sizeof(sock_filter));
    if (pread(fileno(file), program->data(), size, 0) != static_cast<ssize_t>(size)) give_up("pread");
    std::fclose(file);
  }
  seccomp_release(context);
  return program;
}

}  // namespace brig::testing
