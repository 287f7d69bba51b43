// Runs in: runtime.
#include "runtime/cli/main.h"

// The commands whose processes a container may see (base/early_start.cc). One of these words elsewhere on the command
// line costs a copy and does no harm.
extern "C" {
extern const char brig_words_that_need_a_copy[] __attribute__((visibility("hidden")));
const char brig_words_that_need_a_copy[] = "create\0run\0exec\0";
}

int main(int argc, char** argv) { return brig::cli::main(argc, argv); }
