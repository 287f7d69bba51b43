// Runs in: runtime.
//
// What the command line asks of the operations: plain data, filled by cli.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cgroups/manager.h"
#include "oci/config.h"

namespace brig::container {

// The global options.
struct Globals {
  std::string root;  // the state directory's root; absolute
  bool root_given = false;
  cgroups::Manager manager = cgroups::Manager::kCgroupfs;
};

// create and run.
struct CreateRequest {
  Globals globals;
  std::string id;
  std::string bundle = ".";
  std::string console_socket;  // path; "": none
  std::string pidfd_socket;
  std::string pid_file;
  unsigned preserve_fds = 0;
  bool no_pivot = false;
  bool no_new_keyring = false;
};

struct EventsRequest {
  bool stats_only = false;  // one line of statistics, and no more
  bool pressure = false;    // tell of memory pressure too
  std::chrono::nanoseconds interval = std::chrono::seconds(5);
};

// run only.
struct RunRequest {
  CreateRequest create;
  bool detach = false;
  bool keep = false;  // don't delete the container when it has ended
  bool no_subreaper = false;
};

// What exec's options change of a process. What is not given stays.
struct ProcessChanges {
  std::string cwd;
  std::vector<std::string> env;  // each takes the place of the variable of this name, if there is one
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
  std::vector<gid_t> additional_gids;  // more
  std::uint64_t capabilities = 0;      // more: bounding, effective, permitted; ambient if they are inheritable
  std::optional<bool> terminal, no_new_privileges;
  std::string apparmor_profile, selinux_label;
};

struct ExecRequest {
  Globals globals;
  std::string id;
  std::string process_file;  // a process as in config.json; "": the container's, with `command` for its args
  std::vector<std::string> command;
  ProcessChanges changes;
  std::vector<std::string> cgroups;  // cgroups::sub_cgroups
  std::string console_socket;        // path; "": none
  std::string pidfd_socket;
  std::string pid_file;
  unsigned preserve_fds = 0;
  bool detach = false;
  bool ignore_paused = false;
};

// update. What is absent, empty or zero is left as it is.
struct UpdateRequest {
  // A JSON document of linux.resources: the name of a file, or "-" for standard input. If there is one, `resources` is
  // not looked at.
  std::string document;
  oci::Resources resources;
  std::string l3_cache_schema, mem_bw_schema;  // of linux.intelRdt; beside either
};

}  // namespace brig::container
