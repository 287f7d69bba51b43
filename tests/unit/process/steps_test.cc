#include "runtime/process/steps.h"

#include <gtest/gtest.h>

namespace brig::process {
namespace {

Steps make_steps() {
  Result<Steps> steps = Steps::make();
  EXPECT_TRUE(steps.ok());
  return std::move(steps).value();
}

TEST(Steps, AreInTheOrderOfTime) {
  Steps steps = make_steps();
  steps.stamp("first");
  steps.set_process("init");
  steps.stamp("second");
  const std::vector<StepRecord> records = steps.records();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_STREQ(records[0].process, "runtime");
  EXPECT_STREQ(records[0].step, "first");
  EXPECT_STREQ(records[1].process, "init");
  EXPECT_STREQ(records[1].step, "second");
  EXPECT_LE(records[0].at_ns, records[1].at_ns);
}

TEST(Steps, BeyondTheLastNothingIsWritten) {
  Steps steps = make_steps();
  for (std::uint32_t i = 0; i < Steps::kMost + 20; ++i) steps.stamp("step " + std::to_string(i));
  const std::vector<StepRecord> records = steps.records();
  ASSERT_EQ(records.size(), Steps::kMost);
  EXPECT_EQ(records.back().step, "step " + std::to_string(Steps::kMost - 1));
}

TEST(Steps, LongNamesAreCut) {
  Steps steps = make_steps();
  steps.set_process("a process with a long name");
  steps.stamp(std::string(100, 's'));
  const std::vector<StepRecord> records = steps.records();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_STREQ(records[0].process, "a proce");
  EXPECT_EQ(records[0].step, std::string(sizeof records[0].step - 1, 's'));
}

TEST(Steps, RecordsComeBackFromBytes) {
  Steps steps = make_steps();
  steps.stamp("one");
  steps.stamp("two");
  const std::vector<StepRecord> before = steps.records();
  // Two commands append theirs.
  const std::vector<StepRecord> after = decode_records(encode_records(before) + encode_records(before));
  ASSERT_EQ(after.size(), 4u);
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_STREQ(after[i].step, before[i % 2].step);
    EXPECT_EQ(after[i].at_ns, before[i % 2].at_ns);
  }
  EXPECT_EQ(encode_records({}), "");
  EXPECT_TRUE(decode_records("").empty());
}

TEST(Steps, AFileOfAnotherSizeGivesNone) {
  for (const std::size_t size : {std::size_t{1}, sizeof(StepRecord) - 1, sizeof(StepRecord) + 1})
    EXPECT_TRUE(decode_records(std::string(size, 'x')).empty()) << size;
}

TEST(Steps, NamesInAFileAreTerminated) {
  const std::vector<StepRecord> records = decode_records(std::string(sizeof(StepRecord), 'x'));
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(std::strlen(records[0].process), sizeof records[0].process - 1);
  EXPECT_EQ(std::strlen(records[0].step), sizeof records[0].step - 1);
}

}  // namespace
}  // namespace brig::process
