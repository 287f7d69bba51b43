#include "oci/read_parts.h"

namespace brig::oci {
namespace {

// SECCOMP_RET_DATA has 16 bits (seccomp(2)).
Result<std::uint32_t> read_errno(const Node& node) { return read_number<std::uint32_t, 0, 0xFFFF>(node); }

Result<std::vector<std::string>> read_names(const Node& node) {
  std::vector<std::string> names = TRY(read_array<&read_string>(node));
  if (names.empty()) return node.error("must have at least one entry");
  return names;
}

constexpr Field<SeccompArg> kArgFields[] = {
    field<&SeccompArg::index, read_number<std::uint32_t, 0, 5>>("index", Presence::kRequired),  // six arguments
    field<&SeccompArg::value, read_number<std::uint64_t>>("value", Presence::kRequired),
    field<&SeccompArg::value_two, read_number<std::uint64_t>>("valueTwo"),
    field<&SeccompArg::op, read_string>("op", Presence::kRequired),
};

Result<SeccompArg> read_arg(const Node& node) {
  SeccompArg arg;
  TRY(read_object(node, kArgFields, arg));
  return arg;
}

constexpr Field<SeccompRule> kRuleFields[] = {
    field<&SeccompRule::names, read_names>("names", Presence::kRequired),
    field<&SeccompRule::action, read_string>("action", Presence::kRequired),
    field<&SeccompRule::errno_ret, read_errno>("errnoRet"),
    field<&SeccompRule::args, read_array<&read_arg>>("args"),
};

Result<SeccompRule> read_rule(const Node& node) {
  SeccompRule rule;
  TRY(read_object(node, kRuleFields, rule));
  return rule;
}

constexpr Field<Seccomp> kSeccompFields[] = {
    field<&Seccomp::default_action, read_string>("defaultAction", Presence::kRequired),
    field<&Seccomp::default_errno_ret, read_errno>("defaultErrnoRet"),
    field<&Seccomp::architectures, read_array<&read_string>>("architectures"),
    field<&Seccomp::flags, read_array<&read_string>>("flags"),
    field<&Seccomp::syscalls, read_array<&read_rule>>("syscalls"),
    field<&Seccomp::listener_path, read_string>("listenerPath"),
    field<&Seccomp::listener_metadata, read_string>("listenerMetadata"),
};

}  // namespace

Result<Seccomp> read_seccomp(const Node& node) {
  Seccomp seccomp;
  TRY(read_object(node, kSeccompFields, seccomp));
  return seccomp;
}

}  // namespace brig::oci
