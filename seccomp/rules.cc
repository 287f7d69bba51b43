#include "seccomp/rules.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <bitset>
#include <cerrno>
#include <optional>

#include "base/text.h"

// Linux 5.19
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

namespace brig::seccomp {
namespace {

constexpr std::string_view kRoot = "/linux/seccomp";
constexpr std::uint32_t kArguments = 6;

struct ActionName {
  std::string_view name;
  std::uint32_t action;
  bool has_data = false;  // errnoRet, in the lower 16 bits
};
constexpr ActionName kActions[] = {
    {"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD},
    {"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
    {"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
    {"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
    {"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO, true},
    {"SCMP_ACT_TRACE", SECCOMP_RET_TRACE, true},
    {"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW},
    {"SCMP_ACT_LOG", SECCOMP_RET_LOG},
};

struct OperatorName {
  std::string_view name;
  Operator op;
};
constexpr OperatorName kOperators[] = {
    {"SCMP_CMP_NE", Operator::kNotEqual},
    {"SCMP_CMP_LT", Operator::kLess},
    {"SCMP_CMP_LE", Operator::kLessOrEqual},
    {"SCMP_CMP_EQ", Operator::kEqual},
    {"SCMP_CMP_GT", Operator::kGreater},
    {"SCMP_CMP_GE", Operator::kGreaterOrEqual},
    {"SCMP_CMP_MASKED_EQ", Operator::kMaskedEqual},
};

struct FlagName {
  std::string_view name;
  unsigned flag;
};
constexpr std::string_view kWaitKillable = "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV";
constexpr FlagName kFlags[] = {
    {"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
    {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
    {kWaitKillable, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
};

Result<std::uint32_t> read_action(std::string_view name, std::optional<std::uint32_t> data, std::string_view pointer,
                                  std::string_view data_pointer) {
  if (name == "SCMP_ACT_NOTIFY") return Error::config(pointer, "SCMP_ACT_NOTIFY is not implemented yet");
  const ActionName* found = std::ranges::find(kActions, name, &ActionName::name);
  if (found == std::end(kActions)) return Error::config(pointer, text::cat("unknown action `", name, "`"));
  // "When the action doesn't support an errno, the runtime MUST print and error and fail" (config-linux.md#seccomp).
  if (data && !found->has_data) return Error::config(data_pointer, text::cat("`", name, "` takes no errno"));
  if (data && *data > SECCOMP_RET_DATA) return Error::config(data_pointer, "must be at most 65535");
  return found->has_data ? found->action | data.value_or(EPERM) : found->action;
}

Result<unsigned> read_flags(const std::vector<std::string>& names) {
  // What runc and crun do for a profile without flags: no mitigation of speculative store bypass, whose cost
  // the kernel does not impose on filtered processes either since Linux 5.16.
  if (names.empty()) return SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  unsigned flags = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string pointer = text::cat(kRoot, "/flags/", i);
    const FlagName* found = std::ranges::find(kFlags, names[i], &FlagName::name);
    if (found == std::end(kFlags)) return Error::config(pointer, text::cat("unknown flag `", names[i], "`"));
    // The kernel refuses it without a listener (EINVAL).
    if (found->name == kWaitKillable)
      return Error::config(pointer, text::cat("`", names[i], "` needs a rule with SCMP_ACT_NOTIFY"));
    flags |= found->flag;
  }
  return flags;
}

Result<std::vector<Architecture>> read_architectures(const std::vector<std::string>& names) {
  std::vector<Architecture> result = {native_architecture()};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Architecture architecture = TRY(architecture_from(names[i], text::cat(kRoot, "/architectures/", i)));
    if (std::ranges::find(result, architecture.token, &Architecture::token) == result.end())
      result.push_back(architecture);
  }
  return result;
}

Result<Condition> read_condition(const oci::SeccompArg& arg, std::string_view pointer) {
  const OperatorName* found = std::ranges::find(kOperators, arg.op, &OperatorName::name);
  if (found == std::end(kOperators))
    return Error::config(text::cat(pointer, "/op"), text::cat("unknown operator `", arg.op, "`"));
  if (arg.index >= kArguments) return Error::config(text::cat(pointer, "/index"), "must be at most 5");
  if (found->op == Operator::kMaskedEqual)
    return Condition{.argument = arg.index, .op = found->op, .mask = arg.value, .value = arg.value_two};
  return Condition{.argument = arg.index, .op = found->op, .value = arg.value};
}

Result<std::vector<std::vector<Condition>>> read_alternatives(const std::vector<oci::SeccompArg>& args,
                                                              std::string_view pointer) {
  std::vector<Condition> conditions;
  std::bitset<kArguments> seen;
  bool repeats = false;
  for (std::size_t i = 0; i < args.size(); ++i) {
    conditions.push_back(TRY(read_condition(args[i], text::cat(pointer, "/args/", i))));
    repeats |= seen.test(args[i].index);
    seen.set(args[i].index);
  }
  std::vector<std::vector<Condition>> alternatives;
  if (repeats) {
    for (const Condition& condition : conditions) alternatives.push_back({condition});
  } else {
    std::ranges::sort(conditions, {}, &Condition::argument);
    alternatives.push_back(std::move(conditions));
  }
  return alternatives;
}

Result<Rule> read_rule(const oci::SeccompRule& rule, std::size_t index) {
  const std::string pointer = text::cat(kRoot, "/syscalls/", index);
  Rule result = {.index = index, .names = &rule.names};
  result.action =
      TRY(read_action(rule.action, rule.errno_ret, text::cat(pointer, "/action"), text::cat(pointer, "/errnoRet")));
  result.alternatives = TRY(read_alternatives(rule.args, pointer));
  return result;
}

}  // namespace

Result<Rules> read_rules(const oci::Seccomp& seccomp) {
  Rules result;
  result.default_action = TRY(read_action(seccomp.default_action, seccomp.default_errno_ret,
                                          text::cat(kRoot, "/defaultAction"), text::cat(kRoot, "/defaultErrnoRet")));
  result.flags = TRY(read_flags(seccomp.flags.value_or(std::vector<std::string>())));
  result.architectures = TRY(read_architectures(seccomp.architectures));
  for (std::size_t i = 0; i < seccomp.syscalls.size(); ++i) {
    Rule rule = TRY(read_rule(seccomp.syscalls[i], i));
    if (rule.action != result.default_action) result.rules.push_back(std::move(rule));
  }
  return result;
}

}  // namespace brig::seccomp
