// Runs in: runtime.
//
// What the command line said: one struct for the global options and those of every command, as plain data that the
// tables (tables.cc) fill and the commands (commands.cc) read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "runtime/container/requests.h"

namespace brig::cli {

// --cgroup-manager; --systemd-cgroup is the older spelling of one of them.
enum class CgroupManager { kCgroupfs, kDisabled, kSystemd };
// --rootless. Read and checked, because engines pass it; brig looks at the user namespace itself instead.
enum class RootlessChoice { kFalse, kTrue, kAuto };
enum class ListFormat { kTable, kJson };

struct Arguments {
  // As the program was called; for the commands that go on in a copy of it.
  char** argv = nullptr;

  // Global options.
  std::string root;  // "": not given
  log::Settings log;
  bool debug = false;
  CgroupManager cgroup_manager = CgroupManager::kCgroupfs;
  RootlessChoice rootless = RootlessChoice::kAuto;
  bool version = false;

  // Global, and an option of every command.
  bool help = false;

  // Options of the commands.
  container::RunRequest run;  // run; create, spec and check use the part they share with it
  bool all = false;           // kill
  bool force = false;         // delete
  bool quiet = false;         // list
  bool json = false;          // check, trace
  bool rootless_spec = false;
  ListFormat list_format = ListFormat::kTable;  // list, ps
  container::ExecRequest exec;
  std::string lsm_mount_context;  // restore
  container::EventsRequest events;

  container::UpdateRequest update;

  // The words that are no options: ID, SIGNAL, and so on.
  std::vector<std::string_view> positionals;
};

}  // namespace brig::cli
