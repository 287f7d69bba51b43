// linux.intelRdt on a directory tree in the place of resctrl, which few machines have. The test plays the kernel: it
// makes the files of a group once its directory is there, and empties a directory that is to be removed.
#include "runtime/container/intel_rdt.h"

#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/temporary_directory.h"

namespace brig::container {
namespace {

namespace fs = std::filesystem;

class FakeResctrl : public ::testing::Test {
 protected:
  FakeResctrl() {
    fs::create_directories(root_ / "mon_groups");
    fs::create_directories(root_ / "info");
    put(root_ / "info/last_cmd_status", "ok\n");
    fill(root_, "    L3:0=fffff;1=fffff\n    MB:0=100;1=100\n");
  }

  static void put(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }
  static std::string get(const fs::path& file) {
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
  }
  // What the kernel puts into a new group.
  static void fill(const fs::path& group, const std::string& schemata = {}) {
    put(group / "tasks", "");
    put(group / "schemata", schemata);
    fs::create_directories(group / "mon_groups");
  }
  // rmdir(2) of a group takes what is in it along.
  static void empty(const fs::path& group) {
    for (const fs::directory_entry& entry : fs::directory_iterator(group)) fs::remove_all(entry);
  }

  Result<RdtPlace> locate(const oci::IntelRdt& config) { return locate_rdt(config, root_, "c1"); }
  RdtPlace place(const oci::IntelRdt& config) {
    auto found = locate(config);
    EXPECT_TRUE(found.ok()) << found.error().to_string();
    return found.ok() ? std::move(found).value() : RdtPlace();
  }
  void expect_refused(const oci::IntelRdt& config, Error::Kind kind, const std::string& text) {
    auto found = locate(config);
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().kind(), kind);
    EXPECT_NE(found.error().to_string().find(text), std::string::npos) << found.error().to_string();
  }

  brig::testing::TemporaryDirectory directory_;
  fs::path root_ = directory_.path();
};

TEST_F(FakeResctrl, WithoutClosIdTheClassIsTheContainersAndGoesWithIt) {
  const oci::IntelRdt config{
      .schemata = {"L2:0=f", "L2:1=f"}, .l3_cache_schema = "L3:0=ff", .mem_bw_schema = "MB:0=20"};
  const RdtPlace where = place(config);
  EXPECT_EQ(where.class_directory(), root_ / "c1");
  EXPECT_TRUE(where.made_for_it);
  {
    auto draft = RdtDraft::make_class(where);
    ASSERT_TRUE(draft.ok()) << draft.error().to_string();
    fill(root_ / "c1");
    ASSERT_TRUE(draft.value().write_schemata(config).ok());
    EXPECT_EQ(get(root_ / "c1/schemata"), "L3:0=ff\nMB:0=20\nL2:0=f\nL2:1=f\n");  // the order of the specification
    ASSERT_TRUE(draft.value().add(4242).ok());
    EXPECT_EQ(get(root_ / "c1/tasks"), "4242");
    EXPECT_FALSE(fs::exists(root_ / "c1/mon_groups/c1"));
    draft.value().keep();
  }
  EXPECT_TRUE(fs::exists(root_ / "c1"));
  empty(root_ / "c1");
  EXPECT_TRUE(remove_rdt(where).ok());
  EXPECT_FALSE(fs::exists(root_ / "c1"));
  EXPECT_TRUE(remove_rdt(where).ok()) << "what is gone is fine";
}

TEST_F(FakeResctrl, AnEmptyOneMakesAClassAndWritesNoSchemata) {
  const RdtPlace where = place({});
  auto draft = RdtDraft::create(where, {});  // without a file schemata to write to
  ASSERT_TRUE(draft.ok()) << draft.error().to_string();
  EXPECT_TRUE(fs::is_directory(root_ / "c1"));
}

TEST_F(FakeResctrl, ADraftThatIsNotKeptLeavesNothing) {
  // Both with a closID: what a create makes that fails is undone, whoever could have used it.
  { ASSERT_TRUE(RdtDraft::make_class(place({.clos_id = "gold", .l3_cache_schema = "L3:0=f"})).ok()); }
  EXPECT_FALSE(fs::exists(root_ / "gold"));
  { ASSERT_TRUE(RdtDraft::create(place({.clos_id = "/", .enable_monitoring = true}), {}).ok()); }
  EXPECT_TRUE(fs::is_empty(root_ / "mon_groups"));
}

TEST_F(FakeResctrl, AClassThatIsThereMustHaveWhatIsAskedFor) {
  fs::create_directory(root_ / "gold");
  fill(root_ / "gold", "    L3:0=000ff;1=fffff\n    MB:0= 20;1=100\n");
  const RdtPlace where = place({.clos_id = "gold", .l3_cache_schema = "L3:0=ff", .mem_bw_schema = "MB:0=20"});
  EXPECT_FALSE(where.made_for_it);
  expect_refused({.clos_id = "gold", .l3_cache_schema = "L3:0=f"}, Error::Kind::kConfig,
                 "/linux/intelRdt/l3CacheSchema");
  expect_refused({.clos_id = "gold", .mem_bw_schema = "MB:0=30"}, Error::Kind::kConfig, "/linux/intelRdt/memBwSchema");
  // "compare l3CacheSchema and/or memBwSchema": `schemata` is written, whatever was there.
  EXPECT_TRUE(locate({.clos_id = "gold", .schemata = {"L3:0=f"}}).ok());
}

TEST_F(FakeResctrl, AClassWithoutSchemasMustBeThere) {
  expect_refused({.clos_id = "gold"}, Error::Kind::kConfig, "/linux/intelRdt/closID: there is no class");
  fs::create_directory(root_ / "gold");
  fill(root_ / "gold", "    L3:0=ff\n");
  const RdtPlace where = place({.clos_id = "gold"});
  auto draft = RdtDraft::create(where, {.clos_id = "gold"});
  ASSERT_TRUE(draft.ok());
  ASSERT_TRUE(draft.value().add(7).ok());
  EXPECT_EQ(get(root_ / "gold/tasks"), "7");
  EXPECT_EQ(get(root_ / "gold/schemata"), "    L3:0=ff\n");
  draft.value().keep();
  EXPECT_TRUE(remove_rdt(where).ok());
  EXPECT_TRUE(fs::exists(root_ / "gold/tasks")) << "a class with a closID stays";
}

TEST_F(FakeResctrl, AClassWithAClosIdThatWeMadeStaysToo) {
  const oci::IntelRdt config{.clos_id = "gold", .l3_cache_schema = "L3:0=f"};
  const RdtPlace where = place(config);
  auto draft = RdtDraft::make_class(where);
  ASSERT_TRUE(draft.ok());
  draft.value().keep();
  EXPECT_TRUE(remove_rdt(where).ok());
  EXPECT_TRUE(fs::exists(root_ / "gold"));
}

TEST_F(FakeResctrl, TheDefaultClassIsTheRoot) {
  const RdtPlace where = place({.clos_id = "/", .enable_monitoring = true});
  auto draft = RdtDraft::create(where, {.clos_id = "/", .enable_monitoring = true});
  ASSERT_TRUE(draft.ok()) << draft.error().to_string();
  put(root_ / "mon_groups/c1/tasks", "");
  ASSERT_TRUE(draft.value().add(9).ok());
  EXPECT_EQ(get(root_ / "tasks"), "9");
  EXPECT_EQ(get(root_ / "mon_groups/c1/tasks"), "9");
  draft.value().keep();
  empty(root_ / "mon_groups/c1");
  EXPECT_TRUE(remove_rdt(where).ok());
  EXPECT_FALSE(fs::exists(root_ / "mon_groups/c1"));
  EXPECT_TRUE(fs::exists(root_ / "mon_groups"));
  expect_refused({.clos_id = "/", .mem_bw_schema = "MB:1=10"}, Error::Kind::kConfig, "memBwSchema");
}

TEST_F(FakeResctrl, AMonitoringGroupIsDedicated) {
  fs::create_directory(root_ / "mon_groups/c1");
  const RdtPlace where = place({.clos_id = "/", .enable_monitoring = true});
  auto draft = RdtDraft::create(where, {});
  ASSERT_FALSE(draft.ok());
  EXPECT_EQ(draft.error().code(), EEXIST);
  EXPECT_TRUE(fs::exists(root_ / "mon_groups/c1")) << "not ours to remove";
}

TEST_F(FakeResctrl, AMachineThatCanNotMonitorSaysSo) {
  fs::remove(root_ / "mon_groups");
  expect_refused({.enable_monitoring = true}, Error::Kind::kUnsupported, "enableMonitoring");
}

TEST_F(FakeResctrl, AClassOfTheContainersNameThatIsThereIsUsedAndKept) {
  fs::create_directory(root_ / "c1");
  fill(root_ / "c1");
  const RdtPlace where = place({});
  EXPECT_FALSE(where.made_for_it);
  { EXPECT_TRUE(RdtDraft::create(where, {}).ok()); }
  EXPECT_TRUE(remove_rdt(where).ok());
  EXPECT_TRUE(fs::exists(root_ / "c1"));
}

TEST_F(FakeResctrl, OfTwoContainersThatMakeOneClassOneWins) {
  const RdtPlace where = place({});
  fs::create_directory(root_ / "c1");
  EXPECT_FALSE(RdtDraft::create(where, {}).ok());
  EXPECT_TRUE(fs::exists(root_ / "c1"));
}

TEST_F(FakeResctrl, AnIdThatIsNoNameOfAClassNeedsAClosId) {
  auto found = locate_rdt({}, root_, "info");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().subject(), "/linux/intelRdt/closID");
}

TEST_F(FakeResctrl, AClassGetsNewSchemas) {
  fs::create_directory(root_ / "gold");
  fill(root_ / "gold");
  const RdtPlace gold = {.mount = root_, .class_name = "gold"};
  ASSERT_TRUE(update_schemata(gold, {.l3_cache_schema = "L3:0=f"}).ok());
  EXPECT_EQ(get(root_ / "gold/schemata"), "L3:0=f\n");
  ASSERT_TRUE(update_schemata(gold, {.mem_bw_schema = "MB:0=50;1=7"}).ok());
  EXPECT_EQ(get(root_ / "gold/schemata"), "MB:0=50;1=7\n");
  put(root_ / "info/last_cmd_status", "MB value 7 out of range\n");
  fs::remove(root_ / "gold/schemata");
  auto refused = update_schemata(gold, {.mem_bw_schema = "MB:0=7"});
  ASSERT_FALSE(refused.ok());
}

TEST_F(FakeResctrl, TheKernelsExplanationIsTold) {
  put(root_ / "info/last_cmd_status", "Mask 1 out of range\n");
  fs::create_directory(root_ / "gold");  // and no file in it
  auto draft = RdtDraft::create(place({.clos_id = "gold"}), {});
  ASSERT_TRUE(draft.ok());
  auto added = draft.value().add(1);
  ASSERT_FALSE(added.ok());
  EXPECT_NE(added.error().to_string().find("(Mask 1 out of range)"), std::string::npos) << added.error().to_string();
}

TEST(FindResctrl, AMachineWithoutItSaysSo) {
  struct statfs usual = {};
  if (statfs("/sys/fs/resctrl", &usual) == 0 && usual.f_type == RDTGROUP_SUPER_MAGIC)
    GTEST_SKIP() << "resctrl is mounted on this machine";
  auto proc = ProcDir::open();
  ASSERT_TRUE(proc.ok());
  auto found = find_resctrl(proc.value());
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind(), Error::Kind::kUnsupported);
}

}  // namespace
}  // namespace brig::container
