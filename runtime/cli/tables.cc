// Runs in: runtime.
#include "runtime/cli/tables.h"

#include <array>

#include "runtime/cli/command_options.h"
#include "runtime/cli/exec_command.h"
#include "runtime/cli/update_options.h"

namespace brig::cli {
namespace {

template <std::size_t N, std::size_t M>
constexpr std::array<Option, N + M> concat(const std::array<Option, N>& a, const std::array<Option, M>& b) {
  std::array<Option, N + M> all = {};
  for (std::size_t i = 0; i < N; ++i) all[i] = a[i];
  for (std::size_t i = 0; i < M; ++i) all[N + i] = b[i];
  return all;
}

constexpr auto kCreateOptions = concat(concat(kSharedOptions, kCreateOnly), kHelpOption);
constexpr auto kRunOptions = concat(concat(kSharedOptions, kRunOnly), kHelpOption);
constexpr auto kKillOptions = concat(kKillOnly, kHelpOption);
constexpr auto kDeleteOptions = concat(kDeleteOnly, kHelpOption);
constexpr auto kEventsOptions = concat(kEventsOnly, kHelpOption);
constexpr auto kPsOptions = concat(kPsOnly, kHelpOption);
constexpr auto kListOptions = concat(kListOnly, kHelpOption);
constexpr auto kUpdateOptions = concat(kUpdateOnly, kHelpOption);
constexpr auto kSpecOptions = concat(kSpecOnly, kHelpOption);
constexpr auto kCheckOptions = concat(kCheckOnly, kHelpOption);
constexpr auto kTraceOptions = concat(kTraceOnly, kHelpOption);
constexpr auto kRestoreOptions = concat(kRestoreOnly, kHelpOption);

// ---- commands

constexpr std::string_view kPlainExit =
    "0 on success; 1 on failure, after one line on standard error that says what failed, on what and why";

constexpr Command planned(std::string_view name, std::string_view summary,
                          std::span<const Option> options = kHelpOption) {
  return {.verb = Verb::kPlanned,
          .name = name,
          .arguments = {},
          .summary = summary,
          .description = {},
          .example = {},
          .exit_status = kPlainExit,
          .options = options};
}

constexpr std::array kCommands = {
    Command{.verb = Verb::kCreate,
            .name = "create",
            .arguments = "ID",
            .fewest = 1,
            .most = 1,
            .summary = "make a container of a bundle",
            .description =
                "Makes the container ID of the bundle: its namespaces, cgroup, mounts and process. The process is set "
                "up as config.json says and then waits: `brig start ID` lets it execute the program. What can be found "
                "wrong is found here and not at the start, a missing program too. On failure nothing is left.\n"
                "An ID has letters, digits and any of _ + - . and starts with none of - and the dot.",
            .example = "brig create --bundle /srv/web --pid-file /run/web.pid web\nbrig start web",
            .exit_status = kPlainExit,
            .options = kCreateOptions},
    Command{.verb = Verb::kStart,
            .name = "start",
            .arguments = "ID",
            .fewest = 1,
            .most = 1,
            .summary = "execute the program of a created container",
            .description = "Lets the process of a container that `brig create` made execute its program. Returns when "
                           "the program runs, or says why it does not.",
            .example = "brig start web",
            .exit_status = kPlainExit,
            .options = kHelpOption},
    Command{.verb = Verb::kRun,
            .name = "run",
            .arguments = "ID",
            .fewest = 1,
            .most = 1,
            .summary = "create, start, wait for and delete a container",
            .description =
                "Makes the container ID of the bundle, executes its program, passes signals on to it, and when it has "
                "ended deletes the container. With --detach it returns once the program runs, and the rest is yours.",
            .example = "brig run --bundle /srv/web web",
            .exit_status = "that of the process, or 128 and the number of the signal that ended it; 0 with --detach; 1 "
                           "if brig failed",
            .options = kRunOptions},
    kExecCommand,
    Command{.verb = Verb::kState,
            .name = "state",
            .arguments = "ID",
            .fewest = 1,
            .most = 1,
            .summary = "show a container's state as JSON",
            .description = "Writes the state of the container as a JSON object: ociVersion, id, pid (0 if it has "
                           "stopped), status (creating, created, running, paused or stopped), bundle, rootfs, created, "
                           "annotations and owner.",
            .example = "brig state web | jq -r .status",
            .exit_status = kPlainExit,
            .options = kHelpOption},
    Command{.verb = Verb::kKill,
            .name = "kill",
            .arguments = "ID [SIGNAL]",
            .fewest = 1,
            .most = 2,
            .summary = "send a signal to a container's process",
            .description =
                "Sends SIGNAL, or SIGTERM if there is none, to the first process of the container. A signal is a name "
                "with or without SIG, a number, or SIGRTMIN+N and SIGRTMAX-N. Options stand before ID.",
            .example = "brig kill web HUP\nbrig kill --all web 9",
            .exit_status = kPlainExit,
            .options = kKillOptions,
            .order = Positionals::kEndOptions},
    Command{.verb = Verb::kDelete,
            .name = "delete",
            .arguments = "ID",
            .fewest = 1,
            .most = 1,
            .summary = "remove a stopped container",
            .description = "Removes what is left of a container that has stopped: its cgroup and its state, then runs "
                           "the poststop hooks. With --force also what an interrupted create left.",
            .example = "brig delete web\nbrig delete --force web",
            .exit_status = kPlainExit,
            .options = kDeleteOptions},
    Command{.verb = Verb::kPause,
            .name = "pause",
            .arguments = "ID",
            .fewest = 1,
            .most = 1,
            .summary = "freeze the processes of a container",
            .description = "Freezes all processes of the container, and returns when they stand still. A process that "
                           "the kernel can't freeze for ten seconds is named, and all go on.",
            .example = "brig pause web\nbrig resume web",
            .exit_status = kPlainExit,
            .options = kHelpOption},
    Command{.verb = Verb::kResume,
            .name = "resume",
            .arguments = "ID",
            .fewest = 1,
            .most = 1,
            .summary = "thaw the processes of a paused container",
            .description = "Lets the processes of a container that `brig pause` froze go on.",
            .example = "brig resume web",
            .exit_status = kPlainExit,
            .options = kHelpOption},
    Command{.verb = Verb::kPs,
            .name = "ps",
            .arguments = "ID [PS-ARGUMENT...]",
            .fewest = 1,
            .most = kAnyNumber,
            .summary = "show the processes of a container",
            .description =
                "Shows the rows of ps(1) that are about processes of the container's cgroup. All that follows ID goes "
                "to ps, `-ef` if there is nothing; its output must have a PID column. The JSON form is an array of "
                "process IDs, as the host counts them.",
            .example = "brig ps web\nbrig ps web -o pid,pcpu,args\nbrig ps --format json web",
            .exit_status = kPlainExit,
            .options = kPsOptions,
            .order = Positionals::kEndOptions},
    Command{.verb = Verb::kEvents,
            .name = "events",
            .arguments = "ID",
            .fewest = 1,
            .most = 1,
            .summary = "show statistics and out-of-memory events",
            .description =
                "Writes one JSON object a line until the container stops: its statistics (type stats) at each "
                "interval, and a line when the kernel kills one of its processes for lack of memory (type oom). The "
                "members are those of `runc events`.",
            .example = "brig events --stats web | jq .data.memory.usage\nbrig events --interval 1s web",
            .exit_status = kPlainExit,
            .options = kEventsOptions},
    Command{.verb = Verb::kUpdate,
            .name = "update",
            .arguments = "ID",
            .fewest = 1,
            .most = 1,
            .summary = "change the limits of a container",
            .description =
                "Changes limits of a container that is created, running or paused. What is not named, and what is 0 "
                "or empty, stays as it is. Limits that depend on each other are changed in an order that the kernel "
                "takes; if it refuses one in the middle, those that were changed are set back.\n"
                "A size is a number of bytes, or of units of 1024 with a letter behind it: 512M, 1.5g. The object that "
                "--resources reads may have all that linux.resources of config.json has. A list of devices in it takes "
                "the place of the whole list.",
            .example = "brig update --memory 512M --pids-limit 100 web\n"
                       "echo '{\"cpu\": {\"quota\": 50000}}' | brig update --resources - web",
            .exit_status = kPlainExit,
            .options = kUpdateOptions},
    Command{.verb = Verb::kList,
            .name = "list",
            .arguments = "",
            .summary = "show the containers below the root",
            .description = "Shows the containers whose state is below --root, by ID. The JSON form is an array of what "
                           "`brig state` writes.",
            .example = "brig list\nbrig list --format json | jq -r '.[].bundle'",
            .exit_status = kPlainExit,
            .options = kListOptions},
    Command{.verb = Verb::kSpec,
            .name = "spec",
            .arguments = "",
            .summary = "write a config.json to begin with",
            .description = "Writes config.json for a container that runs sh in a terminal, with the usual mounts, "
                           "capabilities and masked paths, to be edited. Its root filesystem is expected in rootfs "
                           "beside it. A config.json that exists is never overwritten.",
            .example = "brig spec --bundle /srv/web",
            .exit_status = kPlainExit,
            .options = kSpecOptions},
    Command{.verb = Verb::kFeatures,
            .name = "features",
            .arguments = "",
            .summary = "show what this brig can do as JSON",
            .description =
                "Writes the features document of the specification: the versions, hooks, mount options, "
                "namespaces, capabilities, seccomp words and so on that this build of brig knows, whether or "
                "not this machine has them. Engines read it.",
            .example = "brig features | jq .linux.seccomp.archs",
            .exit_status = kPlainExit,
            .options = kHelpOption},
    Command{
        .verb = Verb::kCheck,
        .name = "check",
        .arguments = "",
        .summary = "say what of a bundle would fail or be ignored here",
        .description =
            "Reads the bundle's config.json and does what `brig create` does before it makes anything: checks every "
            "property and the rules between them, opens what is named, looks for the program and what it needs to "
            "run, and asks the kernel, the cgroups and the caller's rights. Lists all that it finds and touches "
            "nothing: an error is what would make the container fail, a warning what would be done otherwise than "
            "config.json says, a note what has no effect.",
        .example = "brig check --bundle /srv/web\nbrig check --json | jq -r '.findings[].pointer'",
        .exit_status = "0 if there are neither errors nor warnings; 1 if there are warnings, or the command line is "
                       "wrong; 2 if there are errors",
        .options = kCheckOptions},
    Command{.verb = Verb::kTrace,
            .name = "trace",
            .arguments = "ID",
            .fewest = 1,
            .most = 1,
            .summary = "show where the time of a start went",
            .description = "Shows the steps of the last create and start of the container, as each process recorded "
                           "them while it ran: when a step was done since the first, how long it took since the step "
                           "before of the same process, both in microseconds, the process, and the step.",
            .example = "brig trace web",
            .exit_status = kPlainExit,
            .options = kTraceOptions},
    Command{.verb = Verb::kHelp,
            .name = "help",
            .arguments = "[COMMAND]",
            .most = 1,
            .summary = "show help for brig or for one command",
            .description = "Shows what `brig --help` or `brig COMMAND --help` shows.",
            .example = "brig help create",
            .exit_status = kPlainExit,
            .options = kHelpOption},
    Command{.verb = Verb::kCompletion,
            .name = "completion",
            .arguments = "bash|zsh|fish",
            .fewest = 1,
            .most = 1,
            .summary = "write a completion script for a shell",
            .description = "Writes the script that makes a shell complete brig's commands and options.",
            .example = "brig completion bash > /etc/bash_completion.d/brig",
            .exit_status = kPlainExit,
            .options = kHelpOption,
            .visibility = Visibility::kHidden},
    planned("checkpoint", "save a running container"),
    planned("restore", "start a container from a checkpoint", kRestoreOptions),
};

}  // namespace

std::span<const Option> global_options() { return kGlobalOptions; }

std::span<const Command> commands() { return kCommands; }

const Command* find_command(std::string_view name) {
  for (const Command& command : kCommands)
    if (command.name == name) return &command;
  return nullptr;
}

bool is_shown(const Command& command) {
  return command.verb != Verb::kPlanned && command.visibility == Visibility::kShown;
}

}  // namespace brig::cli
