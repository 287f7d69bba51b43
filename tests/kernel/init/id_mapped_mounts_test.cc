// Id-mapped mounts: whose the files are that a container sees, and whose those are that it makes.
#include "runtime/init/id_mapped_mounts.h"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "tests/kernel/mounts/world.h"

namespace brig::init {
namespace {

using namespace mounts::testing;

// Linux 6.3 has tmpfs, on which the worlds of these tests are.
bool tmpfs_can_be_mapped() {
  utsname name = {};
  ::uname(&name);
  int major = 0, minor = 0;
  return std::sscanf(name.release, "%d.%d", &major, &minor) == 2 && (major > 6 || (major == 6 && minor >= 3));
}

class IdMappedMounts : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!tmpfs_can_be_mapped()) GTEST_SKIP() << "tmpfs can't be mounted with mapped ids before Linux 6.3";
  }
};

// The runtime's part.
Result<mounts::Plan> plan_with_ids(const World& world, const Container& container) {
  oci::Config config = TRY(oci::read_config(config_of(container)), "config");
  oci::ValidConfig valid = TRY(oci::validate(std::move(config)), "config");
  const ProcDir proc = TRY(ProcDir::open());
  const namespaces::Plan joins = TRY(namespaces::open_plan(valid->linux_));
  mounts::Plan plan = TRY(make_plan(valid, world.bundle, container.cgroup, container.no_pivot));
  TRY(map_ids_of_mounts(plan, joins, valid, proc));
  return plan;
}

// "top" is a mount with files of 0, 1000 and 5000; "below" of it another one with a file of 1000.
std::string make_source(const World& world) {
  const std::string top = world.bundle + "/top", below = top + "/below";
  MUST(make_dir(top) && ::mount("top", top.c_str(), "tmpfs", 0, nullptr) == 0);
  MUST(make_dir(below) && ::mount("below", below.c_str(), "tmpfs", 0, nullptr) == 0);
  for (const unsigned id : {0U, 1000U, 5000U}) {
    const std::string file = top + "/of" + std::to_string(id);
    MUST(make_file(file, "x") && ::chown(file.c_str(), id, id + 1) == 0);
  }
  MUST(make_file(below + "/of1000", "x") && ::chown((below + "/of1000").c_str(), 1000, 1001) == 0);
  return "";
}

std::string run(const Container& container, const Inside& inside, const Inside& afterwards = nothing_more) {
  return in_world([&](const World& world) -> std::string {
    std::string wrong = make_source(world);
    if (!wrong.empty()) return wrong;
    const Result<mounts::Plan> plan = plan_with_ids(world, container);
    if (!plan.ok()) return "plan: " + plan.error().to_string();
    wrong = in_child(CLONE_NEWNS, [&] { return play_init(plan.value(), inside); });
    if (!wrong.empty() || ::chdir(world.bundle.c_str()) == -1) return wrong;
    return afterwards(View(AT_FDCWD));
  });
}

std::string owner_of(const std::string& path) {
  const struct stat found = stat_of(path);
  return found.st_mode == 0 ? "?" : text::cat(found.st_uid, ':', found.st_gid);
}

std::string bind(const std::string& options, const std::string& members) {
  return R"({"destination": "/m", "source": "top", "options": [)" + options + "]" + members + "}";
}

// 1000 … 1999 of the file system are 51000 … in the mount, and groups 1001 … are 61001 ….
constexpr const char* kMappings = R"(, "uidMappings": [{"containerID": 1000, "hostID": 51000, "size": 1000}],
    "gidMappings": [{"containerID": 1001, "hostID": 61001, "size": 1000}])";

TEST_F(IdMappedMounts, MappingsAloneMapTheTopOfABind) {
  for (const char* options : {R"("rbind")", R"("rbind", "idmap")", R"("idmap", "rbind", "rprivate", "ro", "nosuid")"})
    EXPECT_EQ("", run({.mounts = bind(options, kMappings)},
                      [](const mounts::testing::View& view) -> std::string {
                        MUST_SHOWING(owner_of("/m/of1000") == "51000:61001", owner_of("/m/of1000"));
                        // What is not mapped is the overflow id's (mount_setattr(2)).
                        MUST_SHOWING(owner_of("/m/of0") == "65534:65534", owner_of("/m/of0"));
                        MUST_SHOWING(owner_of("/m/below/of1000") == "1000:1001", owner_of("/m/below/of1000"));
                        MUST(view.at("/m").has("idmapped") && !view.at("/m/below").has("idmapped"));
                        return "";
                      }))
        << options;
}

TEST_F(IdMappedMounts, RidmapMapsTheWholeTree) {
  EXPECT_EQ("", run({.mounts = bind(R"("rbind", "ridmap")", kMappings)}, [](const View& view) -> std::string {
              MUST_SHOWING(owner_of("/m/below/of1000") == "51000:61001", owner_of("/m/below/of1000"));
              MUST(view.at("/m").has("idmapped") && view.at("/m/below").has("idmapped"));
              return "";
            }));
}

TEST_F(IdMappedMounts, WhatIsMadeThereIsMappedBackAndTheSourceKeepsItsOwners) {
  const auto make = [](const View&) -> std::string {
    // Who is not mapped can make no file, nor anybody where the directory's owner is not (inode_permission in the
    // kernel).
    MUST(try_to_write("/m/open/by0") == EOVERFLOW && try_to_write("/m/of0") == EACCES);
    MUST(::setresgid(61500, 61500, 61500) == 0 && ::setresuid(51500, 51500, 51500) == 0);
    MUST(try_to_write("/m/open/made") == 0 && owner_of("/m/open/made") == "51500:61500");
    return "";
  };
  const auto outside = [](const View&) -> std::string {
    MUST_SHOWING(owner_of("top/open/made") == "1500:1500", owner_of("top/open/made"));
    MUST(owner_of("top/of1000") == "1000:1001" && owner_of("top/of0") == "0:1");
    return "";
  };
  EXPECT_EQ("", in_world([&](const World& world) -> std::string {
              const std::string open = world.bundle + "/top/open";
              MUST(make_source(world).empty() && make_dir(open, 0777) && ::chown(open.c_str(), 1000, 1001) == 0);
              const Result<mounts::Plan> plan = plan_with_ids(world, {.mounts = bind(R"("bind")", kMappings)});
              if (!plan.ok()) return plan.error().to_string();
              const std::string wrong = in_child(CLONE_NEWNS, [&] { return play_init(plan.value(), make); });
              MUST_SHOWING(wrong.empty(), wrong);
              MUST(::chdir(world.bundle.c_str()) == 0);
              return outside(View(AT_FDCWD));
            }));
}

TEST_F(IdMappedMounts, EqualMappingsAndSeveralMounts) {
  const std::string other = R"(, "uidMappings": [{"containerID": 0, "hostID": 70000, "size": 6000}],
                               "gidMappings": [{"containerID": 0, "hostID": 80000, "size": 6000}])";
  const std::string second = R"({"destination": "/n", "source": "top", "options": ["bind", "idmap"])" + other + "}";
  const std::string third =
      R"({"destination": "/o", "source": "top", "options": ["bind"])" + std::string(kMappings) + "}";
  EXPECT_EQ(
      "", run({.mounts = bind(R"("bind")", kMappings) + ", " + second + ", " + third}, [](const View&) -> std::string {
        MUST(owner_of("/m/of1000") == "51000:61001" && owner_of("/o/of1000") == "51000:61001");
        MUST_SHOWING(owner_of("/n/of5000") == "75000:85001", owner_of("/n/of5000"));
        return "";
      }));
}

TEST_F(IdMappedMounts, CrunsOption) {
  EXPECT_EQ("", run({.mounts = bind(R"("bind", "idmap=uids=1000-3-1#5000-0-1;gids=0-40000-10000")", "")},
                    [](const View&) -> std::string {
                      MUST_SHOWING(owner_of("/m/of1000") == "3:41001", owner_of("/m/of1000"));
                      MUST_SHOWING(owner_of("/m/of5000") == "0:45001", owner_of("/m/of5000"));
                      return "";
                    }));
}

TEST_F(IdMappedMounts, IdmapAloneIsTheUserNamespaceOfTheContainer) {
  // Seen from outside of the namespace: ids of the host.
  EXPECT_EQ("", run({.mounts = bind(R"("bind", "idmap")", ""), .user_namespace = true}, [](const View&) -> std::string {
              MUST_SHOWING(owner_of("/m/of0") == "100000:100001", owner_of("/m/of0"));
              MUST_SHOWING(owner_of("/m/of5000") == "105000:105001", owner_of("/m/of5000"));
              return "";
            }));
}

TEST_F(IdMappedMounts, NewFileSystems) {
  const std::string mount = R"({"destination": "/home", "type": "tmpfs", "source": "t", "options": ["tmpcopyup"])" +
                            std::string(kMappings) + "}";
  EXPECT_EQ("", in_world([&](const World& world) -> std::string {
              MUST(make_dir(world.in_rootfs("/home")) && make_file(world.in_rootfs("/home/f"), "x"));
              MUST(::chown(world.in_rootfs("/home/f").c_str(), 1000, 1001) == 0);
              const Result<mounts::Plan> plan = plan_with_ids(world, {.mounts = mount});
              if (!plan.ok()) return plan.error().to_string();
              return in_child(CLONE_NEWNS, [&] {
                return play_init(plan.value(), [](const View& view) -> std::string {
                  MUST(view.at("/home").type == "tmpfs" && view.at("/home").has("idmapped"));
                  MUST_SHOWING(owner_of("/home/f") == "51000:61001", owner_of("/home/f"));
                  return "";
                });
              });
            }));
}

// sysfs is no file system that can be mapped, on any kernel so far.
TEST(IdMappedMountsRefused, FileSystemsWithoutSupport) {
  const std::string mount =
      R"({"destination": "/m", "source": "/sys/kernel", "options": ["bind", "idmap"])" + std::string(kMappings) + "}";
  EXPECT_EQ(
      "plan: map the ids of the mount `/m` (/mounts/0): mount_setattr: invalid argument (the file system, or with "
      "\"ridmap\" that of a mount below, does not support id-mapped mounts)",
      run({.mounts = mount}, nothing_more));
}

TEST_F(IdMappedMounts, ASourceThatIsMappedAlreadyIsRefused) {
  EXPECT_EQ("", in_world([&](const World& world) -> std::string {
              std::string wrong = make_source(world);
              MUST_SHOWING(wrong.empty(), wrong);
              const Result<mounts::Plan> plan = plan_with_ids(world, {.mounts = bind(R"("bind")", kMappings)});
              if (!plan.ok()) return plan.error().to_string();
              MUST(make_dir(world.bundle + "/mapped"));
              Result<UniqueFd> at = sys::openat(FdRef::cwd(), world.bundle + "/mapped", O_PATH);
              MUST(at.ok() && sys::move_mount(plan.value().mounts[0].source, at.value()).ok());
              const std::string again = R"({"destination": "/m", "source": "mapped", "options": ["bind"])";
              const Result<mounts::Plan> second = plan_with_ids(world, {.mounts = again + kMappings + "}"});
              MUST(!second.ok() && second.error().code() == EPERM);
              MUST_SHOWING(second.error().to_string().find("not id-mapped already)") != std::string::npos,
                           second.error().to_string());
              return "";
            }));
}

TEST(IdMappedMountsRefused, WithoutMountSetattr) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mount_setattr, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog filter = {.len = 4, .filter = program};
  EXPECT_EQ("", in_world([&](const World& world) -> std::string {
              MUST(make_source(world).empty());
              MUST(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
              MUST(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
              const Result<mounts::Plan> plan = plan_with_ids(world, {.mounts = bind(R"("bind")", kMappings)});
              MUST(!plan.ok() && plan.error().kind() == Error::Kind::kUnsupported);
              MUST_SHOWING(plan.error().to_string().find("mount_setattr(2), Linux 5.12") != std::string::npos,
                           plan.error().to_string());
              return "";
            }));
}

// The children that hold a user namespace for the moment are gone, and so are their descriptors.
TEST_F(IdMappedMounts, NothingIsLeftInTheRuntime) {
  EXPECT_EQ("", in_world([](const World& world) -> std::string {
              MUST(make_source(world).empty());
              const std::size_t before = entries_in("/proc/self/fd");
              {
                const Result<mounts::Plan> plan = plan_with_ids(world, {.mounts = bind(R"("bind")", kMappings)});
                MUST(plan.ok() && entries_in("/proc/self/fd") == before + 2);  // the rootfs and the source
              }
              MUST(entries_in("/proc/self/fd") == before);
              MUST(::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD);
              return "";
            }));
}

}  // namespace
}  // namespace brig::init
