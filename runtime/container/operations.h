// Runs in: runtime.
//
// The operations of runtime.md, as cli calls them. Each is defined in the file of its name (create.cc, run.cc,
// start.cc, exec.cc, kill.cc, delete.cc, update.cc, pause.cc, processes.cc, events.cc, list.cc, features.cc, trace.cc).
// Errors: Error::Kind::kNotFound for an unknown id, kState where the container's status does not allow it, kConfig for
// the bundle's config.json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "oci/documents.h"
#include "runtime/container/requests.h"

namespace brig::container {

// First of all in create, run and exec: goes on in a copy of the program that containers can't reach (sealed_self.h).
Result<void> run_from_sealed_copy(char** argv, const Globals& globals);

// Leaves a created container: its init waits for start, its pid file (if asked) is written. On failure nothing is left.
Result<void> create(const CreateRequest& request);
// Create, start, and unless detached wait and delete. The process's exit status, 128+n for signal n; 0 if detached.
Result<int> run(const RunRequest& request);
// Runs another process in a container that has not stopped: joins it, confined as the container's own. The process's
// exit status, 128+n for signal n; 0 if detached. kState for a stopped or paused container.
Result<int> exec(const ExecRequest& request);
Result<void> start(const Globals& globals, const std::string& id);
// all: every process of the cgroup; allowed on a stopped container then. Without a cgroup the first process alone, with
// a warning if that leaves others.
Result<void> kill(const Globals& globals, const std::string& id, int signal, bool all);
// force: kills what runs, cleans what an interrupted create left, and an unknown id is fine.
Result<void> remove(const Globals& globals, const std::string& id, bool force);
// Changes limits of a container that has not stopped (cgroups::Update): all of them or, on failure, none. kUsage with
// the JSON pointer of what is wrong in the document; kUnsupported for a schema where the container is in no class of
// resctrl's.
Result<void> update(const Globals& globals, const std::string& id, const UpdateRequest& request);
Result<oci::ListEntry> state(const Globals& globals, const std::string& id);
// Freezes all processes of a created or running container, and returns when they stand still; after 10 s it fails, and
// they go on. kState "container not running" in any other status, kUnsupported without a cgroup.
Result<void> pause(const Globals& globals, const std::string& id);
// kState "container not paused" unless it is.
Result<void> resume(const Globals& globals, const std::string& id);
// The host's pids of all processes of the container, ascending; none if it has stopped. kUnsupported without a cgroup.
Result<std::vector<pid_t>> processes(const Globals& globals, const std::string& id);
// Writes what happens to a container that has not stopped to `out`, one JSON object a line as runc does, each at once:
// its statistics every now and then (or only once), processes that are killed for lack of memory, memory pressure if
// asked for. Returns when the container has stopped, or nobody reads `out` any more. kState for a stopped container,
// kUnsupported without a cgroup.
Result<void> events(const Globals& globals, const std::string& id, const EventsRequest& request, FdRef out);
struct Listing {
  std::vector<oci::ListEntry> containers;  // in the order of their ids
  std::vector<Error> unreadable;           // what is wrong with the state of the others
};
// A missing root is an error only if it was given on the command line. Containers that vanish while we look are left
// out.
Result<Listing> list(const Globals& globals);

// The features document (features.md): what this build can do, wherever it runs. Touches nothing.
struct Build {
  std::string_view version, commit;
};
std::string features(const Build& build);

// The steps of the last create and start, as recorded while they ran.
struct TraceStep {
  std::string process;  // "runtime", "between", "init", "start"
  std::string step;
  std::uint64_t at_ns = 0;  // since the first step
};
Result<std::vector<TraceStep>> trace(const Globals& globals, const std::string& id);

}  // namespace brig::container
