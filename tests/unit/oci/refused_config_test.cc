// Each config with one thing wrong is refused, with the JSON pointer that names it.
#include <gtest/gtest.h>

#include "oci/read_config.h"
#include "oci/validate.h"
#include "tests/support/refused_configs.h"

namespace brig::oci {
namespace {

Result<ValidConfig> accept(std::string_view text) {
  Config config = TRY(read_config(text));
  return validate(std::move(config));
}

constexpr std::string_view kTop = R"({"ociVersion": "1.3.0", "root": {"path": "r"}, )";

class Refused : public ::testing::TestWithParam<testing::RefusedSection> {};

TEST_P(Refused, WithItsPointer) {
  testing::RefusedConfigs configs;
  GetParam().add(configs);
  for (const testing::RefusedConfig& bad : configs.list()) {
    SCOPED_TRACE(bad.json);
    const Result<ValidConfig> result = accept(bad.json);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind(), Error::Kind::kConfig);
    EXPECT_EQ(result.error().subject(), bad.pointer);
    EXPECT_NE(result.error().to_string().find(bad.reason), std::string::npos) << result.error().to_string();
  }
}

INSTANTIATE_TEST_SUITE_P(Config, Refused, ::testing::ValuesIn(testing::refused_sections()),
                         [](const auto& section) { return section.param.name; });

// Everything at once that could be taken for wrong and is not.
TEST(Accepted, JustInsideTheRules) {
  const Result<ValidConfig> result = accept(std::string(kTop) + R"("hostname": "h", "domainname": "d",
      "mounts": [{"destination": "/", "options": ["remount", "bind", "ro"]},
                 {"destination": "/t", "type": "tmpfs", "options": ["tmpcopyup", "size=1k"]},
                 {"destination": "/b", "source": "rel", "type": "none", "options": ["rbind", "ro", "async", "sync", ""]}],
      "process": {"cwd": "/", "args": ["a"], "user": {"uid": 9, "gid": 9},
                  "rlimits": [{"type": "RLIMIT_CORE", "soft": 1, "hard": 1}, {"type": "RLIMIT_CPU", "soft": 0, "hard": 0}]},
      "linux": {"namespaces": [{"type": "mount", "path": "/m"}, {"type": "uts", "path": "/u"}, {"type": "time"},
                               {"type": "network", "path": "/n"}, {"type": "user"}],
                "uidMappings": [{"containerID": 0, "hostID": 10, "size": 10}, {"containerID": 10, "hostID": 0, "size": 10}],
                "gidMappings": [{"containerID": 9, "hostID": 9, "size": 1}],
                "timeOffsets": {"boottime": {"secs": 1}}, "cgroupsPath": "system.slice:docker:x..y",
                "sysctl": {"net.core.somaxconn": "1", "user.max_user_namespaces": "0", "kernel.domainname": "x"},
                "maskedPaths": ["/a"], "readonlyPaths": ["/b"], "rootfsPropagation": "private",
                "seccomp": {"defaultAction": "SCMP_ACT_ALLOW",
                            "syscalls": [{"names": ["x"], "action": "SCMP_ACT_TRACE", "errnoRet": 3}]}}})");
  EXPECT_TRUE(result.ok()) << result.error().to_string();
}

// A pod's container joins a user namespace and repeats its mappings; ids need not be mapped by what is repeated.
TEST(Accepted, MappingsBesideAJoinedUserNamespace) {
  const Result<ValidConfig> result = accept(std::string(kTop) + R"(
      "process": {"cwd": "/", "args": ["a"], "user": {"uid": 70000}},
      "linux": {"namespaces": [{"type": "user", "path": "/proc/1/ns/user"}],
                "uidMappings": [{"containerID": 0, "hostID": 10, "size": 10}]}})");
  EXPECT_TRUE(result.ok()) << result.error().to_string();
}

}  // namespace
}  // namespace brig::oci
