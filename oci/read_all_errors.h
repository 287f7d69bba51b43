// Everything that read_config would refuse in a document, not just the first.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oci/config.h"

namespace brig::oci {

struct ReadResult {
  std::optional<Config> config;  // if there is no error
  std::vector<Error> errors;     // kConfig, each with the pointer into the document
  bool more = false;             // reading could not go on after the last one
};

// Reads; takes the value at fault away, or where something is missing what it is missing from; reads again. Errors that
// only tell of what was taken away are left out. For `check`: it reads the document once more for each error, of which
// it tells some hundred at most.
ReadResult read_all_errors(std::string_view text);

}  // namespace brig::oci
