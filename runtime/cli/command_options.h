// Runs in: runtime.
//
// The global options, and those of the commands but exec and update, which have files of their own: as tables.h, data
// only.
#pragma once

#include <array>
#include <cstddef>

#include "runtime/cli/options.h"
#include "runtime/cli/values.h"

namespace brig::cli {

namespace command_options {

// Stores into the member that Path leads to, e.g. set<&Arguments::log, &log::Settings::path>.
template <auto... Path>
Result<void> set(Arguments& arguments, std::string_view value) {
  return assign((arguments.*....*Path), value);
}
template <auto Member>
constexpr auto set_create = &set<&Arguments::run, &container::RunRequest::create, Member>;
template <auto Member>
constexpr auto set_run = &set<&Arguments::run, Member>;

Result<void> set_root(Arguments& arguments, std::string_view value);
Result<void> set_systemd_cgroup(Arguments& arguments, std::string_view value);
// Reads the value and forgets it.
Result<void> check_only(Arguments& arguments, std::string_view value);

}  // namespace command_options

inline constexpr std::array kHelpOption = {
    Option{"help", 'h', "", "show this help and exit", command_options::set<&Arguments::help>}};

inline constexpr std::array kGlobalOptions = {
    Option{"root", 0, "DIR",
           "where the state of containers is kept (default: /run/brig, or $XDG_RUNTIME_DIR/brig for users other than "
           "root and in user namespaces); every command on a container must be given the same",
           command_options::set_root},
    Option{"log", 0, "FILE", "append the error, if there is one, to FILE as well; created if missing",
           command_options::set<&Arguments::log, &log::Settings::path>},
    Option{"log-format", 0, "text|json", "the form of records in the log (default: text)",
           command_options::set<&Arguments::log, &log::Settings::format>},
    Option{"log-level", 0, "debug|info|warning|error", "the least severe records to write (default: error)",
           command_options::set<&Arguments::log, &log::Settings::level>},
    Option{"debug", 0, "", "write all records, to the log or, without --log, to standard error",
           command_options::set<&Arguments::debug>},
    Option{"cgroup-manager", 0, "cgroupfs|disabled|systemd",
           "who makes cgroups (default: cgroupfs, brig itself); disabled leaves the container in the caller's. Counts "
           "for create and run; later commands know it from the container's state",
           command_options::set<&Arguments::cgroup_manager>},
    Option{"systemd-cgroup", 0, "", "the same as --cgroup-manager systemd", command_options::set_systemd_cgroup},
    Option{"rootless", 0, "true|false|auto",
           "accepted for compatibility and not needed: brig looks at the user namespace it runs in",
           command_options::set<&Arguments::rootless>},
    Option{"version", 'v', "", "show the version and exit", command_options::set<&Arguments::version>},
    kHelpOption[0],
};

inline constexpr std::array kSharedOptions = {
    Option{"bundle", 'b', "DIR", "the bundle: the directory that holds config.json (default: the current directory)",
           command_options::set_create<&container::CreateRequest::bundle>},
    Option{"console-socket", 0, "SOCKET",
           "a listening AF_UNIX socket, which is sent the terminal's other end (for process.terminal)",
           command_options::set_create<&container::CreateRequest::console_socket>},
    Option{"pidfd-socket", 0, "SOCKET", "a listening AF_UNIX socket, which is sent a pidfd of the container's process",
           command_options::set_create<&container::CreateRequest::pidfd_socket>},
    Option{"pid-file", 0, "FILE", "write the process's id to FILE, whole or not at all",
           command_options::set_create<&container::CreateRequest::pid_file>},
    Option{"no-pivot", 0, "",
           "move the root mount instead of pivot_root(2), for a rootfs in an initial ramdisk; less secure",
           command_options::set_create<&container::CreateRequest::no_pivot>},
    Option{"no-new-keyring", 0, "", "leave the process in the caller's session keyring",
           command_options::set_create<&container::CreateRequest::no_new_keyring>},
    Option{"preserve-fds", 0, "N", "hand descriptors 3 to 3+N-1 on to the process (default: 0)",
           command_options::set_create<&container::CreateRequest::preserve_fds>},
};

inline constexpr std::array kCreateOnly = {
    Option{"detach", 'd', "", "accepted for compatibility: create never waits for the process",
           command_options::check_only},
};

inline constexpr std::array kRunOnly = {
    Option{"detach", 'd', "", "return as soon as the process runs",
           command_options::set_run<&container::RunRequest::detach>},
    Option{"keep", 0, "", "keep the container's state when the process has ended, until delete",
           command_options::set_run<&container::RunRequest::keep>},
    Option{"no-subreaper", 0, "", "don't adopt the orphans of the container while waiting",
           command_options::set_run<&container::RunRequest::no_subreaper>},
};

inline constexpr std::array kKillOnly = {
    Option{"all", 'a', "", "signal every process of the container's cgroup, even if the container has stopped",
           command_options::set<&Arguments::all>},
};

inline constexpr std::array kDeleteOnly = {
    Option{"force", 'f', "", "kill the container first if it runs; no error if there is none of this ID",
           command_options::set<&Arguments::force>},
};

inline constexpr std::array kListOnly = {
    Option{"format", 'f', "table|json", "the form of the list (default: table)",
           command_options::set<&Arguments::list_format>},
    Option{"quiet", 'q', "", "show only the IDs, one a line", command_options::set<&Arguments::quiet>},
};

inline constexpr std::array kEventsOnly = {
    Option{"stats", 0, "", "show the statistics of this moment and exit",
           command_options::set<&Arguments::events, &container::EventsRequest::stats_only>},
    Option{"interval", 0, "DURATION",
           "the time between two lines of statistics: 500ms, 1m30s, or a number of seconds (default: 5s)",
           command_options::set<&Arguments::events, &container::EventsRequest::interval>},
    Option{"pressure", 0, "", "tell of memory pressure, too: type pressure",
           command_options::set<&Arguments::events, &container::EventsRequest::pressure>},
};

inline constexpr std::array kPsOnly = {
    Option{"format", 'f', "table|json", "rows of ps(1), or an array of process IDs (default: table)",
           command_options::set<&Arguments::list_format>},
};

inline constexpr std::array kSpecOnly = {
    Option{"bundle", 'b', "DIR", "where config.json is written (default: the current directory)",
           command_options::set_create<&container::CreateRequest::bundle>},
    Option{"rootless", 0, "", "make a configuration that a user other than root can start",
           command_options::set<&Arguments::rootless_spec>},
};

inline constexpr std::array kCheckOnly = {
    Option{"bundle", 'b', "DIR", "the bundle to be checked (default: the current directory)",
           command_options::set_create<&container::CreateRequest::bundle>},
    Option{"json", 0, "", "write an object instead of lines", command_options::set<&Arguments::json>},
};

inline constexpr std::array kTraceOnly = {
    Option{"json", 0, "", "write an array of objects instead of a table", command_options::set<&Arguments::json>},
};

// podman asks for `restore --lsm-mount-context` without its value to see if a restore into a pod is possible.
inline constexpr std::array kRestoreOnly = {
    Option{"lsm-mount-context", 0, "CONTEXT", "the LSM label of mounts",
           command_options::set<&Arguments::lsm_mount_context>},
};

}  // namespace brig::cli
