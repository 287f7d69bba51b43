// Runs in: runtime.
//
// What the command line asks of the operations: plain data, filled by cli.
#pragma once

#include <optional>
#include <string>

#include "cgroups/manager.h"

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

// run only.
struct RunRequest {
  CreateRequest create;
  bool detach = false;
  bool keep = false;  // don't delete the container when it has ended
  bool no_subreaper = false;
};

}  // namespace brig::container
