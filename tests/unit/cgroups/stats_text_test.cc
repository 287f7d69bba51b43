// The kernel's statistics files, in the forms that kernels write them.
#include "cgroups/stats_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace brig::cgroups {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

TEST(StatsText, Counter) {
  EXPECT_EQ(parse_counter("0"), 0U);
  EXPECT_EQ(parse_counter("18446744073709551615"), kMax);
  EXPECT_EQ(parse_counter("max"), kMax);
  EXPECT_EQ(parse_counter("-4096"), 0U);  // per-CPU counters that are summed while they change
  EXPECT_EQ(parse_counter(""), 0U);
  EXPECT_EQ(parse_counter("12 13"), 0U);
}

TEST(StatsText, Counters) {
  const Counters counters =
      parse_counters("anon 4096\nfile 0\nodd\n numa 1\nnuma_exectime 0 0 0\nnegative -5\nlast max");
  EXPECT_THAT(counters, ElementsAre(Pair("anon", 4096U), Pair("file", 0U), Pair("negative", 0U), Pair("last", kMax)));
  EXPECT_EQ(counter(counters, "anon"), 4096U);
  EXPECT_EQ(counter(counters, "nonesuch"), 0U);
  EXPECT_THAT(parse_counters(""), IsEmpty());
}

TEST(StatsText, Pressure) {
  const Pressure both = parse_pressure(
      "some avg10=12.34 avg60=5.06 avg300=100.00 total=123456789\nfull avg10=0.00 avg60=0.01 avg300=0.10 total=7");
  EXPECT_EQ(both.some, (Pressure::Share{.avg10 = 1234, .avg60 = 506, .avg300 = 10000, .total_us = 123456789}));
  EXPECT_EQ(both.full, (Pressure::Share{.avg10 = 0, .avg60 = 1, .avg300 = 10, .total_us = 7}));
  const Pressure one = parse_pressure("some avg10=1.00 avg60=0.00 avg300=0.00 total=1");
  EXPECT_EQ(one.full, Pressure::Share());
  EXPECT_EQ(parse_pressure("some avg10=x avg60=1.5 avg300= total"), Pressure());
  EXPECT_EQ(parse_pressure(""), Pressure());
}

TEST(StatsText, Blkio) {
  EXPECT_THAT(parse_blkio("8:0 Read 1282048\n8:0 Total 3477504\n259:1 6792\nTotal 3477504\n8:x Read 1\n8 Read 1"),
              ElementsAre(BlockIoEntry{8, 0, "Read", 1282048}, BlockIoEntry{8, 0, "Total", 3477504},
                          BlockIoEntry{259, 1, "", 6792}));
  EXPECT_THAT(parse_blkio(""), IsEmpty());
}

TEST(StatsText, IoStat) {
  BlockIoStats stats;
  parse_io_stat("8:16 rbytes=1459200 wbytes=314773504 rios=192 wios=353 dbytes=0 dios=0\n7:0\n252:0 rbytes=1", stats);
  EXPECT_THAT(stats.bytes, ElementsAre(BlockIoEntry{8, 16, "Read", 1459200}, BlockIoEntry{8, 16, "Write", 314773504},
                                       BlockIoEntry{252, 0, "Read", 1}));
  EXPECT_THAT(stats.operations, ElementsAre(BlockIoEntry{8, 16, "Read", 192}, BlockIoEntry{8, 16, "Write", 353}));
  EXPECT_THAT(stats.queued, IsEmpty());
}

TEST(StatsText, Cpuacct) {
  EXPECT_THAT(parse_numbers("3069955 11367102 "), ElementsAre(3069955U, 11367102U));
  EXPECT_THAT(parse_numbers(""), IsEmpty());
  CpuStats cpu;
  parse_usage_all("cpu user system\n0 1 2\n1 30 40 50\n2 7", cpu);
  EXPECT_THAT(cpu.per_cpu_user_ns, ElementsAre(1U, 30U));
  EXPECT_THAT(cpu.per_cpu_kernel_ns, ElementsAre(2U, 40U));
}

TEST(StatsText, IndexNumbers) {
  EXPECT_THAT(parse_index_numbers("0-2,64,127"), ElementsAre(0, 1, 2, 64, 127));
  EXPECT_THAT(parse_index_numbers(""), IsEmpty());
  EXPECT_THAT(parse_index_numbers("2-1"), IsEmpty());
}

}  // namespace
}  // namespace brig::cgroups
