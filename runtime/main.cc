// Runs in: runtime.
#include "runtime/cli/main.h"

int main(int argc, char** argv) { return brig::cli::main(argc, argv); }
