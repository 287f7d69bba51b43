// Configs in the shapes that engines write (data/*.json) are taken whole.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include "oci/read_config.h"
#include "oci/validate.h"
#include "tests/support/file_content.h"

namespace brig::oci {
namespace {

Config engine_config(const std::string& name) {
  Result<Config> config = read_config(testing::content_beside(__FILE__, "data/" + name + ".json"));
  EXPECT_TRUE(config.ok()) << name << ": " << config.error().to_string();
  if (!config.ok()) return {};
  Result<ValidConfig> valid = validate(std::move(config).value());
  EXPECT_TRUE(valid.ok()) << name << ": " << valid.error().to_string();
  return valid.ok() ? *valid.value() : Config{};
}

TEST(EngineConfigs, Docker) {
  const Config config = engine_config("docker");
  EXPECT_EQ(config.mounts.size(), 11u);
  EXPECT_EQ(config.mounts.back().options.recursive_set, std::uint64_t{MOUNT_ATTR_RDONLY});
  EXPECT_EQ(config.hooks.prestart.size(), 1u);
  EXPECT_TRUE(config.new_namespace(CLONE_NEWTIME) && config.linux_.time_offsets.empty());
  EXPECT_EQ(config.linux_.resources.memory.swap, 1073741824);
  EXPECT_FALSE(config.linux_.resources.memory.reservation);
  ASSERT_TRUE(config.linux_.seccomp);
  std::size_t names = 0;
  for (const SeccompRule& rule : config.linux_.seccomp->syscalls) names += rule.names.size();
  EXPECT_GT(names, 350u);
}

TEST(EngineConfigs, DockerPrivileged) {
  const Config config = engine_config("docker-privileged");
  EXPECT_EQ(config.process->capabilities.bounding, (std::uint64_t{1} << 41) - 1);
  ASSERT_EQ(config.linux_.resources.devices.size(), 1u);
  EXPECT_TRUE(config.linux_.resources.devices[0].allow);
  EXPECT_EQ(config.linux_.devices.at(1).type, 'b');
}

TEST(EngineConfigs, PodmanSystemdInAUserNamespace) {
  const Config config = engine_config("podman-systemd-userns");
  EXPECT_EQ(config.process->user.umask, mode_t{022});
  EXPECT_EQ(config.linux_.devices.at(0).file_mode, mode_t{0666});
  EXPECT_EQ(config.linux_.cgroups_path, "user.slice:libpod:f3a9");
  EXPECT_EQ(config.linux_.rootfs_propagation, static_cast<unsigned long>(MS_SLAVE));
  EXPECT_TRUE(config.mounts.at(8).options.tmpcopyup);
}

TEST(EngineConfigs, ContainerdPodWithAUserNamespace) {
  const Config config = engine_config("containerd-cri-userns");
  EXPECT_EQ(config.namespace_of(CLONE_NEWUSER)->path, "/proc/4100/ns/user");
  EXPECT_EQ(config.linux_.uid_mappings.size(), 1u);
  EXPECT_EQ(config.process->oom_score_adj, 985);
}

TEST(EngineConfigs, Buildah) { EXPECT_EQ(engine_config("buildah").mounts.size(), 7u); }

}  // namespace
}  // namespace brig::oci
