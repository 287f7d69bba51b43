#include "runtime/cli/output.h"

#include <gtest/gtest.h>

namespace brig::cli {
namespace {

oci::ListEntry entry(const std::string& id, pid_t pid, const std::string& bundle) {
  oci::ListEntry entry;
  entry.state.id = id;
  entry.state.pid = pid;
  entry.state.status = pid == 0 ? oci::Status::kStopped : oci::Status::kRunning;
  entry.state.bundle = bundle;
  entry.extra.created = "2026-01-31T12:00:00.123456789Z";
  entry.extra.owner = "root";
  return entry;
}

TEST(Output, AnEmptyListIsItsHeading) {
  EXPECT_EQ(list_table({}), "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
  EXPECT_EQ(list_ids({}), "");
}

TEST(Output, ListColumnsAreAlignedLikeThoseOfRunc) {
  EXPECT_EQ(list_table({entry("a", 0, "/b"), entry("a-long-name", 4711, "/srv/bundle")}),
            "ID            PID         STATUS      BUNDLE        CREATED                          OWNER\n"
            "a             0           stopped     /b            2026-01-31T12:00:00.123456789Z   root\n"
            "a-long-name   4711        running     /srv/bundle   2026-01-31T12:00:00.123456789Z   root\n");
  EXPECT_EQ(list_ids({entry("a", 0, "/b"), entry("c", 1, "/b")}), "a\nc\n");
}

TEST(Output, TableCountsCharactersAndHidesControls) {
  EXPECT_EQ(table({{"\xC3\xA4\xC3\xB6", "x"}, {"a\x1B[31m", "y"}}),
            "\xC3\xA4\xC3\xB6          x\n"
            "a?[31m      y\n");
  EXPECT_EQ(table({}), "");
}

const std::vector<container::TraceStep> kSteps = {{"runtime", "read config", 0},
                                                  {"runtime", "clone", 1234567},
                                                  {"init", "say \"ready\"", 1300000},
                                                  {"runtime", "wait", 2234567}};

TEST(Output, TraceShowsWhatEachStepTook) {
  EXPECT_EQ(trace_table(kSteps),
            "AT          TOOK        PROCESS     STEP\n"
            "0.0         0.0         runtime     read config\n"
            "1234.5      1234.5      runtime     clone\n"
            "1300.0      65.4        init        say \"ready\"\n"
            "2234.5      1000.0      runtime     wait\n");
}

TEST(Output, TraceOfProcessesThatOverlapHasNoNegativeTimes) {
  EXPECT_EQ(trace_table({{"init", "b", 2000}, {"runtime", "a", 1000}}),
            "AT          TOOK        PROCESS     STEP\n"
            "2.0         2.0         init        b\n"
            "1.0         0.0         runtime     a\n");
}

TEST(Output, TraceAsJson) {
  EXPECT_EQ(trace_json({}), "[]\n");
  EXPECT_EQ(trace_json({kSteps[0], kSteps[2]}),
            "[{\"process\":\"runtime\",\"step\":\"read config\",\"atNanoseconds\":0},"
            "{\"process\":\"init\",\"step\":\"say \\\"ready\\\"\",\"atNanoseconds\":1300000}]\n");
}

}  // namespace
}  // namespace brig::cli
