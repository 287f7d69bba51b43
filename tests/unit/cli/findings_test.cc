#include "runtime/cli/findings.h"

#include <gtest/gtest.h>

namespace brig::cli {
namespace {

using container::Finding;
using enum container::Finding::Level;

const Finding kNoteOfX = {kNote, "unknown-property", "/x", "config.md#extensibility", "ignored"};
const Finding kWarningOfAll = {kWarning, "ignored", "", "", "a\x1b[31m\"b\""};
const Finding kErrorOfCwd = {kError, "value", "/process/cwd", "config.md#process", "must be a string"};

TEST(Findings, AsLines) {
  EXPECT_EQ(findings_text({}), "0 errors, 0 warnings, 0 notes\n");
  EXPECT_EQ(findings_text({kErrorOfCwd, kWarningOfAll, kNoteOfX, kNoteOfX}),
            "error: /process/cwd: must be a string (value, config.md#process)\n"
            "warning: a?[31m\"b\" (ignored)\n"
            "note: /x: ignored (unknown-property, config.md#extensibility)\n"
            "note: /x: ignored (unknown-property, config.md#extensibility)\n"
            "1 error, 1 warning, 2 notes\n");
}

TEST(Findings, AsJson) {
  EXPECT_EQ(findings_json({kErrorOfCwd}), R"({
  "findings": [
    {
      "level": "error",
      "rule": "value",
      "pointer": "/process/cwd",
      "section": "config.md#process",
      "text": "must be a string"
    }
  ],
  "errors": 1,
  "warnings": 0,
  "notes": 0
}
)");
  EXPECT_NE(findings_json({kWarningOfAll}).find(R"("text": "a\u001b[31m\"b\"")"), std::string::npos);
}

TEST(Findings, TheWorstOneIsTheExitStatus) {
  EXPECT_EQ(exit_status_of({}), 0);
  EXPECT_EQ(exit_status_of({kNoteOfX}), 0);
  EXPECT_EQ(exit_status_of({kNoteOfX, kWarningOfAll}), 1);
  EXPECT_EQ(exit_status_of({kErrorOfCwd, kWarningOfAll}), 2);
}

}  // namespace
}  // namespace brig::cli
