// Runs in: runtime.
#pragma once

namespace brig::cli {

// The whole of brig: reads the command line, does what it says, and reports a failure once, to standard error and to
// the log. The exit status: 0, 1 for a failure of brig, or for `run` that of the container's process.
int main(int argc, char** argv);

}  // namespace brig::cli
