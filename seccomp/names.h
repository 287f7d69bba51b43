// The words of linux.seccomp (config-linux.md#seccomp), each in the specification's order, and what they stand for.
// Also what `features` shows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "seccomp/conditions.h"

namespace brig::seccomp {

// "SCMP_ACT_KILL" …: a SECCOMP_RET_* value, which takes errnoRet in its lower 16 bits or has none.
struct ActionWord {
  std::uint32_t action;
  bool has_data;
};
std::optional<ActionWord> action_from(std::string_view name);
std::vector<std::string_view> action_names();

// "SCMP_CMP_NE" ….
std::optional<Operator> operator_from(std::string_view name);
std::vector<std::string_view> operator_names();

// "SECCOMP_FILTER_FLAG_TSYNC" …, all that the specification has: SECCOMP_FILTER_FLAG_* bits.
std::optional<unsigned> flag_from(std::string_view name);
std::vector<std::string_view> flag_names();
// Those of them that the running kernel takes.
std::vector<std::string_view> supported_flag_names();

// "SCMP_ARCH_X86" …, all that the specification has. A profile may list any of them; what that means for one that can't
// run here is in architectures.h.
std::vector<std::string_view> architecture_names();
bool is_architecture_name(std::string_view name);

// "2.5.4": the libseccomp that is linked in.
std::string library_version();

}  // namespace brig::seccomp
