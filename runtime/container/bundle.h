// Runs in: runtime.
#pragma once

#include <string>

#include "base/result.h"
#include "oci/validate.h"
#include "runtime/container/requests.h"

namespace brig::container {

// config.json as it is.
struct ConfigFile {
  std::string bundle;  // absolute, without links
  std::string text;    // 4 MiB at most
};
enum class AccessTime { kMoves, kStays };  // kStays: where the caller may ask for that (O_NOATIME, open(2))
Result<ConfigFile> read_config_file(const std::string& bundle, AccessTime access_time);

// What stands for the process of a configuration that has none: it does nothing, and has no privileges.
oci::Process no_process();

struct Bundle {
  std::string path;         // absolute, without links
  oci::ValidConfig config;  // with a process
  bool has_process = true;  // false: config.json has none, and the config's is one that can't be started
};

// Opens the bundle, reads and validates its config.json. Touches nothing. A process may be missing
// until the container is started (config.md#process), which is for good, as later changes of the file have no effect
// (runtime.md#create): such a container is an environment that others may join.
Result<Bundle> read_bundle(const std::string& path);

// Descriptors 3 … that the process is to have: --preserve-fds, and those of socket activation if LISTEN_PID is us
// (sd_listen_fds(3)), which come first. All must be open. Everything above is marked close-on-exec.
struct Inherited {
  unsigned listen = 0;     // of socket activation
  unsigned preserved = 0;  // in all
};
Result<Inherited> take_inherited_descriptors(const CreateRequest& request);
// Shows that descriptors 3 to 3+n-1 are the caller's, and marks all above them close-on-exec. kUsage if one is not
// open.
Result<void> preserve_descriptors(unsigned n);

}  // namespace brig::container
