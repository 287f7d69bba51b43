// expect: 'brig::oci::ValidConfig::ValidConfig\(.*\)' is private
// expect: calling a private constructor of class 'brig::oci::ValidConfig'
#include "oci/validate.h"

namespace brig {

oci::ValidConfig forge(oci::Config config) { return oci::ValidConfig(std::move(config)); }

}  // namespace brig
