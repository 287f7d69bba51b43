#include "runtime/mounts/label.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brig::mounts {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kLabel = "system_u:object_r:container_file_t:s0:c1,c2";

PlannedMount planned(Kind kind, const std::string& type, std::vector<std::string> data = {}) {
  PlannedMount mount{.kind = kind};
  mount.mount.type = type;
  mount.mount.options.data = std::move(data);
  return mount;
}

TEST(ApplyLabel, ByAnOptionOfEachFileSystemThatTakesOne) {
  Plan plan;
  plan.mounts.push_back(planned(Kind::kFileSystem, "tmpfs", {"size=1k"}));
  plan.mounts.push_back(planned(Kind::kFileSystem, "devpts"));
  apply_label(kLabel, "context", plan);
  const std::string option = std::string("context=") + kLabel;
  EXPECT_THAT(plan.mounts[0].mount.options.data, ElementsAre("size=1k", option));
  EXPECT_THAT(plan.mounts[1].mount.options.data, ElementsAre(option));
  EXPECT_EQ(plan.label_option, option);
  EXPECT_TRUE(plan.mounts[0].root_label.empty());
}

TEST(ApplyLabel, TheAnnotationSaysByWhichOption) {
  Plan plan;
  plan.mounts.push_back(planned(Kind::kFileSystem, "tmpfs"));
  apply_label(kLabel, "rootcontext", plan);
  EXPECT_THAT(plan.mounts[0].mount.options.data, ElementsAre(std::string("rootcontext=") + kLabel));
}

TEST(ApplyLabel, NotOnWhatHasLabelsOfItsOwn) {
  Plan plan;
  for (const char* type : {"proc", "sysfs"}) plan.mounts.push_back(planned(Kind::kFileSystem, type));
  plan.mounts.push_back(planned(Kind::kBind, "tmpfs"));
  plan.mounts.push_back(planned(Kind::kRemount, "tmpfs"));
  plan.mounts.push_back(planned(Kind::kCgroup, "cgroup"));
  apply_label(kLabel, "context", plan);
  for (const PlannedMount& mount : plan.mounts) {
    EXPECT_THAT(mount.mount.options.data, IsEmpty());
    EXPECT_EQ(mount.root_label, "");
  }
}

TEST(ApplyLabel, AnOptionOfTheConfigStays) {
  Plan plan;
  plan.mounts.push_back(planned(Kind::kFileSystem, "tmpfs", {"fscontext=\"a:b:c:d\""}));
  apply_label(kLabel, "context", plan);
  EXPECT_THAT(plan.mounts[0].mount.options.data, ElementsAre("fscontext=\"a:b:c:d\""));
}

TEST(ApplyLabel, AnMqueueTakesItAsAnAttribute) {
  Plan plan;
  plan.mounts.push_back(planned(Kind::kFileSystem, "mqueue"));
  apply_label(kLabel, "context", plan);
  EXPECT_EQ(plan.mounts[0].root_label, kLabel);
  EXPECT_THAT(plan.mounts[0].mount.options.data, IsEmpty());
}

}  // namespace
}  // namespace brig::mounts
