// Runs in: runtime.
#include "runtime/cli/main.h"

#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/sys.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/environment.h"
#include "runtime/cli/help.h"
#include "runtime/cli/output.h"
#include "runtime/cli/version.h"

namespace brig::cli {
namespace {

Error with_pointer_to_help(Error error) { return std::move(error).with_hint("see brig --help"); }

// Opens the log by the global options, of which some may have been wrong.
Result<void> open_log(const Arguments& arguments) {
  log::Settings settings = arguments.log;
  if (arguments.debug) settings.level = log::Level::kDebug;
  return log::open(settings);
}

// `failure` becomes the exit status that an error is to have.
Result<int> run(int argc, char** argv, int& failure) {
  sys::adopt_signals();
  TRY(fill_standard_descriptors());
  TRY(refuse_gained_privileges());
  const std::vector<std::string_view> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  Arguments arguments;
  arguments.argv = argv;
  Result<std::vector<std::string_view>> parsed = parse(global_options(), Positionals::kEndOptions, words, arguments);
  TRY(open_log(arguments));
  // From here on an error reaches the log too: containerd looks for it there, and nowhere else.
  if (!parsed.ok() && !arguments.help) return with_pointer_to_help(std::move(parsed).error());
  if (arguments.help || arguments.version) {
    TRY(print(arguments.help ? program_help() : version_text()));
    return 0;
  }
  const std::vector<std::string_view> rest = std::move(parsed).value();
  if (rest.empty()) return with_pointer_to_help(Error::make(Error::Kind::kUsage, "no command given"));
  const Command* command = find_command(rest.front());
  if (command == nullptr) return unknown_command(rest.front());
  failure = command->failure;
  return TRY(run_command(*command, std::span(rest).subspan(1), arguments), command->name);
}

}  // namespace

int main(int argc, char** argv) {
  int failure = 1;
  const Result<int> status = run(argc, argv, failure);
  if (status.ok()) return status.value();
  log::error(status.error());
  return failure;
}

}  // namespace brig::cli
