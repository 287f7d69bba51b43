// Runs in: runtime.
#include "runtime/cli/exec_command.h"

#include <optional>

#include "base/text.h"
#include "oci/names.h"

namespace brig::cli::exec_options {
namespace {

constexpr std::uint32_t kMostId = 0xFFFFFFFE;  // setresuid(2) reads 2^32-1 as "leave"

Error must_be(std::string_view what) { return Error::make(Error::Kind::kUsage, text::cat("must be ", what)); }

std::optional<std::uint32_t> id(std::string_view digits) {
  const std::optional<std::uint32_t> number = text::parse_int<std::uint32_t>(digits);
  return number && *number <= kMostId ? number : std::nullopt;
}

}  // namespace

Result<void> set_user(Arguments& arguments, std::string_view value) {
  const std::size_t colon = value.find(':');
  const std::optional<std::uint32_t> uid = id(value.substr(0, colon));
  const bool has_group = colon != std::string_view::npos;
  const std::optional<std::uint32_t> gid = has_group ? id(value.substr(colon + 1)) : std::nullopt;
  if (!uid || (has_group && !gid)) return must_be("UID or UID:GID, decimal numbers up to 4294967294");
  arguments.exec.changes.uid = uid;
  if (has_group) arguments.exec.changes.gid = gid;
  return {};
}

Result<void> add_group(Arguments& arguments, std::string_view value) {
  const std::optional<std::uint32_t> gid = id(value);
  if (!gid) return must_be("a decimal number up to 4294967294");
  arguments.exec.changes.additional_gids.push_back(*gid);
  return {};
}

Result<void> add_variable(Arguments& arguments, std::string_view value) {
  const std::size_t equals = value.find('=');
  if (equals == 0 || equals == std::string_view::npos) return must_be("NAME=VALUE");
  arguments.exec.changes.env.emplace_back(value);
  return {};
}

Result<void> add_capability(Arguments& arguments, std::string_view value) {
  const std::optional<int> number = oci::capability_number(value);
  if (!number) return must_be("the name of a capability, such as CAP_KILL");
  arguments.exec.changes.capabilities |= std::uint64_t{1} << *number;
  return {};
}

Result<void> set_cwd(Arguments& arguments, std::string_view value) {
  if (!value.starts_with('/')) return must_be("an absolute path");
  arguments.exec.changes.cwd = value;
  return {};
}

Result<void> add_cgroup(Arguments& arguments, std::string_view value) {
  arguments.exec.cgroups.emplace_back(value);
  return {};
}

Result<void> set_terminal(Arguments& arguments, std::string_view value) {
  return assign(arguments.exec.changes.terminal.emplace(), value);
}

Result<void> set_no_new_privileges(Arguments& arguments, std::string_view value) {
  return assign(arguments.exec.changes.no_new_privileges.emplace(), value);
}

Result<void> set_help(Arguments& arguments, std::string_view value) { return assign(arguments.help, value); }

}  // namespace brig::cli::exec_options
