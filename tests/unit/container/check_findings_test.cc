#include "runtime/container/check_findings.h"

#include <gtest/gtest.h>

namespace brig::container {
namespace {

using Level = Finding::Level;

std::vector<Finding> findings_of(const Error& error) {
  Collector found;
  found.add_error("rule", error);
  return std::move(found).take();
}

TEST(CheckFindings, PointersAreFoundInTexts) {
  EXPECT_EQ(pointer_in("mount `/a` (/mounts/3): open_tree `/mounts/x`: no"), "/mounts/3");
  EXPECT_EQ(pointer_in("/linux/namespaces/1/path: open `/run/ns`: no"), "/linux/namespaces/1/path");
  EXPECT_EQ(pointer_in("open the rootfs (/root/path): open `/root/pathology`: no"), "/root/path");
  EXPECT_EQ(pointer_in("open `/root/.ssh`: no such file"), "");
  EXPECT_EQ(pointer_in("open /srv/linux/x: no"), "");
  EXPECT_EQ(pointer_in(""), "");
}

TEST(CheckFindings, AnErrorOfTheDocumentHasItsPlaceOnce) {
  Error error = Error::config("/mounts/0/type", "is missing");
  error.add_frame("read", "x");
  const std::vector<Finding> found = findings_of(error);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].pointer, "/mounts/0/type");
  EXPECT_EQ(found[0].section, "config.md#mounts");
  EXPECT_EQ(found[0].text, "read `x`: is missing");
  EXPECT_EQ(found[0].level, Level::kError);
}

TEST(CheckFindings, AnErrorWithoutAPlaceHasNoSection) {
  const std::vector<Finding> found = findings_of(Error::make(Error::Kind::kUnsupported, "no"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].pointer, "");
  EXPECT_EQ(found[0].section, "");
  EXPECT_EQ(found[0].text, "no");
}

TEST(CheckFindings, TheSameIsListedOnce) {
  Collector found;
  found.add_error("a", "/hostname", "x");
  found.add_error("b", "/hostname", "x");
  found.add_error("b", "/hostname", "y");
  EXPECT_TRUE(found.has_error_at("/hostname"));
  EXPECT_FALSE(found.has_error_at("/host"));
  EXPECT_EQ(std::move(found).take().size(), 2u);
}

TEST(CheckFindings, RecordsBecomeWarningsAndNotes) {
  Collector found;
  found.add_records({{log::Level::kWarning, "config.json: /process/x: ignored it"},
                     {log::Level::kWarning, "cgroups are disabled"},
                     {log::Level::kDebug, "config.json: /foo: ignored, the specification has no such property"},
                     {log::Level::kDebug, "/linux/seccomp/syscalls/0: unknown system call"},
                     {log::Level::kDebug, "HOME is \"/\""}});
  EXPECT_FALSE(found.has_error_at("/process/x"));
  const std::vector<Finding> all = std::move(found).take();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].pointer, "/process/x");
  EXPECT_EQ(all[0].text, "ignored it");
  EXPECT_EQ(all[0].level, Level::kWarning);
  EXPECT_EQ(all[1].text, "cgroups are disabled");
  EXPECT_EQ(all[2].rule, "unknown-property");
  EXPECT_EQ(all[2].section, "config.md#extensibility");
  EXPECT_EQ(all[2].level, Level::kNote);
  EXPECT_EQ(all[3].rule, "no-effect");
}

}  // namespace
}  // namespace brig::container
