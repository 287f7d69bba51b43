#include "cgroups/systemd_unit.h"

#include <gtest/gtest.h>

#include <string>

#include "cgroups/bus_address.h"
#include "cgroups/systemd.h"

namespace brig::cgroups {
namespace {

struct Case {
  std::string path;
  bool of_user;
  std::string slice, name, cgroup;
};

TEST(SystemdUnit, FromCgroupsPath) {
  const Case cases[] = {
      {"", false, "system.slice", "brig-some_id.scope", "/system.slice/brig-some_id.scope"},
      {"", true, "user.slice", "brig-some_id.scope", "/user.slice/brig-some_id.scope"},
      {"machine.slice:libpod:abc", false, "machine.slice", "libpod-abc.scope", "/machine.slice/libpod-abc.scope"},
      {":docker:abc", false, "system.slice", "docker-abc.scope", "/system.slice/docker-abc.scope"},
      {"user-1000.slice:a:b", false, "user-1000.slice", "a-b.scope", "/user.slice/user-1000.slice/a-b.scope"},
      {"kubepods-burstable-pod1_2.slice:cri-containerd:c", false, "kubepods-burstable-pod1_2.slice",
       "cri-containerd-c.scope",
       "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-c.scope"},
      {"-.slice:a:b", false, "-.slice", "a-b.scope", "/a-b.scope"},
      {"-:a:b", false, "-.slice", "a-b.scope", "/a-b.scope"},
      {"system.slice::b", false, "system.slice", "-b.scope", "/system.slice/-b.scope"},
      // Names that the kernel's own files could have.
      {"cpu.slice:memory.x:y", false, "cpu.slice", "memory.x-y.scope", "/_cpu.slice/_memory.x-y.scope"},
  };
  for (const Case& c : cases) {
    const Result<Unit> unit = unit_for(c.path, "some_id", c.of_user);
    ASSERT_TRUE(unit.ok()) << c.path << ": " << unit.error().to_string();
    EXPECT_EQ(unit.value().slice, c.slice) << c.path;
    EXPECT_EQ(unit.value().name, c.name) << c.path;
    EXPECT_EQ(unit.value().of_user, c.of_user);
    EXPECT_EQ(cgroup_path_of(unit.value(), ""), c.cgroup) << c.path;
    EXPECT_EQ(cgroup_path_of(unit.value(), "/"), c.cgroup) << c.path;
  }
}

TEST(SystemdUnit, BelowTheUserManager) {
  const Unit unit = unit_for("", "c", true).value();
  EXPECT_EQ(cgroup_path_of(unit, "/user.slice/user-1000.slice/user@1000.service"),
            "/user.slice/user-1000.slice/user@1000.service/user.slice/brig-c.scope");
}

TEST(SystemdUnit, IdsAreEscaped) { EXPECT_EQ(unit_for("", "a+b", false).value().name, "brig-a\\x2bb.scope"); }

TEST(SystemdUnit, WhatIsRefused) {
  for (const char* path :
       {"/absolute/path", "relative", "a:b", "a.slice:b:c:d", "a:b:c", "a.slice/b.slice:c:d", "a--b.slice:c:d",
        "-a.slice:c:d", "a-.slice:c:d", ".slice:c:d", "a.slice:c:", "a.slice:c:d.slice", "a.slice:c:d/e",
        "a.slice:c d:e", "a.slice:../..:e", "a.slice:c:d@e", "a b.slice:c:d", "::"}) {
    const Result<Unit> unit = unit_for(path, "id", false);
    ASSERT_FALSE(unit.ok()) << path;
    EXPECT_EQ(unit.error().kind(), Error::Kind::kConfig);
    EXPECT_EQ(unit.error().subject(), "/linux/cgroupsPath");
  }
  EXPECT_FALSE(unit_for("a.slice:b:" + std::string(250, 'x'), "id", false).ok());
}

TEST(SystemdUnit, Versions) {
  EXPECT_EQ(systemd_version("252.38-1~deb12u1"), 252);
  EXPECT_EQ(systemd_version("v245.4-1.fc32"), 245);
  EXPECT_EQ(systemd_version("257~rc1"), 257);
  EXPECT_EQ(systemd_version("244"), 244);
  EXPECT_EQ(systemd_version(""), 0);
  EXPECT_EQ(systemd_version("unknown"), 0);
}

TEST(BusAddress, SocketsWithAPath) {
  using Paths = std::vector<std::string>;
  EXPECT_EQ(bus_socket_paths("unix:path=/run/user/1000/bus"), Paths{"/run/user/1000/bus"});
  EXPECT_EQ(bus_socket_paths("unix:path=/a%20b,guid=0123;tcp:host=x;unix:guid=1,path=/c"), (Paths{"/a b", "/c"}));
  for (const char* none : {"", ";", "unix:abstract=/tmp/x", "unix:path=", "unix:path=relative", "unix:path=/a%2",
                           "unix:path=/a%zz", "unix:path=/a%00", "unix:tmpdir=/tmp", "path=/a"})
    EXPECT_EQ(bus_socket_paths(none), Paths{}) << none;
}

std::string_view nothing_set(std::string_view) { return ""; }
std::string_view set_for_user(std::string_view name) {
  if (name == "XDG_RUNTIME_DIR") return "/run/user/7";
  if (name == "DBUS_SESSION_BUS_ADDRESS") return "unix:path=/run/user/7/bus";
  return name == "DBUS_SYSTEM_BUS_ADDRESS" ? "unix:path=/elsewhere" : "";
}

using Sockets = std::vector<BusSocket>;
constexpr Bus::Kind kBus = Bus::Kind::kBus, kDirect = Bus::Kind::kDirect;

TEST(BusSockets, OfTheMachine) {
  EXPECT_EQ(bus_sockets(Whose::kMachine, 0, nothing_set),
            (Sockets{{"/run/systemd/private", kDirect}, {"/run/dbus/system_bus_socket", kBus}}));
  EXPECT_EQ(bus_sockets(Whose::kMachine, 0, set_for_user),
            (Sockets{{"/run/systemd/private", kDirect}, {"/elsewhere", kBus}}));
  EXPECT_EQ(bus_sockets(Whose::kMachine, 1000, nothing_set), (Sockets{{"/run/dbus/system_bus_socket", kBus}}));
}

TEST(BusSockets, OfAUser) {
  EXPECT_EQ(bus_sockets(Whose::kUser, 0, set_for_user),
            (Sockets{{"/run/user/7/systemd/private", kDirect}, {"/run/user/7/bus", kBus}}));
  EXPECT_EQ(bus_sockets(Whose::kUser, 1000, nothing_set),
            (Sockets{{"/run/user/1000/systemd/private", kDirect}, {"/run/user/1000/bus", kBus}}));
  EXPECT_EQ(bus_sockets(Whose::kUser, 0, nothing_set), Sockets{});
}

}  // namespace
}  // namespace brig::cgroups
