#include "base/log.h"

#include <gtest/gtest.h>

namespace brig::log {
namespace {

constexpr std::string_view kTime = "2026-01-31T12:00:00.000000000Z";

TEST(FormatRecord, JsonHasWhatEnginesRead) {
  EXPECT_EQ(format_record(Format::kJson, Level::kError, "it failed", "system.ENOENT", kTime),
            R"({"level":"error","msg":"it failed","time":"2026-01-31T12:00:00.000000000Z","id":"system.ENOENT"})"
            "\n");
}

TEST(FormatRecord, JsonWithoutAnIdHasNoMemberForIt) {
  EXPECT_EQ(format_record(Format::kJson, Level::kDebug, "step", "", kTime),
            R"({"level":"debug","msg":"step","time":"2026-01-31T12:00:00.000000000Z"})"
            "\n");
}

TEST(FormatRecord, TextIsOneLine) {
  EXPECT_EQ(format_record(Format::kText, Level::kWarning, "a \"b\"\nc", "", kTime),
            "time=\"2026-01-31T12:00:00.000000000Z\" level=warning msg=\"a \\\"b\\\"\\nc\"\n");
}

// A message quotes names that the container's image or config chose.
TEST(FormatRecord, AMessageCannotForgeARecord) {
  const std::string hostile = "x\"}\n{\"level\":\"error\",\"msg\":\"forged\xFF";
  for (const Format format : {Format::kText, Format::kJson}) {
    const std::string record = format_record(format, Level::kError, hostile, "config", kTime);
    EXPECT_EQ(record.find('\n'), record.size() - 1) << record;
    EXPECT_NE(record.find(R"(x\"}\n{\"level\":\"error\")"), std::string::npos) << record;
    EXPECT_EQ(record.find('\xFF'), std::string::npos);
  }
}

}  // namespace
}  // namespace brig::log
