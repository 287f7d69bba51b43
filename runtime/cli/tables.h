// Runs in: runtime.
//
// The command line as data: every option and every command. Parsing, help, completion and the test of the manual page
// all read these tables; what a command does is in commands.cc.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "runtime/cli/options.h"

namespace brig::cli {

enum class Verb {
  kCreate,
  kStart,
  kExec,
  kRun,
  kState,
  kKill,
  kDelete,
  kPause,
  kResume,
  kPs,
  kEvents,
  kUpdate,
  kList,
  kSpec,
  kFeatures,
  kCheck,
  kTrace,
  kHelp,
  kCompletion,
  kPlanned,  // a command of runc that brig does not have yet
};

// As the most arguments that a command takes.
inline constexpr std::size_t kAnyNumber = static_cast<std::size_t>(-1);

enum class Visibility { kShown, kHidden };

struct Command {
  Verb verb;
  std::string_view name;
  std::string_view arguments;  // "ID [SIGNAL]", as in the usage line
  std::size_t fewest = 0, most = 0;
  std::string_view summary;      // one line, for lists of commands
  std::string_view description;  // paragraphs, separated by '\n'
  std::string_view example;      // lines, separated by '\n'
  std::string_view exit_status;
  std::span<const Option> options;
  Positionals order = Positionals::kAmongOptions;
  Visibility visibility = Visibility::kShown;
  int failure = 1;  // the exit status if brig fails
};

std::span<const Option> global_options();
// In the order in which help shows them.
std::span<const Command> commands();
// nullptr if there is none of this name.
const Command* find_command(std::string_view name);
// Has help, a section in the manual and completions: neither hidden nor planned.
bool is_shown(const Command& command);

}  // namespace brig::cli
