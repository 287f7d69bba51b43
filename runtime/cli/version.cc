// Runs in: runtime.
#include "runtime/cli/version.h"

#include "base/text.h"
#include "oci/documents.h"

// Made by scripts/write-commit.cmake on every build, and touched only when it changes. This is the only file that
// includes it, so a commit costs one compilation.
#if __has_include("brig_commit.h")
#include "brig_commit.h"
#else
#define BRIG_COMMIT "unknown"
#endif

namespace brig::cli {

std::string version_text() {
  return text::cat("brig version ", BRIG_VERSION, "\ncommit: ", BRIG_COMMIT, "\nspec: ", oci::kSpecVersion, '\n');
}

std::string_view commit() { return BRIG_COMMIT; }

}  // namespace brig::cli
