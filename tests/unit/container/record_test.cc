#include "runtime/container/record.h"

#include <gtest/gtest.h>
#include <sched.h>

namespace brig::container {
namespace {

ExecDefaults full_defaults() {
  ExecDefaults defaults;
  oci::Process& process = defaults.process;
  process.cwd = "/srv";
  process.env = {"PATH=/bin", "A=\"\n"};
  process.user = {.uid = 1000, .gid = 4294967294, .umask = 027, .additional_gids = {5, 6}};
  process.capabilities = {.bounding = 1, .effective = 2, .inheritable = 3, .permitted = 1ULL << 40, .ambient = 5};
  process.rlimits = {{.type = 7, .soft = 10, .hard = UINT64_MAX}, {.type = 0, .soft = 1, .hard = 2}};
  process.no_new_privileges = true;
  process.oom_score_adj = -500;
  process.scheduler = {.policy = 6, .nice = -3, .priority = 1, .flags = 2, .runtime = 3, .deadline = 4, .period = 5};
  process.io_priority = {.io_class = 2, .priority = 7};
  process.exec_cpu_affinity = {.initial = "7", .final = "0-3,7"};
  process.apparmor_profile = "profile";
  process.selinux_label = "u:r:t:s0";
  defaults.namespaces = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME;
  defaults.root_by_chroot = true;
  defaults.new_keyring = false;
  defaults.seccomp = true;
  defaults.seccomp_listener = {.path = "/run/agent2", .metadata = "n"};
  defaults.memory_policy = {.mode = 2, .flags = 1 << 15, .nodes = "0-1"};
  defaults.personality = 8;
  return defaults;
}

Record full_record() {
  Record record;
  record.id = "c1";
  record.bundle = "/bundle";
  record.rootfs = "/bundle/rootfs";
  record.created = "2026-01-31T12:00:00Z";
  record.annotations = {{"a", "b"}, {"quote\"", "line\n"}};
  record.cgroup.hierarchies = {
      {.controllers = {"cpu", "cpuacct"}, .unified = false, .mount = "/sys/fs/cgroup/cpu", .path = "/x/c1"},
      {.controllers = {}, .unified = true, .mount = "/sys/fs/cgroup/unified", .path = "/x/c1"}};
  record.ready = true;
  record.init = {.pid = 4242, .start_time = 123456789012345, .boot_id = "0a-1b"};
  record.private_pid_namespace = true;
  record.poststart = {{.path = "/bin/a", .args = {"a", "b c"}, .env = std::vector<std::string>{"X=1"}, .timeout = 5}};
  record.poststop = {{.path = "/bin/b", .args = {}, .env = std::vector<std::string>(), .timeout = std::nullopt},
                     {.path = "/bin/c", .args = {}, .env = {}, .timeout = {}}};
  record.seccomp_listener = {.path = "/run/agent", .metadata = "m\""};
  record.exec = full_defaults();
  record.limits = {.asked = {.memory_and_swap = 1 << 30}, .devices = {"deny a *:* rwm", "allow c 1:3 rwm"}};
  record.rootfs_mounts = {.boot_id = "0a-1b", .below = 1, .fence = 18446744073709551615U, .tree = 3};
  record.rdt = {.mount = "/sys/fs/resctrl", .class_name = "gold", .made_for_it = true, .monitoring = "c1"};
  return record;
}

TEST(Record, ComesBackAsItWas) {
  const Record before = full_record();
  Result<Record> decoded = decode(encode(before));
  ASSERT_TRUE(decoded.ok()) << decoded.error().to_string();
  const Record& after = decoded.value();
  EXPECT_EQ(after.id, before.id);
  EXPECT_EQ(after.bundle, before.bundle);
  EXPECT_EQ(after.rootfs, before.rootfs);
  EXPECT_EQ(after.created, before.created);
  EXPECT_EQ(after.annotations, before.annotations);
  EXPECT_EQ(after.cgroup.hierarchies, before.cgroup.hierarchies);
  EXPECT_EQ(after.ready, before.ready);
  EXPECT_EQ(after.init.pid, before.init.pid);
  EXPECT_EQ(after.init.start_time, before.init.start_time);
  EXPECT_EQ(after.init.boot_id, before.init.boot_id);
  EXPECT_EQ(after.private_pid_namespace, before.private_pid_namespace);
  ASSERT_EQ(after.poststart.size(), 1u);
  EXPECT_EQ(after.poststart[0].path, "/bin/a");
  EXPECT_EQ(after.poststart[0].args, before.poststart[0].args);
  EXPECT_EQ(after.poststart[0].env, before.poststart[0].env);
  EXPECT_EQ(after.poststart[0].timeout, 5);
  ASSERT_EQ(after.poststop.size(), 2u);
  EXPECT_EQ(after.poststop[0].timeout, std::nullopt);
  EXPECT_EQ(after.limits.asked, before.limits.asked);
  EXPECT_EQ(after.limits.devices, before.limits.devices);
  ASSERT_TRUE(after.seccomp_listener);
  EXPECT_EQ(after.seccomp_listener->path, "/run/agent");
  EXPECT_EQ(after.seccomp_listener->metadata, "m\"");
  EXPECT_EQ(after.rootfs_mounts, before.rootfs_mounts);
  ASSERT_TRUE(after.rdt);
  EXPECT_EQ(after.rdt->monitoring_directory(), "/sys/fs/resctrl/gold/mon_groups/c1");
  EXPECT_TRUE(after.rdt->made_for_it);
  EXPECT_EQ(encode(after), encode(before));
}

TEST(Record, AnEmptyOneComesBackToo) { EXPECT_TRUE(decode(encode(Record())).ok()); }

TEST(Record, WhatExecNeedsComesBackAsItWas) {
  Result<Record> decoded = decode(encode(full_record()));
  ASSERT_TRUE(decoded.ok()) << decoded.error().to_string();
  const ExecDefaults before = full_defaults(), &after = decoded.value().exec;
  EXPECT_EQ(after.process.cwd, before.process.cwd);
  EXPECT_EQ(after.process.env, before.process.env);
  EXPECT_EQ(after.process.user.gid, before.process.user.gid);
  EXPECT_EQ(after.process.user.umask, before.process.user.umask);
  EXPECT_EQ(after.process.user.additional_gids, before.process.user.additional_gids);
  EXPECT_EQ(after.process.capabilities.permitted, before.process.capabilities.permitted);
  EXPECT_EQ(after.process.capabilities.ambient, before.process.capabilities.ambient);
  ASSERT_EQ(after.process.rlimits.size(), 2u);
  EXPECT_EQ(after.process.rlimits[0].hard, UINT64_MAX);
  EXPECT_EQ(after.process.oom_score_adj, -500);
  ASSERT_TRUE(after.process.scheduler);
  EXPECT_EQ(after.process.scheduler->nice, -3);
  EXPECT_EQ(after.process.scheduler->period, 5u);
  ASSERT_TRUE(after.process.io_priority);
  EXPECT_EQ(after.process.io_priority->priority, 7);
  EXPECT_EQ(after.process.exec_cpu_affinity.final, "0-3,7");
  EXPECT_EQ(after.process.selinux_label, "u:r:t:s0");
  EXPECT_EQ(after.namespaces, before.namespaces);
  EXPECT_FALSE(after.new_keyring);
  EXPECT_EQ(after.seccomp_listener->path, "/run/agent2");
  EXPECT_EQ(after.memory_policy->nodes, "0-1");
  EXPECT_EQ(after.personality, 8u);
}

// Directories are removed by these names.
TEST(Record, AResctrlPlaceThatWouldBeAnotherDirectoryIsBroken) {
  for (const RdtPlace& place :
       {RdtPlace{.mount = ""}, RdtPlace{.mount = "/"}, RdtPlace{.mount = "/a/../b"}, RdtPlace{.mount = "a"},
        RdtPlace{.mount = "/a", .made_for_it = true}, RdtPlace{.mount = "/a", .class_name = "b/c"},
        RdtPlace{.mount = "/a", .class_name = "..", .made_for_it = true}, RdtPlace{.mount = "/a", .class_name = "info"},
        RdtPlace{.mount = "/a", .monitoring = "../x"}}) {
    Record record;
    record.rdt = place;
    EXPECT_FALSE(decode(encode(record)).ok()) << encode(record);
  }
}

// By these ids mounts are taken away.
TEST(Record, MountsOnTheRootfsThatWouldBeTheHostsAreBroken) {
  for (const RootfsMounts& mounts : {RootfsMounts{.boot_id = "b", .below = 1, .fence = 1, .tree = 2},
                                     RootfsMounts{.boot_id = "b", .below = 2, .fence = 1, .tree = 2},
                                     RootfsMounts{.below = 1, .fence = 2, .tree = 3}}) {
    Record record;
    record.rootfs_mounts = mounts;
    EXPECT_FALSE(decode(encode(record)).ok()) << encode(record);
  }
}

void expect_refused(const std::string& text, const std::string& what) {
  Result<Record> decoded = decode(text);
  ASSERT_FALSE(decoded.ok()) << what;
  EXPECT_EQ(decoded.error().kind(), Error::Kind::kState) << what;
}

TEST(Record, EveryTruncationIsRefused) {
  const std::string whole = encode(full_record());
  for (std::size_t size = 0; size < whole.size(); ++size) expect_refused(whole.substr(0, size), std::to_string(size));
}

// `text` with the first `from` replaced by `to`.
std::string changed(const std::string& from, const std::string& to) {
  std::string text = encode(full_record());
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " in " << text;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(Record, AValueOfAnotherTypeIsRefused) {
  struct Change {
    const char *from, *to;
  };
  for (const Change& c : {Change{"\"format\":1", "\"format\":2"},
                          Change{"\"format\":1", "\"format\":\"1\""},
                          Change{"\"id\":\"c1\"", "\"id\":1"},
                          Change{"\"id\"", "\"di\""},
                          Change{"\"bundle\":\"/bundle\"", "\"bundle\":null"},
                          Change{"\"ready\":true", "\"ready\":1"},
                          Change{"\"pid\":4242", "\"pid\":-1"},
                          Change{"\"pid\":4242", "\"pid\":4294967296"},
                          Change{"\"pid\":4242", "\"pid\":4242.5"},
                          Change{"\"pid\":4242", "\"pid\":\"4242\""},
                          Change{"\"startTime\":123456789012345", "\"startTime\":-5"},
                          Change{"\"startTime\":123456789012345", "\"startTime\":123456789012345678901234567890"},
                          Change{"\"privatePidNamespace\":true", "\"privatePidNamespace\":\"yes\""},
                          Change{"\"cgroup\":[", "\"cgroup\":7,\"x\":["},
                          Change{"\"cgroup\":[", "\"x\":["},
                          Change{"\"cgroup\":[", "\"cgroup\":[5,"},
                          Change{"\"unified\":false", "\"unified\":0"},
                          Change{"\"controllers\":[\"cpu\"", "\"controllers\":[1"},
                          Change{"\"poststart\":[", "\"poststart\":5,\"x\":["},
                          Change{"\"path\":\"/bin/a\"", "\"path\":5"},
                          Change{"\"args\":[\"a\"", "\"args\":[{}"},
                          Change{"\"timeout\":5", "\"timeout\":-5"},
                          Change{"\"annotations\":{\"a\":\"b\"", "\"annotations\":{\"a\":1"},
                          Change{"\"annotations\":{", "\"annotations\":[],\"x\":{"},
                          Change{"\"seccompListener\":{", "\"seccompListener\":[],\"x\":{"},
                          Change{"\"path\":\"/run/agent\"", "\"path\":\"agent\""},
                          Change{"\"metadata\":\"m", "\"data\":\"m"},
                          Change{"\"exec\":{", "\"x\":{"},
                          Change{"\"process\":{", "\"process\":[],\"x\":{"},
                          Change{"\"uid\":1000", "\"uid\":4294967295"},
                          Change{"\"umask\":23", "\"umask\":512"},
                          Change{"\"capabilities\":[1,", "\"capabilities\":["},
                          Change{"\"rlimits\":[7,", "\"rlimits\":["},
                          Change{"\"rlimits\":[7,", "\"rlimits\":[16,"},
                          Change{"\"oomScoreAdj\":-500", "\"oomScoreAdj\":-1001"},
                          Change{"\"oomScoreAdj\":-500", "\"oomScoreAdj\":1001"},
                          Change{"\"scheduler\":[6,", "\"scheduler\":["},
                          Change{"\"ioPriority\":[2,", "\"ioPriority\":["},
                          Change{"\"finalCPUs\":\"0-3,7\"", "\"finalCPUs\":\"x\""},
                          Change{"\"namespaces\":[\"", "\"namespaces\":[\"x"},
                          Change{"\"path\":\"/run/agent2\"", "\"path\":\"agent2\""}})
    expect_refused(changed(c.from, c.to), std::string(c.from) + " -> " + c.to);
}

// What is removed and killed later: nothing may lead out of the place it names, and never to all of the machine.
TEST(Record, ACgroupElsewhereIsRefused) {
  for (const char* path :
       {"\"path\":\"/x/../../etc\"", "\"path\":\"x/c1\"", "\"path\":\"/x//c1\"", "\"path\":\"\"", "\"path\":\"/\""})
    expect_refused(changed("\"path\":\"/x/c1\"", path), path);
  for (const char* mount : {"\"mount\":\"sys\"", "\"mount\":\"/sys/fs/cgroup/../../../etc\"", "\"mount\":\"\""})
    expect_refused(changed("\"mount\":\"/sys/fs/cgroup/cpu\"", mount), mount);
}

TEST(Record, WhatIsNoObjectIsRefused) {
  for (const char* text : {"", "null", "[]", "\"state\"", "1", "{}", "{\"format\":1}", "{\"format\":1}{}"})
    expect_refused(text, text);
  expect_refused(std::string(100'000, '['), "deeply nested");
  expect_refused(changed("\"id\":\"c1\"", "\"id\":\"c1\",\"id\":\"c2\""), "a key twice");
}

}  // namespace
}  // namespace brig::container
