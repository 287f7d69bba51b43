// Each config with one thing wrong, given to create: refused for that reason, and nothing was made.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "runtime/container/operations.h"
#include "tests/support/file_content.h"
#include "tests/support/refused_configs.h"
#include "tests/support/temporary_directory.h"

namespace brig::container {
namespace {

constexpr std::string_view kId = "brig-refused-config";

std::string mounts() { return brig::testing::content_of("/proc/self/mountinfo"); }

// Directories that a cgroup of ours, or one that the config asks for, would be.
std::vector<std::string> cgroups() {
  std::vector<std::string> found;
  std::error_code ignored;
  const auto options = std::filesystem::directory_options::skip_permission_denied;
  std::filesystem::recursive_directory_iterator at("/sys/fs/cgroup", options, ignored), end;
  for (; at != end; at.increment(ignored))
    if (at->is_directory(ignored) && at->path().filename() == kId) found.push_back(at->path());
  return found;
}

class RefusedBundle : public ::testing::TestWithParam<testing::RefusedSection> {};

TEST_P(RefusedBundle, MakesNothing) {
  testing::RefusedConfigs configs;
  GetParam().add(configs);
  const testing::TemporaryDirectory place;
  ASSERT_EQ(::mkdir((place.path() + "/r").c_str(), 0755), 0);
  const std::string before = mounts();
  CreateRequest request;
  request.globals.root = place.path() + "/state";
  request.id = kId;
  request.bundle = place.path();
  for (const testing::RefusedConfig& bad : configs.list()) {
    SCOPED_TRACE(bad.json);
    std::ofstream(place.path() + "/config.json") << bad.json;
    const Result<void> created = create(request);
    ASSERT_FALSE(created.ok());
    EXPECT_EQ(created.error().subject(), bad.pointer) << created.error().to_string();
    const std::filesystem::path state = request.globals.root;
    EXPECT_TRUE(!std::filesystem::exists(state) || std::filesystem::is_empty(state));
    EXPECT_EQ(mounts(), before);
  }
  EXPECT_TRUE(cgroups().empty());
}

INSTANTIATE_TEST_SUITE_P(Config, RefusedBundle, ::testing::ValuesIn(testing::refused_sections()),
                         [](const auto& section) { return section.param.name; });

TEST(RefusedBundles, AreManyEnough) {
  testing::RefusedConfigs configs;
  for (const testing::RefusedSection& section : testing::refused_sections()) section.add(configs);
  EXPECT_GE(configs.list().size(), 200U);
}

}  // namespace
}  // namespace brig::container
