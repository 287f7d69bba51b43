// config.json as types: plain structs in the order and the words of the runtime specification 1.3
// (config.md, config-linux.md). The reader (read_config.h) applies defaults and checks each value by itself;
// std::optional is used only where the specification gives absence a meaning of its own.
//
// Strings are valid UTF-8 without NUL. Numbers are in the range their field allows.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace brig::oci {

// By key: their order in the file means nothing.
using Annotations = std::map<std::string, std::string, std::less<>>;

// ---- config.md#process

struct ConsoleSize {
  std::uint16_t height = 0, width = 0;
};

struct User {
  uid_t uid = 0;  // never 2^32-1, which setresuid(2) reads as "leave"
  gid_t gid = 0;
  std::optional<mode_t> umask;
  std::vector<gid_t> additional_gids;
};

// Bit N is capability number N (capabilities(7)). An absent object means five empty sets.
struct Capabilities {
  std::uint64_t bounding = 0, effective = 0, inheritable = 0, permitted = 0, ambient = 0;
};

struct Rlimit {
  int type = 0;  // RLIMIT_*
  std::uint64_t soft = 0, hard = 0;
};

// sched(7), sched_setattr(2). What the policy does not use is 0.
struct Scheduler {
  std::uint32_t policy = 0;  // SCHED_*
  std::int32_t nice = 0;     // -20 … 19
  std::uint32_t priority = 0;
  std::uint64_t flags = 0;                              // SCHED_FLAG_*
  std::uint64_t runtime = 0, deadline = 0, period = 0;  // nanoseconds, SCHED_DEADLINE
};

// ioprio_set(2).
struct IoPriority {
  int io_class = 0;  // IOPRIO_CLASS_*
  int priority = 0;  // 0 … 7
};

// Lists of CPUs, as in cpuset(7): "0-3,7"; empty: not given. For processes that `exec` brings into the container.
struct ExecCpuAffinity {
  std::string initial, final;
};

struct Process {
  bool terminal = false;
  std::optional<ConsoleSize> console_size;
  std::string cwd;  // absolute
  std::vector<std::string> env;
  std::vector<std::string> args;
  User user;
  Capabilities capabilities;
  std::vector<Rlimit> rlimits;
  bool no_new_privileges = false;
  std::optional<int> oom_score_adj;  // -1000 … 1000
  std::optional<Scheduler> scheduler;
  std::optional<IoPriority> io_priority;
  ExecCpuAffinity exec_cpu_affinity;
  std::string apparmor_profile;  // empty: not given
  std::string selinux_label;     // empty: not given
};

// ---- config-linux.md#user-namespace-mappings

struct IdMapping {
  std::uint32_t container_id = 0, host_id = 0, size = 0;
};

// ---- config.md#root, #mounts

struct Root {
  std::string path;  // as in the file: relative ones are below the bundle
  bool readonly = false;
};

// Mount options that are flags of the mount itself, decoded by names.h.
struct MountOptions {
  // MOUNT_ATTR_* to set and to clear; `recursive_*` from the r-options ("rro", "rnosuid" …).
  std::uint64_t set = 0, clear = 0;
  std::uint64_t recursive_set = 0, recursive_clear = 0;
  // Flags of the file system (superblock), as fsconfig(2) calls them: "ro", "sync", "async", "dirsync", "lazytime",
  // "nolazytime", "mand", "nomand". A bind mount leaves those of its source as they are.
  std::vector<std::string> superblock_flags;
  // MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE, each with MS_REC or not, in the order given.
  std::vector<unsigned long> propagation;
  bool bind = false;       // "bind" or "rbind"
  bool recursive = false;  // "rbind"
  bool remount = false;
  bool tmpcopyup = false;
  // "idmap", "ridmap": the mappings of the mount, or those of the container's user namespace if it has none.
  bool idmap = false, recursive_idmap = false;
  // Options that crun knows. The source or the destination is not followed if it is a link; a source that is a link is
  // made again as a link.
  bool src_nofollow = false, dest_nofollow = false, copy_symlink = false;
  // What the file system itself is to read: "size=64k", "newinstance"; in the order given.
  std::vector<std::string> data;
};

struct Mount {
  std::string destination;  // absolute and lexically clean ("/a/b")
  std::string type;
  std::string source;  // bind: absolute, or relative to the bundle
  MountOptions options;
  // From the ids of the file system (`container_id`) to those that the mount shows (`host_id`); config.md#mounts.
  std::vector<IdMapping> uid_mappings, gid_mappings;
};

// ---- config.md#posix-platform-hooks

struct Hook {
  std::string path;  // absolute
  std::vector<std::string> args;
  std::optional<std::vector<std::string>> env;  // nullopt: not set, which is not the same for startContainer
  std::optional<int> timeout;                   // seconds, > 0
};

struct Hooks {
  std::vector<Hook> prestart, create_runtime, create_container, start_container, poststart, poststop;
  bool empty() const {
    return prestart.empty() && create_runtime.empty() && create_container.empty() && start_container.empty() &&
           poststart.empty() && poststop.empty();
  }
};

// ---- config-linux.md

struct Namespace {
  int type = 0;      // CLONE_NEW*
  std::string path;  // empty: a new one
};

struct TimeOffset {
  std::string clock;  // "monotonic" or "boottime"
  std::int64_t secs = 0;
  std::uint32_t nanosecs = 0;
};

struct Device {
  char type = 'c';   // 'c', 'b', 'p'; "u" is read as 'c'
  std::string path;  // absolute and lexically clean
  std::int64_t major = 0, minor = 0;
  mode_t file_mode = 0666;
  uid_t uid = 0;
  gid_t gid = 0;
};

// config-linux.md#network-devices
struct NetDevice {
  std::string host_name;  // in the runtime's network namespace
  std::string name;       // in the container; as on the host unless given
};

// config-linux.md#memory-policy, set_mempolicy(2).
struct MemoryPolicy {
  int mode = 0;       // MPOL_*
  int flags = 0;      // MPOL_F_*
  std::string nodes;  // "0-3,7"
};

// config-linux.md#intelrdt. Being there asks for a class, even if it is empty.
struct IntelRdt {
  std::string clos_id;
  std::vector<std::string> schemata;
  std::string l3_cache_schema, mem_bw_schema;
  bool enable_monitoring = false;
};

// ---- config-linux.md#control-groups

struct DeviceRule {
  bool allow = false;
  char type = 'a';                           // 'a', 'b', 'c'
  std::optional<std::int64_t> major, minor;  // nullopt: any
  bool read = true, write = true, mknod = true;
};

struct MemoryResources {
  std::optional<std::int64_t> limit, reservation, swap, kernel, kernel_tcp;  // bytes; -1: unlimited
  std::optional<std::uint64_t> swappiness;                                   // 0 … 100
  std::optional<bool> disable_oom_killer, use_hierarchy;
  bool check_before_update = false;
};

struct CpuResources {
  std::optional<std::uint64_t> shares, burst, period, realtime_period;
  std::optional<std::int64_t> quota, realtime_runtime;
  std::string cpus, mems;  // empty: not given
  std::optional<std::int64_t> idle;
};

struct BlockDevice {
  std::int64_t major = 0, minor = 0;
};

struct BlockWeight {
  BlockDevice device;
  std::optional<std::uint16_t> weight, leaf_weight;
};

struct BlockThrottle {
  BlockDevice device;
  std::uint64_t rate = 0;  // bytes or operations per second
};

struct BlockIoResources {
  std::optional<std::uint16_t> weight, leaf_weight;
  std::vector<BlockWeight> weight_devices;
  std::vector<BlockThrottle> read_bps, write_bps, read_iops, write_iops;
};

struct HugepageLimit {
  std::string page_size;    // "2MB", as in the names of the kernel's files
  std::uint64_t limit = 0;  // bytes
};

struct InterfacePriority {
  std::string name;
  std::uint32_t priority = 0;
};

struct NetworkResources {
  std::optional<std::uint32_t> class_id;
  std::vector<InterfacePriority> priorities;
};

struct RdmaLimit {
  std::string device;  // "mlx5_1"
  std::optional<std::uint32_t> hca_handles, hca_objects;
};

struct Resources {
  std::vector<DeviceRule> devices;
  MemoryResources memory;
  CpuResources cpu;
  std::optional<std::int64_t> pids_limit;  // -1: unlimited
  BlockIoResources block_io;
  std::vector<HugepageLimit> hugepage_limits;
  NetworkResources network;
  std::vector<RdmaLimit> rdma;
  std::map<std::string, std::string, std::less<>> unified;  // file of cgroup v2 -> what is written to it
};

// ---- config-linux.md#seccomp; names are checked by seccomp/rules.h, which knows what this libseccomp has

struct SeccompArg {
  std::uint32_t index = 0;  // 0 … 5
  std::uint64_t value = 0, value_two = 0;
  std::string op;  // SCMP_CMP_*
};

struct SeccompRule {
  std::vector<std::string> names;
  std::string action;
  std::optional<std::uint32_t> errno_ret;
  std::vector<SeccompArg> args;
};

struct Seccomp {
  std::string default_action;
  std::optional<std::uint32_t> default_errno_ret;
  std::vector<std::string> architectures;
  std::optional<std::vector<std::string>> flags;  // nullopt: those that a container has unless it says otherwise
  std::string listener_path, listener_metadata;   // for SCMP_ACT_NOTIFY
  std::vector<SeccompRule> syscalls;
};

struct Linux {
  std::vector<Namespace> namespaces;
  std::vector<IdMapping> uid_mappings, gid_mappings;
  std::vector<TimeOffset> time_offsets;
  std::vector<Device> devices;
  std::string cgroups_path;
  Resources resources;
  unsigned long rootfs_propagation = 0;  // MS_SHARED|MS_REC …; 0: not given
  std::optional<Seccomp> seccomp;
  std::vector<std::pair<std::string, std::string>> sysctl;  // key in dots, value
  std::vector<std::string> masked_paths, readonly_paths;    // absolute
  std::string mount_label;                                  // empty: not given
  std::vector<NetDevice> net_devices;
  std::optional<MemoryPolicy> memory_policy;
  std::optional<IntelRdt> intel_rdt;
  std::optional<unsigned long> personality;  // PER_*
};

struct Config {
  std::string oci_version;
  std::optional<Process> process;  // create and start need it
  Root root;
  std::string hostname, domainname;  // empty: not given
  std::vector<Mount> mounts;
  Hooks hooks;
  Annotations annotations;
  Linux linux_;  // `linux` is a macro of the compiler

  // The namespace of this type, or nullptr.
  const Namespace* namespace_of(int type) const {
    for (const Namespace& ns : linux_.namespaces)
      if (ns.type == type) return &ns;
    return nullptr;
  }
  // Whether a new namespace of this type is to be made.
  bool new_namespace(int type) const {
    const Namespace* ns = namespace_of(type);
    return ns != nullptr && ns->path.empty();
  }
};

}  // namespace brig::oci
