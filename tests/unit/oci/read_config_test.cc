#include "oci/read_config.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "base/text.h"

namespace brig::oci {
namespace {

Config read(std::string_view text) {
  Result<Config> config = read_config(text);
  EXPECT_TRUE(config.ok()) << config.error().to_string();
  return config.ok() ? std::move(config).value() : Config{};
}

constexpr std::string_view kProcess = R"({
  "ociVersion": "1.0.2-dev", "root": {"path": "rootfs", "readonly": true}, "hostname": "h", "domainname": "d",
  "annotations": {"b": "2", "a": ""},
  "process": {
    "consoleSize": {"height": 25, "width": 80}, "terminal": true, "cwd": "/w", "env": ["A=1", "B=", "C=x=y"],
    "args": ["sh", ""], "commandLine": "x", "noNewPrivileges": true, "oomScoreAdj": -1000,
    "user": {"uid": 4294967294, "gid": 7, "umask": 511, "additionalGids": [0, 5], "username": "w"},
    "capabilities": {"bounding": ["CAP_CHOWN", "CAP_FUTURE"], "effective": ["CAP_KILL"], "inheritable": [],
                     "permitted": ["CAP_KILL", "CAP_CHECKPOINT_RESTORE"], "ambient": null},
    "rlimits": [{"type": "RLIMIT_CORE", "soft": 1, "hard": 18446744073709551615}]},
  "hooks": {"prestart": [{"path": "/a", "args": ["x", "y"], "env": ["K=V"], "timeout": 3}],
            "createRuntime": [{"path": "/b"}], "createContainer": [{"path": "/c"}], "startContainer": [{"path": "/d"}],
            "poststart": [{"path": "/e"}], "poststop": [{"path": "/f"}, {"path": "/g"}]}})";

TEST(ReadConfig, TopLevel) {
  const Config config = read(kProcess);
  EXPECT_EQ(config.oci_version, "1.0.2-dev");
  EXPECT_EQ(config.root.path, "rootfs");
  EXPECT_TRUE(config.root.readonly);
  EXPECT_EQ(config.hostname, "h");
  EXPECT_EQ(config.domainname, "d");
  EXPECT_EQ(config.annotations, (Annotations{{"a", ""}, {"b", "2"}}));
}

TEST(ReadConfig, OfTwoVariablesOfOneNameTheLaterCounts) {
  const Config config = read(R"({"ociVersion": "1.0.0", "root": {"path": "r"},
    "process": {"cwd": "/", "args": ["x"], "env": ["A=1", "AB=2", "A=3", "B=", "B=x", "A=", "C=5"]},
    "hooks": {"poststop": [{"path": "/f", "env": ["K=1", "K=2"]}]}})");
  EXPECT_EQ(config.process->env, (std::vector<std::string>{"AB=2", "B=x", "A=", "C=5"}));
  EXPECT_EQ(config.hooks.poststop[0].env, std::vector<std::string>{"K=2"});
}

TEST(ReadConfig, Process) {
  const Config config = read(kProcess);
  ASSERT_TRUE(config.process && config.process->console_size);
  const Process& process = *config.process;
  EXPECT_TRUE(process.terminal && process.no_new_privileges);
  EXPECT_EQ(process.console_size->height, 25);
  EXPECT_EQ(process.console_size->width, 80);
  EXPECT_EQ(process.cwd, "/w");
  EXPECT_EQ(process.env, (std::vector<std::string>{"A=1", "B=", "C=x=y"}));
  EXPECT_EQ(process.args, (std::vector<std::string>{"sh", ""}));
  EXPECT_EQ(process.oom_score_adj, -1000);
  EXPECT_EQ(process.user.uid, 4294967294u);
  EXPECT_EQ(process.user.gid, 7u);
  EXPECT_EQ(process.user.umask, mode_t{0777});
  EXPECT_EQ(process.user.additional_gids, (std::vector<gid_t>{0, 5}));
  EXPECT_EQ(process.capabilities.bounding, 1u);  // the unknown one is left out
  EXPECT_EQ(process.capabilities.effective, 1u << 5);
  EXPECT_EQ(process.capabilities.permitted, 1u << 5 | std::uint64_t{1} << 40);
  EXPECT_EQ(process.capabilities.inheritable | process.capabilities.ambient, 0u);
  ASSERT_EQ(process.rlimits.size(), 1u);
  EXPECT_EQ(process.rlimits[0].type, RLIMIT_CORE);
  EXPECT_EQ(process.rlimits[0].soft, 1u);
  EXPECT_EQ(process.rlimits[0].hard, RLIM_INFINITY);
}

TEST(ReadConfig, Hooks) {
  const Hooks hooks = read(kProcess).hooks;
  ASSERT_EQ(hooks.prestart.size(), 1u);
  EXPECT_EQ(hooks.prestart[0].path, "/a");
  EXPECT_EQ(hooks.prestart[0].args, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(hooks.prestart[0].env, std::vector<std::string>{"K=V"});
  EXPECT_EQ(hooks.prestart[0].timeout, 3);
  EXPECT_EQ(hooks.create_runtime.at(0).path, "/b");
  EXPECT_FALSE(hooks.create_runtime.at(0).timeout);
  EXPECT_EQ(hooks.create_container.at(0).path, "/c");
  EXPECT_EQ(hooks.start_container.at(0).path, "/d");
  EXPECT_EQ(hooks.poststart.at(0).path, "/e");
  EXPECT_EQ(hooks.poststop.at(1).path, "/g");
}

TEST(ReadConfig, Defaults) {
  const Config config =
      read(R"({"ociVersion": "1.3.0", "root": {"path": "r"}, "process": {"cwd": "/", "args": ["x"]}})");
  const Process& process = *config.process;
  EXPECT_FALSE(process.terminal || process.console_size || process.no_new_privileges || process.oom_score_adj ||
               process.user.umask || config.root.readonly);
  EXPECT_EQ(process.capabilities.bounding, 0u);
  EXPECT_TRUE(config.hooks.empty() && config.mounts.empty() && config.annotations.empty());
  EXPECT_TRUE(config.hostname.empty() && config.linux_.namespaces.empty() && !config.linux_.seccomp);
  EXPECT_FALSE(read(R"({"ociVersion": "1.3.0", "root": {"path": "r"}})").process);
}

TEST(ReadConfig, ConsoleSizeIsIgnoredWithoutTerminal) {
  for (const char* size : {"{\"height\": 1, \"width\": 2}", "{\"height\": -1}", "7"}) {
    const Config config = read(std::string(R"({"ociVersion": "1.3.0", "root": {"path": "r"},
        "process": {"cwd": "/", "args": ["x"], "consoleSize": )") +
                               size + "}}");
    EXPECT_FALSE(config.process->console_size) << size;
  }
}

TEST(ReadConfig, Mounts) {
  const Config config = read(R"({"ociVersion": "1.3.0", "root": {"path": "r"}, "mounts": [
      {"destination": "/a//b/../c/", "type": "tmpfs", "source": "t", "options": ["nosuid", "size=1k", "", "rshared"]},
      {"destination": "d/e", "source": "s", "options": ["rbind", "rro"]},
      {"destination": "/../x", "type": "proc", "options": null, "uidMappings": [], "gidMappings": null}]})");
  ASSERT_EQ(config.mounts.size(), 3u);
  EXPECT_EQ(config.mounts[0].destination, "/a/c");
  EXPECT_EQ(config.mounts[0].type, "tmpfs");
  EXPECT_EQ(config.mounts[0].source, "t");
  EXPECT_EQ(config.mounts[0].options.set, std::uint64_t{MOUNT_ATTR_NOSUID});
  EXPECT_EQ(config.mounts[0].options.data, std::vector<std::string>{"size=1k"});
  EXPECT_EQ(config.mounts[0].options.propagation, std::vector<unsigned long>{MS_SHARED | MS_REC});
  EXPECT_EQ(config.mounts[1].destination, "/d/e");
  EXPECT_TRUE(config.mounts[1].options.bind && config.mounts[1].options.recursive);
  EXPECT_EQ(config.mounts[1].options.recursive_set, std::uint64_t{MOUNT_ATTR_RDONLY});
  EXPECT_EQ(config.mounts[2].destination, "/x");
}

TEST(ReadConfig, MappingsOfMounts) {
  const Config config = read(R"({"ociVersion": "1.3.0", "root": {"path": "r"},
      "mounts": [
        {"destination": "/a", "source": "s", "options": ["bind", "idmap"],
         "uidMappings": [{"containerID": 1, "hostID": 2, "size": 3}],
         "gidMappings": [{"containerID": 4, "hostID": 5, "size": 6}]},
        {"destination": "/b", "source": "s",
         "options": ["bind", "idmap=uids=0-7-10#10-11-10;gids=@0-3-1", "ro"]},
        {"destination": "/c", "source": "s", "options": ["bind", "ridmap=gids=@1-0-2;uids=@1-4-10"]},
        {"destination": "/d", "source": "s", "options": ["bind", "ridmap="]}],
      "linux": {"uidMappings": [{"containerID": 0, "hostID": 0, "size": 1}, {"containerID": 1, "hostID": 2, "size": 1000}],
                "gidMappings": [{"containerID": 0, "hostID": 500, "size": 10}]}})");
  const auto text = [](const std::vector<IdMapping>& mappings) {
    std::string all;
    for (const IdMapping& m : mappings) all += text::cat(m.container_id, '-', m.host_id, '-', m.size, ' ');
    return all;
  };
  EXPECT_EQ(text(config.mounts[0].uid_mappings) + text(config.mounts[0].gid_mappings), "1-2-3 4-5-6 ");
  EXPECT_TRUE(config.mounts[0].options.idmap && !config.mounts[0].options.recursive_idmap);
  EXPECT_EQ(text(config.mounts[1].uid_mappings) + text(config.mounts[1].gid_mappings), "0-7-10 10-11-10 0-503-1 ");
  EXPECT_TRUE(config.mounts[1].options.idmap && config.mounts[1].options.data.empty());
  EXPECT_EQ(text(config.mounts[2].uid_mappings) + text(config.mounts[2].gid_mappings), "1-5-10 1-500-2 ");
  EXPECT_TRUE(config.mounts[2].options.recursive_idmap);
  EXPECT_TRUE(config.mounts[3].options.idmap && config.mounts[3].uid_mappings.empty());
}

constexpr std::string_view kLinux = R"({"ociVersion": "1.3.0", "root": {"path": "r"}, "linux": {
  "namespaces": [{"type": "pid"}, {"type": "network", "path": "/n"}, {"type": "mount", "path": ""},
                 {"type": "time", "path": null}],
  "uidMappings": [{"containerID": 0, "hostID": 4294967294, "size": 1}],
  "gidMappings": [{"containerID": 1, "hostID": 2, "size": 4294967293}],
  "timeOffsets": {"monotonic": {"secs": -5, "nanosecs": 999999999}, "boottime": {"secs": 7}},
  "devices": [{"type": "u", "path": "/dev//x", "major": 1, "minor": 1048575, "fileMode": 8624, "uid": 1, "gid": 2},
              {"type": "b", "path": "/dev/y", "major": 4095, "minor": 0}, {"type": "p", "path": "/fifo"}],
  "cgroupsPath": "/a/b", "rootfsPropagation": "rslave", "mountLabel": "l",
  "sysctl": {"net/ipv4/ip_forward": "1", "kernel.sem": "250\t32000"},
  "maskedPaths": ["/m"], "readonlyPaths": ["/r", "/s"],
  "resources": {
    "devices": [{"allow": false}, {"allow": true, "type": "c", "major": 1, "minor": -1, "access": "rm"},
                {"allow": true, "type": "b", "access": "w"}, {"allow": true, "type": "", "major": null, "access": "rwm"}],
    "memory": {"limit": 4096, "reservation": -1, "swap": 8192},
    "cpu": {"shares": 2, "quota": -1, "burst": 0, "period": 1000, "realtimeRuntime": 5, "realtimePeriod": 6,
            "cpus": "0-3,7", "mems": "0", "idle": 1},
    "pids": {"limit": 0}},
  "seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "architectures": ["SCMP_ARCH_X86"],
    "flags": ["SECCOMP_FILTER_FLAG_LOG"], "listenerPath": "/run/agent", "listenerMetadata": "m",
    "syscalls": [{"names": ["read", "write"], "action": "SCMP_ACT_TRACE", "errnoRet": 2,
                  "args": [{"index": 5, "value": 18446744073709551615, "valueTwo": 3, "op": "SCMP_CMP_MASKED_EQ"}]}]}}})";

TEST(ReadConfig, LinuxNamespacesAndMappings) {
  const Config config = read(kLinux);
  ASSERT_EQ(config.linux_.namespaces.size(), 4u);
  EXPECT_TRUE(config.new_namespace(CLONE_NEWPID) && config.new_namespace(CLONE_NEWNS));
  EXPECT_TRUE(config.new_namespace(CLONE_NEWTIME));
  EXPECT_EQ(config.namespace_of(CLONE_NEWNET)->path, "/n");
  EXPECT_EQ(config.linux_.uid_mappings.at(0).host_id, 4294967294u);
  EXPECT_EQ(config.linux_.gid_mappings.at(0).container_id, 1u);
  EXPECT_EQ(config.linux_.gid_mappings.at(0).size, 4294967293u);
  ASSERT_EQ(config.linux_.time_offsets.size(), 2u);
  EXPECT_EQ(config.linux_.time_offsets[0].clock, "monotonic");
  EXPECT_EQ(config.linux_.time_offsets[0].secs, -5);
  EXPECT_EQ(config.linux_.time_offsets[0].nanosecs, 999999999u);
  EXPECT_EQ(config.linux_.time_offsets[1].secs, 7);
}

TEST(ReadConfig, LinuxDevicesAndPaths) {
  const Linux l = read(kLinux).linux_;
  ASSERT_EQ(l.devices.size(), 3u);
  EXPECT_EQ(l.devices[0].type, 'c');
  EXPECT_EQ(l.devices[0].path, "/dev/x");
  EXPECT_EQ(l.devices[0].minor, 1048575);
  EXPECT_EQ(l.devices[0].file_mode, mode_t{0660});  // without the type that was copied along
  EXPECT_EQ(l.devices[0].uid, 1u);
  EXPECT_EQ(l.devices[0].gid, 2u);
  EXPECT_EQ(l.devices[1].major, 4095);
  EXPECT_EQ(l.devices[1].file_mode, mode_t{0666});
  EXPECT_EQ(l.devices[2].type, 'p');
  EXPECT_EQ(l.cgroups_path, "/a/b");
  EXPECT_EQ(l.rootfs_propagation, MS_SLAVE | MS_REC);
  EXPECT_EQ(l.mount_label, "l");
  EXPECT_EQ(l.sysctl, (std::vector<std::pair<std::string, std::string>>{{"net.ipv4.ip_forward", "1"},
                                                                        {"kernel.sem", "250\t32000"}}));
  EXPECT_EQ(l.masked_paths, std::vector<std::string>{"/m"});
  EXPECT_EQ(l.readonly_paths, (std::vector<std::string>{"/r", "/s"}));
}

TEST(ReadConfig, DeviceRules) {
  const std::vector<DeviceRule> rules = read(kLinux).linux_.resources.devices;
  ASSERT_EQ(rules.size(), 4u);
  EXPECT_FALSE(rules[0].allow);
  EXPECT_EQ(rules[0].type, 'a');
  EXPECT_TRUE(rules[0].read && rules[0].write && rules[0].mknod && !rules[0].major && !rules[0].minor);
  EXPECT_TRUE(rules[1].allow && rules[1].read && !rules[1].write && rules[1].mknod);
  EXPECT_EQ(rules[1].major, 1);
  EXPECT_FALSE(rules[1].minor);
  EXPECT_TRUE(!rules[2].read && rules[2].write && !rules[2].mknod);
  EXPECT_EQ(rules[2].type, 'b');
  EXPECT_EQ(rules[3].type, 'a');
}

TEST(ReadConfig, Limits) {
  const Resources resources = read(kLinux).linux_.resources;
  EXPECT_EQ(resources.memory.limit, 4096);
  EXPECT_EQ(resources.memory.reservation, -1);
  EXPECT_EQ(resources.memory.swap, 8192);
  EXPECT_EQ(resources.cpu.shares, 2u);
  EXPECT_EQ(resources.cpu.quota, -1);
  EXPECT_EQ(resources.cpu.burst, 0u);
  EXPECT_EQ(resources.cpu.period, 1000u);
  EXPECT_EQ(resources.cpu.realtime_runtime, 5);
  EXPECT_EQ(resources.cpu.realtime_period, 6u);
  EXPECT_EQ(resources.cpu.cpus, "0-3,7");
  EXPECT_EQ(resources.cpu.mems, "0");
  EXPECT_EQ(resources.cpu.idle, 1);
  EXPECT_EQ(resources.pids_limit, 0);
}

TEST(ReadConfig, EveryOtherResource) {
  const Result<Resources> read = read_resources_document(R"({
      "memory": {"kernel": -1, "kernelTCP": 4096, "swappiness": 0, "disableOOMKiller": false, "useHierarchy": true,
                 "checkBeforeUpdate": true},
      "blockIO": {"weight": 10, "leafWeight": 1000,
                  "weightDevice": [{"major": 8, "minor": 16, "weight": 500, "leafWeight": 300},
                                   {"major": 4095, "minor": 1048575, "leafWeight": 20}],
                  "throttleReadBpsDevice": [{"major": 8, "minor": 0, "rate": 600}],
                  "throttleWriteBpsDevice": [{"major": 8, "minor": 1, "rate": 18446744073709551615}],
                  "throttleReadIOPSDevice": [{"major": 8, "minor": 2, "rate": 0}],
                  "throttleWriteIOPSDevice": [{"major": 8, "minor": 3, "rate": 300}]},
      "hugepageLimits": [{"pageSize": "64KB", "limit": 0}, {"pageSize": "1GB", "limit": 18446744073709551615}],
      "network": {"classID": 4294967295, "priorities": [{"name": "eth0", "priority": 500}]},
      "rdma": {"mlx5_1": {"hcaHandles": 3, "hcaObjects": 0}, "rxe3": {"hcaObjects": 4294967295}},
      "unified": {"io.max": "8:0 rbps=1\n8:1 wbps=2", "cgroup.max.depth": "3", "hugetlb.1GB.max": ""}})");
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  const Resources& r = read.value();
  EXPECT_EQ(r.memory.kernel, -1);
  EXPECT_EQ(r.memory.kernel_tcp, 4096);
  EXPECT_EQ(r.memory.swappiness, 0u);
  EXPECT_EQ(r.memory.disable_oom_killer, false);
  EXPECT_EQ(r.memory.use_hierarchy, true);
  EXPECT_TRUE(r.memory.check_before_update);
  EXPECT_EQ(r.block_io.weight, 10);
  EXPECT_EQ(r.block_io.leaf_weight, 1000);
  ASSERT_EQ(r.block_io.weight_devices.size(), 2u);
  EXPECT_EQ(r.block_io.weight_devices[0].device.minor, 16);
  EXPECT_EQ(r.block_io.weight_devices[0].weight, 500);
  EXPECT_EQ(r.block_io.weight_devices[0].leaf_weight, 300);
  EXPECT_EQ(r.block_io.weight_devices[1].device.major, 4095);
  EXPECT_FALSE(r.block_io.weight_devices[1].weight);
  EXPECT_EQ(r.block_io.read_bps.at(0).rate, 600u);
  EXPECT_EQ(r.block_io.write_bps.at(0).rate, UINT64_MAX);
  EXPECT_EQ(r.block_io.read_iops.at(0).device.minor, 2);
  EXPECT_EQ(r.block_io.write_iops.at(0).device.minor, 3);
  ASSERT_EQ(r.hugepage_limits.size(), 2u);
  EXPECT_EQ(r.hugepage_limits[0].page_size, "64KB");
  EXPECT_EQ(r.hugepage_limits[1].limit, UINT64_MAX);
  EXPECT_EQ(r.network.class_id, UINT32_MAX);
  EXPECT_EQ(r.network.priorities.at(0).name, "eth0");
  EXPECT_EQ(r.network.priorities.at(0).priority, 500u);
  ASSERT_EQ(r.rdma.size(), 2u);
  EXPECT_EQ(r.rdma[0].device, "mlx5_1");
  EXPECT_EQ(r.rdma[0].hca_handles, 3u);
  EXPECT_EQ(r.rdma[0].hca_objects, 0u);
  EXPECT_FALSE(r.rdma[1].hca_handles);
  EXPECT_EQ(r.unified.at("io.max"), "8:0 rbps=1\n8:1 wbps=2");
  EXPECT_EQ(r.unified.size(), 3u);
}

// docker hands on the -1 of its users as an unsigned number.
TEST(ReadConfig, SwappinessOfMinusOneIsNotGiven) {
  const Result<Resources> read = read_resources_document(R"({"memory": {"swappiness": 18446744073709551615}})");
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  EXPECT_FALSE(read.value().memory.swappiness);
}

TEST(ReadConfig, ZeroLimitsOfEnginesAreNone) {
  const Result<Resources> read = read_resources_document(R"({"memory": {"limit": 0, "reservation": 0, "swap": 0},
      "cpu": {"shares": 0, "quota": 0, "period": 0, "cpus": "", "mems": ""}, "pids": null, "blockIO": {"weight": 0}})");
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  const Resources& resources = read.value();
  EXPECT_FALSE(resources.memory.limit || resources.memory.reservation || resources.memory.swap || resources.pids_limit);
  EXPECT_FALSE(resources.cpu.shares || resources.cpu.quota || resources.cpu.period);
}

TEST(ReadConfig, Seccomp) {
  const Config config = read(kLinux);
  ASSERT_TRUE(config.linux_.seccomp);
  const Seccomp& seccomp = *config.linux_.seccomp;
  EXPECT_EQ(seccomp.default_action, "SCMP_ACT_ERRNO");
  EXPECT_EQ(seccomp.default_errno_ret, 38u);
  EXPECT_EQ(seccomp.architectures, std::vector<std::string>{"SCMP_ARCH_X86"});
  EXPECT_EQ(seccomp.flags, std::vector<std::string>{"SECCOMP_FILTER_FLAG_LOG"});
  EXPECT_EQ(seccomp.listener_path, "/run/agent");
  EXPECT_EQ(seccomp.listener_metadata, "m");
  ASSERT_EQ(seccomp.syscalls.size(), 1u);
  EXPECT_EQ(seccomp.syscalls[0].names, (std::vector<std::string>{"read", "write"}));
  EXPECT_EQ(seccomp.syscalls[0].action, "SCMP_ACT_TRACE");
  EXPECT_EQ(seccomp.syscalls[0].errno_ret, 2u);
  ASSERT_EQ(seccomp.syscalls[0].args.size(), 1u);
  EXPECT_EQ(seccomp.syscalls[0].args[0].index, 5u);
  EXPECT_EQ(seccomp.syscalls[0].args[0].value, 18446744073709551615u);
  EXPECT_EQ(seccomp.syscalls[0].args[0].value_two, 3u);
  EXPECT_EQ(seccomp.syscalls[0].args[0].op, "SCMP_CMP_MASKED_EQ");
}

TEST(ReadConfig, UnknownPropertiesAndOtherPlatformsAreIgnored) {
  read(R"({"ociVersion": "1.99.0", "root": {"path": "r", "new": [1]}, "Process": 7, "": {}, "windows": {"x": 1},
           "vm": 5, "solaris": {}, "zos": {}, "freebsd": {}, "linux": {"future": true, "resources": {"x": 1}}})");
}

TEST(ReadConfig, NullIsAbsence) {
  const Config config = read(R"({"ociVersion": "1.3.0", "root": {"path": "r", "readonly": null}, "process": null,
      "hostname": null, "mounts": null, "hooks": null, "annotations": null, "linux": null, "vm": null})");
  EXPECT_FALSE(config.process);
  const Config inner = read(R"({"ociVersion": "1.3.0", "root": {"path": "r"}, "hooks": {"poststop": null},
      "process": {"cwd": "/", "args": ["x"], "env": null, "user": null, "capabilities": null, "rlimits": null,
                  "oomScoreAdj": null, "terminal": true, "consoleSize": null, "scheduler": null},
      "linux": {"namespaces": null, "devices": null, "resources": {"devices": null, "memory": null, "cpu": null},
                "seccomp": null, "sysctl": null, "maskedPaths": null, "timeOffsets": null, "intelRdt": null}})");
  EXPECT_FALSE(inner.linux_.seccomp || inner.process->console_size);
}

TEST(ReadConfig, NetDevices) {
  const Config config = read(R"({"ociVersion": "1.3.0", "root": {"path": "r"}, "linux": {"netDevices":
      {"eth1": {}, "eth0": {"name": "inside%d"}, "eth2": {"name": ""}, "eth3": null}}})");
  const std::vector<NetDevice>& devices = config.linux_.net_devices;
  ASSERT_EQ(devices.size(), 3u);
  EXPECT_EQ(devices[0].host_name, "eth1");
  EXPECT_EQ(devices[0].name, "eth1");
  EXPECT_EQ(devices[1].host_name, "eth0");
  EXPECT_EQ(devices[1].name, "inside%d");
  EXPECT_EQ(devices[2].name, "eth2");
}

TEST(ReadConfig, IntelRdt) {
  const auto rdt = read(R"({"ociVersion": "1.3.0", "root": {"path": "r"}, "linux": {"intelRdt": {"closID": "c",
      "schemata": ["L2:0=f", "MB:1=5"], "l3CacheSchema": "L3:0=f\nL3CODE:0=3", "memBwSchema": "MB:0=20",
      "enableMonitoring": true, "enableCMT": true}}})")
                       .linux_.intel_rdt;
  ASSERT_TRUE(rdt);
  EXPECT_EQ(rdt->clos_id, "c");
  EXPECT_EQ(rdt->schemata, (std::vector<std::string>{"L2:0=f", "MB:1=5"}));
  EXPECT_EQ(rdt->l3_cache_schema, "L3:0=f\nL3CODE:0=3");
  EXPECT_EQ(rdt->mem_bw_schema, "MB:0=20");
  EXPECT_TRUE(rdt->enable_monitoring);
  EXPECT_EQ(read(R"({"ociVersion": "1.3.0", "root": {"path": "r"}, "linux": {"intelRdt": {"closID": "/"}}})")
                .linux_.intel_rdt->clos_id,
            "/");
  // An empty one makes a class of the container's own.
  EXPECT_TRUE(read(R"({"ociVersion": "1.3.0", "root": {"path": "r"}, "linux": {"intelRdt": {}}})").linux_.intel_rdt);
}

// What engines send for "nobody asked".
TEST(ReadConfig, EmptyValuesOfEngines) {
  read(R"({"ociVersion": "1.3.0", "root": {"path": "r"},
      "process": {"cwd": "/", "args": ["x"], "apparmorProfile": "", "selinuxLabel": "", "ioPriority": null,
                  "execCPUAffinity": {}},
      "linux": {"netDevices": {}, "memoryPolicy": null, "personality": null, "seccomp": {"defaultAction": "x",
                  "listenerPath": ""},
                "resources": {"unified": null, "blockIO": {"weight": 0, "throttleReadBpsDevice": []},
                              "hugepageLimits": [], "network": {"classID": 0, "priorities": null}, "rdma": {},
                              "memory": {"kernel": 0, "kernelTCP": null, "swappiness": null, "disableOOMKiller": false,
                                         "useHierarchy": true, "checkBeforeUpdate": false}}}})");
}

TEST(ReadConfig, ProcessDocument) {
  const Result<Process> process = read_process_document(R"({"cwd": "/", "args": ["a"]})", Process());
  ASSERT_TRUE(process.ok());
  EXPECT_EQ(process.value().args, std::vector<std::string>{"a"});
  const Result<Process> bad = read_process_document(R"({"cwd": "", "args": ["a"]})", Process());
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().subject(), "/cwd");
}

}  // namespace
}  // namespace brig::oci
