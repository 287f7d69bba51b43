// Device rules, as the kernel applies them to a process that has every capability to make and open devices.
#include "cgroups/devices.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include <random>
#include <set>

#include "tests/kernel/cgroups/world.h"

namespace brig::cgroups {
namespace {

using testing::Child;
using testing::in_world;
using testing::place_for_test;
using testing::read_of;
using testing::spawn;
using testing::World;

class Devices : public ::testing::TestWithParam<World> {};
INSTANTIATE_TEST_SUITE_P(Worlds, Devices, ::testing::Values(World::kMachine, World::kV2View), testing::name_of);

// Makes a node on a tmpfs that is ours and opens it: errno of the step that failed, 0 if none did.
int make_and_open(mode_t type, unsigned major, unsigned minor, int flags) {
  const std::string path = "/mnt/node-" + std::to_string(major) + "-" + std::to_string(minor);
  if (mknod(path.c_str(), type | 0600, makedev(major, minor)) == -1) return errno;
  const int fd = open(path.c_str(), flags | O_NONBLOCK | O_NOCTTY);
  const int failed = fd == -1 ? errno : 0;
  if (fd != -1) close(fd);
  unlink(path.c_str());
  return failed;
}

// What `body` finds out inside a cgroup with these rules.
std::string inside(const std::string& root, const oci::Resources& resources, const std::function<int()>& body,
                   int& found) {
  if (mount("none", "/mnt", "tmpfs", 0, nullptr) == -1) return "mount tmpfs failed";
  const Location where = NEED(place_for_test(root, "devices"));
  const Draft draft = NEED(create(where, resources));
  Child child = NEED(spawn(draft, body));
  NEED(draft.apply_devices(resources));
  child.let_go();
  const int status = child.wait();
  REQUIRE(WIFEXITED(status));
  found = WEXITSTATUS(status);
  return "";
}

TEST_P(Devices, WithoutAnyRuleOnlyTheDefaultsOpen) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    int found = -1;
    std::string wrong = inside(
        root, {},
        [] {
          for (const unsigned minor : {3U, 5U, 7U, 8U, 9U})
            if (make_and_open(S_IFCHR, 1, minor, O_RDWR) != 0) return static_cast<int>(minor);
          if (make_and_open(S_IFCHR, 1, 1, O_RDONLY) != EPERM) return 101;  // /dev/mem
          if (make_and_open(S_IFCHR, 1, 1, O_WRONLY) != EPERM) return 102;
          if (make_and_open(S_IFBLK, 240, 5, O_RDONLY) != EPERM) return 103;  // a block device no driver has
          // The terminal of nobody: not refused by the rules, but there is none.
          if (make_and_open(S_IFCHR, 5, 0, O_RDWR) == EPERM) return 104;
          return 0;
        },
        found);
    if (!wrong.empty()) return wrong;
    REQUIRE(found == 0, std::to_string(found));
    return "";
  });
}

TEST_P(Devices, RulesAreFollowed) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    oci::Resources resources;
    resources.devices = {{.allow = false, .type = 'a'},
                         {.allow = false, .type = 'c', .read = false, .write = false},           // no nodes at all …
                         {.allow = true, .type = 'c', .major = 1, .minor = 3, .write = false}};  // but null, read-only
    int found = -1;
    std::string wrong = inside(
        root, resources,
        [] {
          if (make_and_open(S_IFCHR, 1, 1, O_RDONLY) != EPERM) return 1;
          if (mknod("/mnt/mem", S_IFCHR, makedev(1, 1)) == 0) return 2;
          if (mknod("/mnt/block", S_IFBLK, makedev(240, 1)) != 0) return 3;
          if (make_and_open(S_IFCHR, 1, 3, O_RDONLY) != 0) return 4;
          return 0;
        },
        found);
    if (!wrong.empty()) return wrong;
    REQUIRE(found == 0, std::to_string(found));
    return "";
  });
}

TEST_P(Devices, EverythingCanBeAllowed) {
  in_world(GetParam(), [](const std::string& root) -> std::string {
    oci::Resources resources;
    resources.devices = {{.allow = false, .type = 'a'}, {.allow = true, .type = 'a'}};
    int found = -1;
    // ENXIO: no driver, found out after the rules were asked.
    std::string wrong = inside(
        root, resources, [] { return make_and_open(S_IFBLK, 240, 5, O_RDONLY); }, found);
    if (!wrong.empty()) return wrong;
    REQUIRE(found == ENXIO, std::to_string(found));
    return "";
  });
}

TEST(DevicesV1, TheListIsTheRules) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "list"));
    if (where.with("devices") == nullptr) return std::string(testing::kSkip) + "no devices hierarchy (cgroup v1)";
    oci::Resources resources;
    resources.devices = {{.allow = true, .type = 'b', .major = 8, .minor = {}, .write = false, .mknod = false}};
    const Draft draft = NEED(create(where, resources));
    std::set<std::string> expected;
    const std::vector<DeviceWrite> writes = NEED(device_writes(effective_rules(resources.devices)));
    for (const DeviceWrite& write : writes) expected.insert(write.value);
    REQUIRE(expected.erase("a") == 1);
    REQUIRE(expected.contains("b 8:* r"));
    std::set<std::string> listed;
    std::ifstream file(where.with("devices")->directory() + "/devices.list");
    for (std::string line; std::getline(file, line);) listed.insert(line);
    REQUIRE(listed == expected);
    return "";
  });
}

TEST(DevicesV2, TheVerifierTakesEveryProgram) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "programs"));
    if (where.unified() == nullptr) return std::string(testing::kSkip) + "no cgroup2 here";
    const Draft draft = NEED(create(where, {}));
    std::mt19937 random(7);
    const auto pick = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    for (int round = 0; round < 40; ++round) {
      std::vector<oci::DeviceRule> rules;
      for (unsigned i = round == 0 ? 0 : pick(round == 1 ? 1 : 60); i > 0; --i) {
        oci::DeviceRule rule = {.allow = pick(3) != 0, .type = "abc"[pick(3)]};
        if (pick(4) != 0) rule.major = pick(300);
        if (pick(4) != 0) rule.minor = pick(300);
        rule.read = pick(2) != 0;
        rule.write = pick(2) != 0;
        rule.mknod = pick(2) != 0;
        rules.push_back(rule);
      }
      // One each: no more than 64 can be attached to a cgroup.
      const std::vector<bpf_insn> program = NEED(device_program(rules));
      NEED(attach_device_program(*draft.clone_target(), program));
    }
    // The largest that a jump can cross takes the verifier's whole budget; a tenth of it is more than anyone has.
    std::vector<oci::DeviceRule> many;
    for (int n = 0; n < 3000; ++n) many.push_back({.allow = true, .type = 'c', .major = n >> 8, .minor = n & 255});
    const std::vector<bpf_insn> program = NEED(device_program(many));
    NEED(attach_device_program(*draft.clone_target(), program));
    return "";
  });
}

// A program that allows everything, attached beside ours as systemd's are.
Result<void> attach_another(FdRef cgroup, const char* name) {
  const std::vector<bpf_insn> program = TRY(device_program({{.allow = true, .type = 'a'}}));
  bpf_attr load = {};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = reinterpret_cast<std::uint64_t>(program.data());
  load.insn_cnt = static_cast<std::uint32_t>(program.size());
  load.license = reinterpret_cast<std::uint64_t>("none");
  strncpy(load.prog_name, name, sizeof load.prog_name - 1);
  const UniqueFd loaded = TRY(sys::bpf_fd(BPF_PROG_LOAD, load));
  return sys::bpf_prog_attach(cgroup, loaded, BPF_CGROUP_DEVICE, BPF_F_ALLOW_MULTI);
}

Result<std::multiset<std::string>> names_of(FdRef cgroup) {
  std::multiset<std::string> names;
  const std::vector<UniqueFd> programs = TRY(sys::bpf_prog_query(cgroup, BPF_CGROUP_DEVICE));
  for (const UniqueFd& program : programs) names.insert(TRY(sys::bpf_prog_name(program)));
  return names;
}

TEST(DevicesV2, AProgramTakesThePlaceOfOursAndOfNobodyElses) {
  in_world(World::kV2View, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "replaced"));
    const Draft draft = NEED(create(where, {}));
    const FdRef cgroup = *draft.clone_target();
    using Names = std::multiset<std::string>;
    const std::vector<bpf_insn> program = NEED(device_program({}));

    NEED(attach_another(cgroup, "sd_devices"));
    // None of ours yet: it is attached.
    NEED(replace_device_program(cgroup, program));
    REQUIRE(NEED(names_of(cgroup)) == (Names{"brig_devices", "sd_devices"}));
    NEED(replace_device_program(cgroup, program));
    REQUIRE(NEED(names_of(cgroup)) == (Names{"brig_devices", "sd_devices"}));
    // One too many goes.
    NEED(attach_device_program(cgroup, program));
    NEED(replace_device_program(cgroup, program));
    REQUIRE(NEED(names_of(cgroup)) == (Names{"brig_devices", "sd_devices"}));
    return "";
  });
}

// What was attached before would go on denying.
TEST(DevicesV2, ACgroupThatIsTakenOverHasOneProgramOfOurs) {
  in_world(World::kV2View, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "again"));
    Draft before = NEED(create(where, {}));
    NEED(before.apply_devices({}));
    before.keep();
    const Draft draft = NEED(create(where, {}));
    NEED(draft.apply_devices({}));
    REQUIRE(NEED(names_of(*draft.clone_target())) == std::multiset<std::string>{"brig_devices"});
    return "";
  });
}

}  // namespace
}  // namespace brig::cgroups
