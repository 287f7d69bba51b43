// Runs in: runtime.
//
// The command `exec` as data (tables.h): most of its options speak of a process, and are read in ways of their own.
#pragma once

#include <array>

#include "runtime/cli/tables.h"
#include "runtime/cli/values.h"

namespace brig::cli {

namespace exec_options {

// UID or UID:GID, decimal numbers below 2^32-1 and nothing else: a name would be the image's to define (CVE-2016-3697).
Result<void> set_user(Arguments& arguments, std::string_view value);
Result<void> add_group(Arguments& arguments, std::string_view value);
// NAME=VALUE. A lone NAME is refused, so that nobody expects the caller's value.
Result<void> add_variable(Arguments& arguments, std::string_view value);
// CAP_NAME.
Result<void> add_capability(Arguments& arguments, std::string_view value);
Result<void> set_cwd(Arguments& arguments, std::string_view value);
Result<void> add_cgroup(Arguments& arguments, std::string_view value);
Result<void> set_terminal(Arguments& arguments, std::string_view value);
Result<void> set_no_new_privileges(Arguments& arguments, std::string_view value);
Result<void> set_help(Arguments& arguments, std::string_view value);

using container::ExecRequest;
using container::ProcessChanges;

template <auto Member>
Result<void> set(Arguments& arguments, std::string_view value) {
  return assign(arguments.exec.*Member, value);
}
template <auto Member>
Result<void> change(Arguments& arguments, std::string_view value) {
  return assign(arguments.exec.changes.*Member, value);
}

}  // namespace exec_options

inline constexpr std::array kExecOptions = {
    Option{
        "process", 'p', "FILE",
        "run what FILE says, a JSON object like process in config.json; what it does not say about how the process is "
        "confined is as for the container's own",
        exec_options::set<&container::ExecRequest::process_file>},
    Option{"tty", 't', "", "give the process a terminal of its own", exec_options::set_terminal},
    Option{"user", 'u', "UID[:GID]", "run as this user, and group (default: those of the container's process)",
           exec_options::set_user},
    Option{"additional-gids", 'g', "GID", "add a group; may be repeated", exec_options::add_group},
    Option{"cwd", 0, "DIR", "start in this directory of the container", exec_options::set_cwd},
    Option{"env", 'e', "NAME=VALUE", "set an environment variable; may be repeated", exec_options::add_variable},
    Option{"cap", 'c', "CAP",
           "add a capability, such as CAP_KILL, to the bounding, effective and permitted sets; may be "
           "repeated",
           exec_options::add_capability},
    Option{"no-new-privs", 0, "", "don't let the process gain privileges", exec_options::set_no_new_privileges},
    Option{"apparmor", 0, "PROFILE", "run under this AppArmor profile",
           exec_options::change<&container::ProcessChanges::apparmor_profile>},
    Option{"process-label", 0, "LABEL", "run with this SELinux label",
           exec_options::change<&container::ProcessChanges::selinux_label>},
    Option{
        "cgroup", 0, "PATH",
        "join this cgroup below the container's, which must exist; with cgroup v1 also CONTROLLER[,CONTROLLER]:PATH, "
        "repeated",
        exec_options::add_cgroup},
    Option{"detach", 'd', "", "return as soon as the process runs", exec_options::set<&container::ExecRequest::detach>},
    Option{"pid-file", 0, "FILE", "write the process's id to FILE, whole or not at all, once the program runs",
           exec_options::set<&container::ExecRequest::pid_file>},
    Option{"console-socket", 0, "SOCKET",
           "a listening AF_UNIX socket, which is sent the terminal's other end (with --tty and --detach)",
           exec_options::set<&container::ExecRequest::console_socket>},
    Option{"pidfd-socket", 0, "SOCKET", "a listening AF_UNIX socket, which is sent a pidfd of the process",
           exec_options::set<&container::ExecRequest::pidfd_socket>},
    Option{"preserve-fds", 0, "N", "hand descriptors 3 to 3+N-1 on to the process (default: 0)",
           exec_options::set<&container::ExecRequest::preserve_fds>},
    Option{"ignore-paused", 0, "", "go on in a paused container: the process runs once it is resumed",
           exec_options::set<&container::ExecRequest::ignore_paused>},
    Option{"help", 'h', "", "show this help and exit", exec_options::set_help},
};

inline constexpr Command kExecCommand = {
    .verb = Verb::kExec,
    .name = "exec",
    .arguments = "ID [COMMAND [ARG...]]",
    .fewest = 1,
    .most = kAnyNumber,
    .summary = "run another process in a container",
    .description =
        "Runs COMMAND, or what --process says, in the container ID: in its namespaces, its cgroup and its root "
        "filesystem, as the container's user and confined as the container's own process, unless options say "
        "otherwise. "
        "Passes signals on to it and waits for its end; with --detach it returns once the program runs. All words "
        "from COMMAND on are the command's, so options stand before ID.",
    .example =
        "brig exec web sh -c 'echo $HOSTNAME'\nbrig exec --tty --user 1000:1000 --env TERM=$TERM web bash\n"
        "brig exec --detach --pid-file /run/job.pid --process job.json web",
    .exit_status =
        "that of the process, or 128 and the number of the signal that ended it; 0 with --detach; 255 if brig "
        "failed, a command that is not there included",
    .options = kExecOptions,
    .order = Positionals::kEndOptions,
    // As with runc: 1 is what many a command says of something else.
    .failure = 255};

}  // namespace brig::cli
