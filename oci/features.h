// What this build of brig implements, as features.md and features-linux.md of the specification have it.
//
// Facts of the program, not of the machine it runs on: engines ask once and keep the answer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "oci/config.h"

namespace brig::oci {

// Told by the caller: this folder does not know seccomp/.
struct SeccompFeatures {
  std::vector<std::string_view> actions, operators, architectures;
  std::vector<std::string_view> known_flags;
  std::vector<std::string_view> supported_flags;  // those of them that this kernel takes, too
};

inline constexpr std::string_view kOldestSpecVersion = "1.0.0";

// The features document, indented, with a newline at its end. `annotations` are metadata of the runtime.
std::string features_document(const SeccompFeatures& seccomp, const Annotations& annotations);

}  // namespace brig::oci
