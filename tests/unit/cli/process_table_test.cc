#include "runtime/cli/process_table.h"

#include <gtest/gtest.h>

namespace brig::cli {
namespace {

TEST(ProcessTable, Json) {
  EXPECT_EQ(pids_json({}), "[]\n");
  EXPECT_EQ(pids_json({7, 4194304}), "[7,4194304]\n");
}

std::string rows(std::string_view output, const std::vector<pid_t>& pids) {
  const Result<std::string> found = rows_of(output, pids);
  return found.ok() ? found.value() : found.error().to_string();
}

TEST(ProcessTable, KeepsTheRowsOfItsProcesses) {
  const std::string_view output =
      "UID        PID  PPID  C STIME TTY          TIME CMD\n"
      "root         7     1  0 14:32 ?        00:00:00 sleep 12\n"
      "root        12     7  0 14:32 ?        00:00:00 sh -c echo  7\n"
      "root       712     1  0 14:32 ?        00:00:00 sleep 12\n";
  EXPECT_EQ(rows(output, {7, 12}),
            "UID        PID  PPID  C STIME TTY          TIME CMD\n"
            "root         7     1  0 14:32 ?        00:00:00 sleep 12\n"
            "root        12     7  0 14:32 ?        00:00:00 sh -c echo  7\n");
  EXPECT_EQ(rows(output, {}), "UID        PID  PPID  C STIME TTY          TIME CMD\n");
}

TEST(ProcessTable, ThreadsBelongToTheirProcess) {
  EXPECT_EQ(rows("PID TTY\n7 ?\n- ?\n8 ?\n- ?\n", {7}), "PID TTY\n7 ?\n- ?\n");
}

TEST(ProcessTable, LinesThatAreNoRowsAreLeftOut) {
  EXPECT_EQ(rows("warning: odd\nTTY PID\n? 7\n\n?\n? x\n? 7 a", {7}), "TTY PID\n? 7\n? 7 a\n");
}

TEST(ProcessTable, NeedsAPidColumn) {
  EXPECT_EQ(rows("TTY CMD\n? sh\n", {7}), "couldn't find PID field in ps output");
  EXPECT_EQ(rows("", {7}), "couldn't find PID field in ps output");
}

}  // namespace
}  // namespace brig::cli
