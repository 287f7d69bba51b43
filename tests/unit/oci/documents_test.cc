#include "oci/documents.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>

#include "oci/json.h"
#include "oci/read_config.h"
#include "oci/validate.h"

namespace brig::oci {
namespace {

State example() {
  return {.id = "web", .status = Status::kRunning, .pid = 42, .bundle = "/b", .annotations = {{"k\"", "v"}, {"a", ""}}};
}

TEST(StateForHooks, IsTheSpecificationsOnOneLine) {
  EXPECT_EQ(
      state_for_hooks(example()),
      R"({"ociVersion":"1.3.0","id":"web","status":"running","pid":42,"bundle":"/b","annotations":{"a":"","k\"":"v"}})");
}

TEST(StateForHooks, LeavesOutWhatIsNotThere) {
  EXPECT_EQ(state_for_hooks({.id = "web", .status = Status::kStopped, .bundle = "/b"}),
            R"({"ociVersion":"1.3.0","id":"web","status":"stopped","bundle":"/b"})");
}

// config-linux.md#containerprocessstate
TEST(ContainerProcessState, IsTheSpecifications) {
  State state = example();
  state.annotations.clear();
  EXPECT_EQ(container_process_state(state, "a\"b", state.pid),
            R"({"ociVersion":"1.3.0","fds":["seccompFd"],"pid":42,"metadata":"a\"b",)"
            R"("state":{"ociVersion":"1.3.0","id":"web","status":"running","pid":42,"bundle":"/b"}})");
  EXPECT_EQ(container_process_state(state, "", state.pid).find("metadata"), std::string::npos);
}

TEST(StateForUsers, HasRuncsShape) {
  const Extra extra{.rootfs = "/b/rootfs", .created = "2026-01-31T12:00:00.000000001Z", .owner = "root"};
  EXPECT_EQ(state_for_users(example(), extra, 0),
            R"({"ociVersion":"1.3.0","id":"web","pid":42,"status":"running","bundle":"/b","rootfs":"/b/rootfs",)"
            R"("created":"2026-01-31T12:00:00.000000001Z","annotations":{"a":"","k\"":"v"},"owner":"root"})");
}

TEST(StateForUsers, AlwaysHasAPid) {
  const std::string text = state_for_users({.id = "x", .status = Status::kStopped}, {}, 2);
  EXPECT_NE(text.find("\n  \"pid\": 0,\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("annotations"), std::string::npos) << text;
}

TEST(ListForUsers, IsAnArrayOfStates) {
  EXPECT_EQ(list_for_users({}), "[]");
  const std::string text = list_for_users({{.state = example()}, {.state = {.id = "second"}}});
  const Result<json::Value> parsed = json::parse(text);
  ASSERT_TRUE(parsed.ok()) << text;
  ASSERT_EQ(parsed.value().array.size(), 2u);
  EXPECT_EQ(parsed.value().array[1].find("id")->string, "second");
  EXPECT_EQ(parsed.value().array[1].find("status")->string, "creating");
}

TEST(StatusName, All) {
  EXPECT_EQ(status_name(Status::kCreating), "creating");
  EXPECT_EQ(status_name(Status::kCreated), "created");
  EXPECT_EQ(status_name(Status::kRunning), "running");
  EXPECT_EQ(status_name(Status::kPaused), "paused");
  EXPECT_EQ(status_name(Status::kStopped), "stopped");
}

Config new_valid_config(const std::optional<Rootless>& rootless) {
  Result<Config> config = read_config(new_config(rootless));
  EXPECT_TRUE(config.ok()) << config.error().to_string();
  Result<ValidConfig> valid = validate(std::move(config).value());
  EXPECT_TRUE(valid.ok()) << valid.error().to_string();
  return *valid.value();
}

TEST(NewConfig, StartsAShellWithLittlePrivilege) {
  const Config config = new_valid_config(std::nullopt);
  ASSERT_TRUE(config.process);
  EXPECT_TRUE(config.process->terminal && config.process->no_new_privileges && config.root.readonly);
  EXPECT_EQ(config.process->args, std::vector<std::string>{"sh"});
  EXPECT_EQ(config.process->capabilities.bounding, 1u << 5 | 1u << 10 | 1u << 29);
  EXPECT_EQ(config.process->capabilities.inheritable, 0u);
  EXPECT_EQ(config.linux_.namespaces.size(), 6u);
  EXPECT_FALSE(config.new_namespace(CLONE_NEWUSER));
  ASSERT_EQ(config.linux_.resources.devices.size(), 1u);
  EXPECT_FALSE(config.linux_.resources.devices[0].allow);
  for (const char* path : {"/proc/kcore", "/proc/interrupts", "/sys/firmware", "/sys/devices/virtual/powercap"})
    EXPECT_EQ(std::count(config.linux_.masked_paths.begin(), config.linux_.masked_paths.end(), path), 1) << path;
}

TEST(NewConfig, Rootless) {
  const Config config = new_valid_config(Rootless{.uid = 1000, .gid = 1001});
  EXPECT_TRUE(config.new_namespace(CLONE_NEWUSER));
  EXPECT_EQ(config.namespace_of(CLONE_NEWNET), nullptr);
  ASSERT_EQ(config.linux_.gid_mappings.size(), 1u);
  EXPECT_EQ(config.linux_.uid_mappings[0].host_id, 1000u);
  EXPECT_EQ(config.linux_.gid_mappings[0].host_id, 1001u);
  EXPECT_TRUE(config.linux_.resources.devices.empty());
  for (const Mount& mount : config.mounts)
    for (const std::string& option : mount.options.data) EXPECT_FALSE(option.starts_with("gid=")) << option;
}

}  // namespace
}  // namespace brig::oci
