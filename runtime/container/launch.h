// Runs in: runtime.
//
// What create and run have in common: from a request to an init that is ready.
#pragma once

#include "base/proc_dir.h"
#include "base/result.h"
#include "cgroups/manager.h"
#include "oci/validate.h"
#include "runtime/container/announce.h"
#include "runtime/container/directory.h"
#include "runtime/container/intel_rdt.h"
#include "runtime/container/poststop.h"
#include "runtime/container/requests.h"
#include "runtime/namespaces/net_devices.h"
#include "runtime/process/channel.h"
#include "runtime/process/child.h"
#include "runtime/process/steps.h"

namespace brig::container {

// A container that is ready to start, and still a draft: what is not kept is undone in reverse order of declaration,
// init dead first, its cgroup empty then, its directory, and its poststop hooks last.
struct Launch {
  PoststopDraft poststop;
  Directory directory;
  RootfsMountsDraft rootfs_mounts;
  cgroups::Draft cgroup;
  RdtDraft rdt;
  process::Child init;
  namespaces::MovedDevices net_devices;  // go back while init still holds their network namespace
  process::Channel channel;
  PidFile pid_file;
  Record record;             // staged in the directory, not yet published
  UniqueFd terminal_source;  // run in the foreground with a terminal: the master comes from here

  // It is a container now: nothing of it is undone.
  void keep();
};

enum class Until { kStart, kAtOnce };  // create: init waits for `start`; run: for kStart on the channel

// Nothing on the machine is touched before the whole configuration is valid and every object it names was opened.
// `own_terminal`: the terminal's master is for this process instead of a console socket.
Result<Launch> launch(const CreateRequest& request, Until until, bool own_terminal, process::Steps& steps);

// Makes it known: state.json, pid file (written whole), pidfd socket.
Result<void> publish(Launch& launched, const CreateRequest& request);

}  // namespace brig::container
