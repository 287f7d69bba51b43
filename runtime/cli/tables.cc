// Runs in: runtime.
#include "runtime/cli/tables.h"

#include <array>

#include "runtime/cli/exec_command.h"
#include "runtime/cli/update_options.h"
#include "runtime/cli/values.h"

namespace brig::cli {
namespace {

// ---- how values are stored

// Stores into the member that Path leads to, e.g. set<&Arguments::log, &log::Settings::path>.
template <auto... Path>
Result<void> set(Arguments& arguments, std::string_view value) {
  return assign((arguments.*....*Path), value);
}

Result<void> set_root(Arguments& arguments, std::string_view value) {
  if (value.empty()) return Error::make(Error::Kind::kUsage, "must not be empty");
  arguments.root = value;
  return {};
}

Result<void> set_systemd_cgroup(Arguments& arguments, std::string_view value) {
  bool systemd = false;
  TRY(assign(systemd, value));
  arguments.cgroup_manager = systemd ? CgroupManager::kSystemd : CgroupManager::kCgroupfs;
  return {};
}

// create never waits for the process, so there is nothing to detach from; go-runc passes it all the same.
Result<void> check_only(Arguments&, std::string_view value) {
  bool unused = false;
  return assign(unused, value);
}

template <auto Member>
constexpr auto set_create = &set<&Arguments::run, &container::RunRequest::create, Member>;
template <auto Member>
constexpr auto set_run = &set<&Arguments::run, Member>;

// ---- options

template <std::size_t N, std::size_t M>
constexpr std::array<Option, N + M> concat(const std::array<Option, N>& a, const std::array<Option, M>& b) {
  std::array<Option, N + M> all = {};
  for (std::size_t i = 0; i < N; ++i) all[i] = a[i];
  for (std::size_t i = 0; i < M; ++i) all[N + i] = b[i];
  return all;
}

using container::CreateRequest;
using container::RunRequest;

constexpr std::array kHelpOption = {Option{"help", 'h', "", "show this help and exit", set<&Arguments::help>}};

constexpr std::array kGlobalOptions = {
    Option{"root", 0, "DIR",
           "where the state of containers is kept (default: /run/brig, or $XDG_RUNTIME_DIR/brig for users other than "
           "root and in user namespaces); every command on a container must be given the same",
           set_root},
    Option{"log", 0, "FILE", "append the error, if there is one, to FILE as well; created if missing",
           set<&Arguments::log, &log::Settings::path>},
    Option{"log-format", 0, "text|json", "the form of records in the log (default: text)",
           set<&Arguments::log, &log::Settings::format>},
    Option{"log-level", 0, "debug|info|warning|error", "the least severe records to write (default: error)",
           set<&Arguments::log, &log::Settings::level>},
    Option{"debug", 0, "", "write all records, to the log or, without --log, to standard error",
           set<&Arguments::debug>},
    Option{"cgroup-manager", 0, "cgroupfs|disabled|systemd",
           "who makes cgroups (default: cgroupfs, brig itself); disabled leaves the container in the caller's. Counts "
           "for create and run; later commands know it from the container's state",
           set<&Arguments::cgroup_manager>},
    Option{"systemd-cgroup", 0, "", "the same as --cgroup-manager systemd", set_systemd_cgroup},
    Option{"rootless", 0, "true|false|auto",
           "accepted for compatibility and not needed: brig looks at the user namespace it runs in",
           set<&Arguments::rootless>},
    Option{"version", 'v', "", "show the version and exit", set<&Arguments::version>},
    kHelpOption[0],
};

constexpr std::array kSharedOptions = {
    Option{"bundle", 'b', "DIR", "the bundle: the directory that holds config.json (default: the current directory)",
           set_create<&CreateRequest::bundle>},
    Option{"console-socket", 0, "SOCKET",
           "a listening AF_UNIX socket, which is sent the terminal's other end (for process.terminal)",
           set_create<&CreateRequest::console_socket>},
    Option{"pidfd-socket", 0, "SOCKET", "a listening AF_UNIX socket, which is sent a pidfd of the container's process",
           set_create<&CreateRequest::pidfd_socket>},
    Option{"pid-file", 0, "FILE", "write the process's id to FILE, whole or not at all",
           set_create<&CreateRequest::pid_file>},
    Option{"no-pivot", 0, "",
           "move the root mount instead of pivot_root(2), for a rootfs in an initial ramdisk; less secure",
           set_create<&CreateRequest::no_pivot>},
    Option{"no-new-keyring", 0, "", "leave the process in the caller's session keyring",
           set_create<&CreateRequest::no_new_keyring>},
    Option{"preserve-fds", 0, "N", "hand descriptors 3 to 3+N-1 on to the process (default: 0)",
           set_create<&CreateRequest::preserve_fds>},
};

constexpr std::array kCreateOnly = {
    Option{"detach", 'd', "", "accepted for compatibility: create never waits for the process", check_only},
};

constexpr std::array kRunOnly = {
    Option{"detach", 'd', "", "return as soon as the process runs", set_run<&RunRequest::detach>},
    Option{"keep", 0, "", "keep the container's state when the process has ended, until delete",
           set_run<&RunRequest::keep>},
    Option{"no-subreaper", 0, "", "don't adopt the orphans of the container while waiting",
           set_run<&RunRequest::no_subreaper>},
};

constexpr std::array kKillOnly = {
    Option{"all", 'a', "", "signal every process of the container's cgroup, even if the container has stopped",
           set<&Arguments::all>},
};

constexpr std::array kDeleteOnly = {
    Option{"force", 'f', "", "kill the container first if it runs; no error if there is none of this ID",
           set<&Arguments::force>},
};

constexpr std::array kListOnly = {
    Option{"format", 'f', "table|json", "the form of the list (default: table)", set<&Arguments::list_format>},
    Option{"quiet", 'q', "", "show only the IDs, one a line", set<&Arguments::quiet>},
};

constexpr std::array kEventsOnly = {
    Option{"stats", 0, "", "show the statistics of this moment and exit",
           set<&Arguments::events, &container::EventsRequest::stats_only>},
    Option{"interval", 0, "DURATION",
           "the time between two lines of statistics: 500ms, 1m30s, or a number of seconds (default: 5s)",
           set<&Arguments::events, &container::EventsRequest::interval>},
    Option{"pressure", 0, "", "tell of memory pressure, too: type pressure",
           set<&Arguments::events, &container::EventsRequest::pressure>},
};

constexpr std::array kPsOnly = {
    Option{"format", 'f', "table|json", "rows of ps(1), or an array of process IDs (default: table)",
           set<&Arguments::list_format>},
};

constexpr std::array kSpecOnly = {
    Option{"bundle", 'b', "DIR", "where config.json is written (default: the current directory)",
           set_create<&CreateRequest::bundle>},
    Option{"rootless", 0, "", "make a configuration that a user other than root can start",
           set<&Arguments::rootless_spec>},
};

constexpr std::array kCheckOnly = {
    Option{"bundle", 'b', "DIR", "the bundle to be checked (default: the current directory)",
           set_create<&CreateRequest::bundle>},
    Option{"json", 0, "", "write an object instead of lines", set<&Arguments::json>},
};

constexpr std::array kTraceOnly = {
    Option{"json", 0, "", "write an array of objects instead of a table", set<&Arguments::json>},
};

// podman asks for `restore --lsm-mount-context` without its value to see if a restore into a pod is possible.
constexpr std::array kRestoreOnly = {
    Option{"lsm-mount-context", 0, "CONTEXT", "the LSM label of mounts", set<&Arguments::lsm_mount_context>},
};

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
