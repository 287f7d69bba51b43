#include "runtime/container/cgroup_view.h"

#include <gtest/gtest.h>

#include "oci/read_config.h"

namespace brig::container {
namespace {

constexpr const char* kNewCgroup = R"({"type": "cgroup"})";
constexpr const char* kWritable = R"({"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
                                      "options": ["nosuid", "rw"]})";

std::optional<uid_t> owner(const std::string& namespaces, const std::string& mount, const std::string& uid,
                           const std::string& rest = "") {
  const Result<oci::Config> config = oci::read_config(
      R"({"ociVersion": "1.3.0", "root": {"path": "r"}, "process": {"cwd": "/", "args": ["x"], "user": {"uid": )" +
      uid + R"(, "gid": 0}}, "mounts": [)" + mount + R"(], "linux": {"namespaces": [)" + namespaces + "]" + rest +
      "}}");
  EXPECT_TRUE(config.ok()) << config.error().to_string();
  return config.ok() ? cgroup_owner(config.value()) : std::nullopt;
}

TEST(CgroupOwner, IsTheProcessUserWhereTheCgroupIsItsOwnToManage) {
  EXPECT_EQ(owner(kNewCgroup, kWritable, "1000"), uid_t{1000});
  EXPECT_EQ(owner(kNewCgroup, kWritable, "0"), std::nullopt) << "root has it anyway";
}

TEST(CgroupOwner, NeedsANewCgroupNamespace) {
  EXPECT_EQ(owner("", kWritable, "1000"), std::nullopt);
  EXPECT_EQ(owner(R"({"type": "cgroup", "path": "/proc/1/ns/cgroup"})", kWritable, "1000"), std::nullopt);
}

TEST(CgroupOwner, NeedsAWritableMountOfThisVeryForm) {
  for (const char* mount : {
           "",
           R"({"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro"]})",
           R"({"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "none", "options": []})",
           R"({"destination": "/cgroup", "type": "cgroup", "source": "cgroup", "options": []})",
       })
    EXPECT_EQ(owner(kNewCgroup, mount, "1000"), std::nullopt) << mount;
}

TEST(CgroupOwner, IsTheUserOfTheHost) {
  const std::string mapped = R"(, "uidMappings": [{"containerID": 0, "hostID": 100000, "size": 10},
                                                  {"containerID": 20, "hostID": 200000, "size": 10}],
                                  "gidMappings": [{"containerID": 0, "hostID": 100000, "size": 10}])";
  const std::string user = std::string(kNewCgroup) + R"(, {"type": "user"})";
  EXPECT_EQ(owner(user, kWritable, "0", mapped), uid_t{100000});
  EXPECT_EQ(owner(user, kWritable, "21", mapped), uid_t{200001});
  EXPECT_EQ(owner(user, kWritable, "10", mapped), std::nullopt);
  // Joined, and described as Kubernetes does; joined, and not described.
  const std::string joined = std::string(kNewCgroup) + R"(, {"type": "user", "path": "/proc/4100/ns/user"})";
  EXPECT_EQ(owner(joined, kWritable, "0", mapped), uid_t{100000});
  EXPECT_EQ(owner(joined, kWritable, "0"), std::nullopt);
}

}  // namespace
}  // namespace brig::container
