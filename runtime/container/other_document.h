// Runs in: runtime.
#pragma once

#include "base/error.h"

namespace brig::container {

// An error about a document that is read by the rules of config.json, and is another one (the limits of update, the
// process of exec): it does not speak of config.json, and what is wrong with a value is the caller's mistake (kUsage).
Error of_other_document(const Error& error);

}  // namespace brig::container
