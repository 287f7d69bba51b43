#include "seccomp/rules.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <bitset>
#include <cerrno>
#include <optional>

#include "base/log.h"
#include "base/text.h"
#include "seccomp/names.h"

namespace brig::seccomp {
namespace {

constexpr std::string_view kRoot = "/linux/seccomp";
constexpr std::uint32_t kArguments = 6;

constexpr std::string_view kWaitKillable = "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV";

Result<std::uint32_t> read_action(std::string_view name, std::optional<std::uint32_t> data, std::string_view pointer,
                                  std::string_view data_pointer) {
  const std::optional<ActionWord> found = action_from(name);
  if (!found) return Error::config(pointer, text::cat("unknown action `", name, "`"));
  // "When the action doesn't support an errno, the runtime MUST print and error and fail" (config-linux.md#seccomp).
  if (data && !found->has_data) return Error::config(data_pointer, text::cat("`", name, "` takes no errno"));
  if (data && *data > SECCOMP_RET_DATA) return Error::config(data_pointer, "must be at most 65535");
  return found->has_data ? found->action | data.value_or(EPERM) : found->action;
}

Result<unsigned> read_flags(const std::optional<std::vector<std::string>>& names, bool notify) {
  // What runc and crun do for a profile that says nothing: no mitigation of speculative store bypass, whose cost
  // the kernel does not impose on filtered processes either since Linux 5.16.
  unsigned flags = names ? 0 : SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  for (std::size_t i = 0; names && i < names->size(); ++i) {
    const std::string& name = (*names)[i];
    const std::string pointer = text::cat(kRoot, "/flags/", i);
    const std::optional<unsigned> flag = flag_from(name);
    if (!flag) return Error::config(pointer, text::cat("unknown flag `", name, "`"));
    // The kernel refuses it without a listener (EINVAL).
    if (name == kWaitKillable && !notify)
      return Error::config(pointer, text::cat("`", name, "` needs a rule with SCMP_ACT_NOTIFY"));
    flags |= *flag;
  }
  if (!notify) return flags;
  // The kernel takes no TSYNC with a listener (EINVAL), and it changes nothing: the program begins with one thread.
  return (flags & ~unsigned{SECCOMP_FILTER_FLAG_TSYNC}) | SECCOMP_FILTER_FLAG_NEW_LISTENER;
}

Result<std::vector<Architecture>> read_architectures(const std::vector<std::string>& names) {
  std::vector<Architecture> result = {native_architecture()};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string pointer = text::cat(kRoot, "/architectures/", i);
    if (!is_architecture_name(names[i]))
      return Error::config(pointer, text::cat("unknown architecture `", names[i], "`"));
    const std::optional<Architecture> architecture = architecture_from(names[i]);
    if (!architecture) {
      log::debug(text::cat(pointer, ": architecture `", names[i], "` can't run here, ignored"));
    } else if (std::ranges::find(result, architecture->token, &Architecture::token) == result.end()) {
      result.push_back(*architecture);
    }
  }
  return result;
}

Result<Condition> read_condition(const oci::SeccompArg& arg, std::string_view pointer) {
  const std::optional<Operator> op = operator_from(arg.op);
  if (!op) return Error::config(text::cat(pointer, "/op"), text::cat("unknown operator `", arg.op, "`"));
  if (arg.index >= kArguments) return Error::config(text::cat(pointer, "/index"), "must be at most 5");
  if (*op == Operator::kMaskedEqual)
    return Condition{.argument = arg.index, .op = *op, .mask = arg.value, .value = arg.value_two};
  return Condition{.argument = arg.index, .op = *op, .value = arg.value};
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
  if (result.action == SECCOMP_RET_USER_NOTIF && text::contains(rule.names, "write"))
    return Error::config(pointer + "/action", "SCMP_ACT_NOTIFY cannot be used for the write syscall");
  result.alternatives = TRY(read_alternatives(rule.args, pointer));
  return result;
}

}  // namespace

bool Rules::notify() const { return (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0; }

Result<Rules> read_rules(const oci::Seccomp& seccomp) {
  Rules result;
  result.default_action = TRY(read_action(seccomp.default_action, seccomp.default_errno_ret,
                                          text::cat(kRoot, "/defaultAction"), text::cat(kRoot, "/defaultErrnoRet")));
  if (result.default_action == SECCOMP_RET_USER_NOTIF)
    return Error::config(text::cat(kRoot, "/defaultAction"), "SCMP_ACT_NOTIFY cannot be used as default action");
  result.architectures = TRY(read_architectures(seccomp.architectures));
  bool notify = false;
  for (std::size_t i = 0; i < seccomp.syscalls.size(); ++i) {
    Rule rule = TRY(read_rule(seccomp.syscalls[i], i));
    notify |= rule.action == SECCOMP_RET_USER_NOTIF;
    if (rule.action == result.default_action) {
      result.done_anyway.push_back(rule.names);
    } else {
      result.rules.push_back(std::move(rule));
    }
  }
  result.flags = TRY(read_flags(seccomp.flags, notify));
  return result;
}

}  // namespace brig::seccomp
