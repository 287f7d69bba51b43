// Runs in: runtime.
#pragma once

namespace brig::cli {

// The whole of brig: reads the command line, does what it says, and reports a failure once, to standard error and to
// the log. The exit status: 0, 1 for a failure of brig (in `exec` 255), or for `run` and `exec` that of the process.
int main(int argc, char** argv);

}  // namespace brig::cli
