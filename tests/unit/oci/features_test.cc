// What `features` says, brig does: each name it lists is given to the reader.
#include "oci/features.h"

#include <gtest/gtest.h>

#include "base/log.h"
#include "base/text.h"
#include "oci/documents.h"
#include "oci/json.h"
#include "oci/names.h"
#include "oci/read_config.h"

namespace brig::oci {
namespace {

const SeccompFeatures kSeccomp = {.actions = {"SCMP_ACT_LOG"},
                                  .operators = {"SCMP_CMP_EQ"},
                                  .architectures = {"SCMP_ARCH_X86"},
                                  .known_flags = {"A", "B"},
                                  .supported_flags = {"A"}};

const json::Value& document() {
  static const Result<json::Value> parsed = json::parse(features_document(kSeccomp, {{"io.example.key", "value"}}));
  return parsed.value();
}

std::vector<std::string> strings(const json::Value* array) {
  std::vector<std::string> all;
  for (const json::Value& element : array->array) all.push_back(element.string);
  return all;
}

const json::Value* find(std::initializer_list<std::string_view> path) {
  const json::Value* at = &document();
  for (const std::string_view key : path) at = at->find(key);
  return at;
}

Result<Config> with(std::string_view members) {
  return read_config(text::cat(R"({"ociVersion":"1.3.0","root":{"path":"r"},)", members, "}"));
}

// Read without an error, and without a word about something that is ignored.
void expect_known(const std::string& members) {
  log::Recorder recorder;
  const Result<Config> config = with(members);
  EXPECT_TRUE(config.ok()) << members << ": " << config.error().to_string();
  for (const log::Record& record : recorder.take()) ADD_FAILURE() << members << ": " << record.message;
}

TEST(Features, BothVersionsAreAccepted) {
  for (const char* key : {"ociVersionMin", "ociVersionMax"}) {
    const std::string version = find({key})->string;
    EXPECT_TRUE(read_config(text::cat(R"({"ociVersion":")", version, R"(","root":{"path":"r"}})")).ok()) << version;
  }
  EXPECT_EQ(find({"ociVersionMax"})->string, kSpecVersion);
}

TEST(Features, EveryHookIsKnown) {
  const std::vector<std::string> hooks = strings(find({"hooks"}));
  EXPECT_EQ(hooks.size(), 6u);
  for (const std::string& name : hooks) expect_known(text::cat(R"("hooks":{")", name, R"(":[{"path":"/bin/true"}]})"));
}

TEST(Features, MountOptionsAreThoseThatAreNoData) {
  const std::vector<std::string> options = strings(find({"mountOptions"}));
  for (const char* name : {"rro", "rbind", "idmap", "ridmap", "tmpcopyup", "nosymfollow", "remount"})
    EXPECT_TRUE(text::contains(options, name)) << name;
  for (const std::string& name : options) {
    MountOptions decoded;
    add_mount_option(name, decoded);
    EXPECT_TRUE(decoded.data.empty()) << name;
  }
}

TEST(Features, EveryNamespaceIsKnown) {
  const std::vector<std::string> namespaces = strings(find({"linux", "namespaces"}));
  EXPECT_EQ(namespaces.size(), 8u);
  for (const std::string& name : namespaces)
    expect_known(text::cat(R"("linux":{"namespaces":[{"type":")", name, R"("}]})"));
}

TEST(Features, EveryCapabilityIsKnown) {
  const std::vector<std::string> capabilities = strings(find({"linux", "capabilities"}));
  EXPECT_EQ(capabilities.size(), 41u);
  for (const std::string& name : capabilities)
    expect_known(text::cat(R"("process":{"cwd":"/","args":["a"],"capabilities":{"bounding":[")", name, R"("]}})"));
}

TEST(Features, EveryMemoryPolicyIsKnown) {
  const std::vector<std::string> modes = strings(find({"linux", "memoryPolicy", "modes"}));
  EXPECT_EQ(modes.size(), 7u);
  for (const std::string& name : modes) {
    const Result<Config> config = with(text::cat(R"("linux":{"memoryPolicy":{"mode":")", name, R"(","nodes":"0"}})"));
    EXPECT_TRUE(config.ok() || config.error().subject() != "/linux/memoryPolicy/mode") << name;
  }
  const std::vector<std::string> flags = strings(find({"linux", "memoryPolicy", "flags"}));
  EXPECT_EQ(flags.size(), 3u);
  for (const std::string& name : flags)
    expect_known(text::cat(R"("linux":{"memoryPolicy":{"mode":"MPOL_BIND","nodes":"0","flags":[")", name, R"("]}})"));
}

TEST(Features, WhatIsEnabledIsRead) {
  for (const char* name : {"apparmor", "selinux", "intelRdt", "netDevices"})
    EXPECT_TRUE(find({"linux", name, "enabled"})->boolean) << name;
  expect_known(R"("process":{"cwd":"/","args":["a"],"apparmorProfile":"p","selinuxLabel":"l"})");
  expect_known(R"("linux":{"intelRdt":{"closID":"c","schemata":["L3:0=f"],"enableMonitoring":true}})");
  expect_known(R"("linux":{"netDevices":{"eth0":{}}})");
  EXPECT_TRUE(find({"linux", "mountExtensions", "idmap", "enabled"})->boolean);
  expect_known(R"("mounts":[{"destination":"/a","source":"/b","options":["rbind"],)"
               R"("uidMappings":[{"containerID":0,"hostID":1,"size":1}],)"
               R"("gidMappings":[{"containerID":0,"hostID":1,"size":1}]}])");
  EXPECT_TRUE(find({"linux", "cgroup", "rdma"})->boolean);
  expect_known(R"("linux":{"resources":{"rdma":{"mlx5_1":{"hcaHandles":3}}}})");
}

TEST(Features, EveryKindOfCgroup) {
  for (const char* kind : {"v1", "v2", "systemd", "systemdUser", "rdma"})
    EXPECT_TRUE(find({"linux", "cgroup", kind})->boolean) << kind;
}

TEST(Features, AnnotationsThatAreHeededAreNamed) {
  EXPECT_EQ(strings(find({"potentiallyUnsafeConfigAnnotations"})),
            std::vector<std::string>({std::string(kMountContextType), "org.systemd.property."}));
}

TEST(Features, TheCallersPartIsPassedOn) {
  EXPECT_EQ(strings(find({"linux", "seccomp", "actions"})), std::vector<std::string>({"SCMP_ACT_LOG"}));
  EXPECT_EQ(strings(find({"linux", "seccomp", "knownFlags"})), std::vector<std::string>({"A", "B"}));
  EXPECT_EQ(strings(find({"linux", "seccomp", "supportedFlags"})), std::vector<std::string>({"A"}));
  EXPECT_EQ(find({"annotations", "io.example.key"})->string, "value");
}

}  // namespace
}  // namespace brig::oci
