// Runs in: both.
#include "runtime/process/hooks.h"

#include <algorithm>
#include <limits>

#include "base/log.h"
#include "base/run_program.h"
#include "base/text.h"

namespace brig::process {
namespace {

// As much as fits in milliseconds: 24 days.
constexpr int kMostSeconds = std::numeric_limits<int>::max() / 1000;

Result<void> run_hook(const oci::Hook& hook, const HookContext& context) {
  Program program = {.path = hook.path,
                     .args = hook.args,
                     .env = hook.env.value_or(std::vector<std::string>()),
                     .input = context.state,
                     .timeout_ms = std::nullopt,
                     .directory = context.directory};
  if (hook.timeout) program.timeout_ms = std::min(*hook.timeout, kMostSeconds) * 1000;
  auto ran = run_program(program);
  if (!ran.ok()) return Error::remote(Error::Kind::kHook, ran.error().code(), ran.error().to_string());
  const ProgramEnd end = std::move(ran).value();
  if (end.ok()) return {};
  return Error::make(Error::Kind::kHook, end.describe());
}

}  // namespace

Result<void> run_hooks(std::string_view kind, const std::vector<oci::Hook>& hooks, const HookContext& context) {
  for (std::size_t i = 0; i < hooks.size(); ++i)
    TRY(run_hook(hooks[i], context), text::cat(kind, " hook #", i), hooks[i].path);
  return {};
}

void run_hooks_warning(std::string_view kind, const std::vector<oci::Hook>& hooks, const HookContext& context) {
  for (const oci::Hook& hook : hooks) {
    auto result = run_hook(hook, context);
    if (!result.ok())
      log::warn(text::cat(kind, " hook `", hook.path, "` failed, ignored: ", result.error().to_string()));
  }
}

}  // namespace brig::process
