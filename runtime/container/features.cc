// Runs in: runtime.
#include "oci/features.h"

#include "runtime/container/operations.h"
#include "seccomp/names.h"

namespace brig::container {

std::string features(const Build& build) {
  return oci::features_document({.actions = seccomp::action_names(),
                                 .operators = seccomp::operator_names(),
                                 .architectures = seccomp::architecture_names(),
                                 .known_flags = seccomp::flag_names(),
                                 .supported_flags = seccomp::supported_flag_names()},
                                {{"io.brig.version", std::string(build.version)},
                                 {"io.brig.commit", std::string(build.commit)},
                                 {"io.github.seccomp.libseccomp.version", seccomp::library_version()},
                                 // The name that engines look for, whatever the runtime's.
                                 {"org.opencontainers.runc.checkpoint.enabled", "false"}});
}

}  // namespace brig::container
