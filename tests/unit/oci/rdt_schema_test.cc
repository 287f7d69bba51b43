// Names of classes of service, and what the kernel's schemata mean.
#include "oci/rdt_schema.h"

#include <gtest/gtest.h>

#include <string>

namespace brig::oci {
namespace {

// As resctrl writes it: right-aligned resources.
constexpr const char* kCurrent =
    "    MB:0=100;1=20\n"
    "L3CODE:0=fffff;1=000ff\n"
    "    L3:0=00ff0;1=fffff\n"
    "    L2:0=f;1=f\n";

TEST(RdtSchema, NamesOfClasses) {
  for (const char* name : {"guaranteed", "a b", "...", "Mon_groups"}) EXPECT_TRUE(is_rdt_class_name(name)) << name;
  for (const char* name : {"", ".", "..", "a/b", "/", "info", "mon_groups", "mon_data", "a\nb"})
    EXPECT_FALSE(is_rdt_class_name(name)) << name;
  EXPECT_TRUE(is_rdt_class_name(std::string(255, 'a')));
  EXPECT_FALSE(is_rdt_class_name(std::string(256, 'a')));
}

TEST(RdtSchema, WhatTheKernelMayWriteInAnotherWayIsTheSame) {
  for (const char* wanted : {"", "L3:0=ff0;1=fffff", "L3:1=fffff;0=ff0", "L3:0=FF0", " L3 : 0 = 0xff0 ;", "MB:1=20",
                             "MB:00=0100", "L3CODE:1=ff\nL3:0=ff0\n", "L2:0=f"})
    EXPECT_TRUE(rdt_schemata_match(wanted, kCurrent)) << wanted;
}

TEST(RdtSchema, AnotherValueDomainOrResourceIsNot) {
  for (const char* wanted : {"L3:0=ff", "L3:2=ff0", "MB:0=256", "MB:1=0x14", "MB:0=100;1=30", "SMBA:0=100",
                             "L3:0=ff0;1=fffff;2=1", "L3:0=ff0\nMB:0=1"})
    EXPECT_FALSE(rdt_schemata_match(wanted, kCurrent)) << wanted;
  for (const char* wanted : {"nonsense", "L3:0", "L3:0=", "L3:x=1", "L3:0=xyz"})
    EXPECT_FALSE(rdt_schemata_match(wanted, kCurrent)) << wanted;
  EXPECT_FALSE(rdt_schemata_match("L3:0=ff0", ""));
}

}  // namespace
}  // namespace brig::oci
