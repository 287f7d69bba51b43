#include "oci/names.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <algorithm>

#include "oci/container_id.h"
#include "oci/sysctl.h"

namespace brig::oci {
namespace {

TEST(Capabilities, RoundTrip) {
  for (int number = 0; number <= kLastCapability; ++number) {
    const std::string_view name = capability_name(number);
    EXPECT_TRUE(name.starts_with("CAP_")) << number;
    EXPECT_EQ(capability_number(name), number) << name;
  }
  EXPECT_EQ(capability_number("CAP_CHOWN"), 0);
  EXPECT_EQ(capability_number("CAP_SYS_ADMIN"), 21);
  EXPECT_EQ(capability_number("CAP_CHECKPOINT_RESTORE"), 40);
  for (const char* unknown : {"", "CHOWN", "cap_chown", "CAP_CHOWN ", "CAP_NONE"})
    EXPECT_FALSE(capability_number(unknown)) << unknown;
  EXPECT_EQ(capability_name(41), "");
  EXPECT_EQ(capability_name(-1), "");
}

TEST(Signals, AsKillTakesThem) {
  const std::pair<const char*, int> known[] = {
      {"SIGTERM", SIGTERM}, {"TERM", SIGTERM}, {"term", SIGTERM}, {"SigHup", SIGHUP},
      {"15", 15},           {"0", 0},          {"64", 64},        {"SIGRTMIN", 34},
      {"SIGRTMIN+3", 37},   {"rtmin+30", 64},  {"RTMAX", 64},     {"SIGRTMAX-14", 50},
      {"SIGCLD", SIGCHLD},  {"POLL", SIGIO},   {"SIGSYS", 31},    {"WINCH", SIGWINCH}};
  for (const auto& [name, number] : known) EXPECT_EQ(signal_number(name), number) << name;
  for (const char* unknown : {"", "SIG", "SIGSIGTERM", "65", "-1", "+15", " 15", "0x9", "15 ", "99999999999", "TERMX",
                              "RTMIN+", "RTMIN+31", "RTMIN-1", "RTMAX+1", "RTMAX-31", "RTMIN3", "RTMIN+-1"})
    EXPECT_FALSE(signal_number(unknown)) << unknown;
}

TEST(Rlimits, Known) {
  EXPECT_EQ(rlimit_number("RLIMIT_NOFILE"), RLIMIT_NOFILE);
  EXPECT_EQ(rlimit_number("RLIMIT_RTTIME"), RLIMIT_RTTIME);
  EXPECT_FALSE(rlimit_number("NOFILE"));
  EXPECT_FALSE(rlimit_number("RLIMIT_OFILE"));
}

TEST(Namespaces, RoundTrip) {
  for (const int flag : {CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWUSER,
                         CLONE_NEWCGROUP, CLONE_NEWTIME})
    EXPECT_EQ(namespace_flag(namespace_type(flag)), flag);
  EXPECT_EQ(namespace_file(CLONE_NEWNS), "mnt");
  EXPECT_EQ(namespace_file(CLONE_NEWNET), "net");
  EXPECT_EQ(namespace_type(0), "");
  EXPECT_FALSE(namespace_flag("mnt"));
  EXPECT_FALSE(namespace_flag(""));
}

MountOptions options_of(std::initializer_list<const char*> list) {
  MountOptions options;
  for (const char* option : list) add_mount_option(option, options);
  return options;
}

TEST(MountOptions, AttributesLastOneWins) {
  const MountOptions a = options_of({"nosuid", "nodev", "noexec", "ro", "exec", "nosymfollow", "nodiratime"});
  EXPECT_EQ(a.set,
            MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSYMFOLLOW | MOUNT_ATTR_NODIRATIME);
  EXPECT_EQ(a.clear, MOUNT_ATTR_NOEXEC);
  const MountOptions b = options_of({"ro", "rw", "suid", "dev", "diratime", "symfollow"});
  EXPECT_EQ(b.set, 0u);
  EXPECT_EQ(b.clear,
            MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW);
  EXPECT_TRUE(a.data.empty() && b.data.empty() && b.superblock_flags.empty());
  EXPECT_EQ(a.superblock_flags, std::vector<std::string>{"ro"});
}

TEST(MountOptions, AccessTimesAreOneChoice) {
  const struct {
    std::initializer_list<const char*> list;
    std::uint64_t set;
  } cases[] = {{{"noatime"}, MOUNT_ATTR_NOATIME},
               {{"strictatime"}, MOUNT_ATTR_STRICTATIME},
               {{"relatime"}, MOUNT_ATTR_RELATIME},
               {{"noatime", "strictatime"}, MOUNT_ATTR_STRICTATIME},
               {{"noatime", "atime"}, MOUNT_ATTR_RELATIME},
               {{"strictatime", "atime"}, MOUNT_ATTR_STRICTATIME},
               {{"noatime", "norelatime"}, MOUNT_ATTR_NOATIME},
               {{"strictatime", "nostrictatime"}, MOUNT_ATTR_RELATIME},
               {{"noatime", "relatime"}, MOUNT_ATTR_RELATIME}};
  for (const auto& c : cases) {
    const MountOptions options = options_of(c.list);
    EXPECT_EQ(options.set, c.set);
    EXPECT_EQ(options.clear, std::uint64_t{MOUNT_ATTR__ATIME});  // mount_setattr(2) refuses less
  }
}

TEST(MountOptions, Recursive) {
  const MountOptions options = options_of({"rro", "rnosuid", "rdev", "rnoatime"});
  EXPECT_EQ(options.recursive_set, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOATIME);
  EXPECT_EQ(options.recursive_clear, MOUNT_ATTR_NODEV | MOUNT_ATTR__ATIME);
  EXPECT_EQ(options.set | options.clear, 0u);
  EXPECT_EQ(options_of({"rro", "rrw"}).recursive_set, 0u);
}

TEST(MountOptions, TheRest) {
  const MountOptions options = options_of({"rbind", "rslave", "shared", "tmpcopyup", "", "size=1k", "sync", "remount",
                                           "newinstance", "lazytime", "nolazytime", "defaults", "silent", "loud"});
  EXPECT_TRUE(options.bind && options.recursive && options.remount && options.tmpcopyup);
  EXPECT_EQ(options.propagation, (std::vector<unsigned long>{MS_SLAVE | MS_REC, MS_SHARED}));
  EXPECT_EQ(options.data, (std::vector<std::string>{"size=1k", "newinstance"}));
  EXPECT_EQ(options.superblock_flags, (std::vector<std::string>{"sync", "nolazytime"}));
  EXPECT_FALSE(options_of({"bind"}).recursive);
  EXPECT_TRUE(options_of({"rbind", "bind"}).recursive);
}

TEST(MountOptions, SeveralInOne) {
  const MountOptions options = options_of({"nosuid,size=1k,,mode=700,ro"});
  EXPECT_EQ(options.set, MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY);
  EXPECT_EQ(options.data, (std::vector<std::string>{"size=1k", "mode=700"}));
  // Commas that are part of a value.
  EXPECT_EQ(options_of({R"(lowerdir=/a\,b:/c,upperdir=/d)"}).data,
            (std::vector<std::string>{R"(lowerdir=/a\,b:/c)", "upperdir=/d"}));
  EXPECT_EQ(options_of({"context=u:r:t:s0:c1,c2"}).data, std::vector<std::string>{"context=u:r:t:s0:c1,c2"});
}

TEST(MountOptions, OfCrun) {
  const MountOptions links = options_of({"bind", "copy-symlink", "src-nofollow", "dest-nofollow"});
  EXPECT_TRUE(links.copy_symlink && links.src_nofollow && links.dest_nofollow && links.data.empty());
  EXPECT_EQ(options_of({"rsync", "rdirsync", "rmand"}).superblock_flags,
            (std::vector<std::string>{"sync", "dirsync", "mand"}));
  EXPECT_EQ(options_of({"rsync", "rasync", "mand", "rnomand"}).superblock_flags,
            (std::vector<std::string>{"async", "nomand"}));
}

TEST(MountOptions, IdMapping) {
  EXPECT_TRUE(options_of({"idmap"}).idmap && !options_of({"idmap"}).recursive_idmap);
  EXPECT_TRUE(options_of({"ridmap"}).idmap && options_of({"ridmap"}).recursive_idmap);
}

// Every option of config.md's table.
TEST(MountOptions, TheSpecificationsTable) {
  const std::vector<std::string_view> known = mount_option_names();
  EXPECT_TRUE(std::is_sorted(known.begin(), known.end()));
  for (const char* name : {"async",         "atime",        "bind",
                           "defaults",      "dev",          "diratime",
                           "dirsync",       "exec",         "idmap",
                           "iversion",      "lazytime",     "loud",
                           "mand",          "noatime",      "nodev",
                           "nodiratime",    "noexec",       "noiversion",
                           "nolazytime",    "nomand",       "norelatime",
                           "nostrictatime", "nosuid",       "nosymfollow",
                           "private",       "ratime",       "rbind",
                           "rdev",          "rdiratime",    "relatime",
                           "remount",       "rexec",        "ridmap",
                           "rnoatime",      "rnodev",       "rnodiratime",
                           "rnoexec",       "rnorelatime",  "rnostrictatime",
                           "rnosuid",       "rnosymfollow", "ro",
                           "rprivate",      "rrelatime",    "rro",
                           "rrw",           "rshared",      "rslave",
                           "rstrictatime",  "rsuid",        "rsymfollow",
                           "runbindable",   "rw",           "shared",
                           "silent",        "slave",        "strictatime",
                           "suid",          "symfollow",    "sync",
                           "tmpcopyup",     "unbindable"}) {
    EXPECT_TRUE(std::binary_search(known.begin(), known.end(), std::string_view(name))) << name;
    EXPECT_TRUE(options_of({name}).data.empty()) << name;
  }
}

TEST(Propagation, Names) {
  EXPECT_EQ(propagation_flag("slave"), MS_SLAVE);
  EXPECT_EQ(propagation_flag("rshared"), MS_SHARED | MS_REC);
  EXPECT_FALSE(propagation_flag("rbind"));
  EXPECT_FALSE(propagation_flag("Slave"));
}

TEST(Sysctl, BothWaysToWriteAKey) {
  EXPECT_EQ(normalised_sysctl("net.ipv4.ip_forward"), "net.ipv4.ip_forward");
  EXPECT_EQ(normalised_sysctl("net/ipv4/ip_forward"), "net.ipv4.ip_forward");
  EXPECT_EQ(normalised_sysctl("net/ipv4/conf/eno2.100/rp_filter"), "net.ipv4.conf.eno2/100.rp_filter");
  EXPECT_EQ(normalised_sysctl("net.ipv4.conf.eno2/100.rp_filter"), "net.ipv4.conf.eno2/100.rp_filter");
  for (const char* bad : {"", ".", "/", "/net/x", ".net.x", "net..x", "net/../kernel/core_pattern", "net//x", "net.x.",
                          "net.//.kernel.core_pattern", "net./.x", "net.x\n", "net.\x7f", "../x"})
    EXPECT_FALSE(normalised_sysctl(bad)) << bad;
}

TEST(Sysctl, OnlyWhatANamespaceHolds) {
  EXPECT_EQ(sysctl_namespace("kernel.msgmax"), CLONE_NEWIPC);
  EXPECT_EQ(sysctl_namespace("kernel.shm_rmid_forced"), CLONE_NEWIPC);
  EXPECT_EQ(sysctl_namespace("fs.mqueue.msg_max"), CLONE_NEWIPC);
  EXPECT_EQ(sysctl_namespace("net.core.somaxconn"), CLONE_NEWNET);
  EXPECT_EQ(sysctl_namespace("kernel.domainname"), CLONE_NEWUTS);
  EXPECT_EQ(sysctl_namespace("user.max_user_namespaces"), CLONE_NEWUSER);
  for (const char* machine : {"kernel.core_pattern", "kernel.hostname", "vm.swappiness", "fs.file-max",
                              "kernel.msgmax2", "kernel", "net", "fs.mqueue", "kernel/msgmax", "kernel.msgmax.x", ""})
    EXPECT_FALSE(sysctl_namespace(machine)) << machine;
}

TEST(ContainerId, Table) {
  for (const std::string& good : {std::string("a"), std::string("A-b_c+d.e9"), std::string("_x"), std::string("+"),
                                  std::string("a..b"), std::string(200, 'x')})
    EXPECT_TRUE(valid_container_id(good)) << good;
  for (const std::string& bad :
       {std::string(""), std::string("."), std::string(".."), std::string(".a"), std::string("-a"), std::string("a/b"),
        std::string("../x"), std::string("/a"), std::string("a b"), std::string("a\n"), std::string("a\0b", 3),
        std::string("a;b"), std::string("a%b"), std::string("é"), std::string("a:b"), std::string(201, 'x')})
    EXPECT_FALSE(valid_container_id(bad)) << bad;
}

}  // namespace
}  // namespace brig::oci
