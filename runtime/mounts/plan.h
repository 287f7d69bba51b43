// Runs in: runtime.
//
// What is to be mounted where, as plain data with every host object already opened. Made before the clone from a
// valid config; performed by init (rootfs.h, restrict.h).
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "oci/config.h"
#include "oci/validate.h"

namespace brig::mounts {

// What a mount of type "cgroup" shows, told by the caller (this folder does not know cgroups/).
struct CgroupView {
  struct V1 {
    std::string name;                // the directory's name: "memory", "cpu,cpuacct", "systemd"
    std::vector<std::string> links;  // other names for it: "cpu" for "cpu,cpuacct"
    std::string options;             // what mount(2) takes as data: "memory", "none,name=systemd"
    std::string directory;           // the container's own directory on the host, for a bind
  };
  bool unified = false;           // pure v2
  std::string unified_directory;  // the container's own cgroup2 directory on the host
  std::vector<V1> v1;
};

// kLink: a bind with "copy-symlink" whose source is a link, which is made again.
enum class Kind { kBind, kFileSystem, kCgroup, kRemount, kLink };

// Whose mounts the container's are; kHost: the runtime's, as no mount namespace is asked for.
enum class MountNamespace { kNew, kJoined, kHost };

struct PlannedMount {
  Kind kind = Kind::kFileSystem;
  oci::Mount mount;
  std::string pointer;  // "/mounts/3", for errors
  // kBind: the source. An O_PATH handle; init clones `source_path` in its own mount namespace after it has shown that
  // this is the same object. With `source_is_tree` a detached clone of the mount, made before the clone by open_tree
  // (OPEN_TREE_CLONE, AT_RECURSIVE for rbind; needs CAP_SYS_ADMIN over the caller's mount namespace), for what init
  // might not find so. In a user namespace init prefers its own, where the host's flags are locked.
  UniqueFd source;
  std::string source_path;  // absolute
  bool source_is_tree = false;
  bool source_is_directory = false;
  std::string link_target;  // kLink: the text of the link
  // give_id_mapping (id_mapping.h) was here: the ids of `source` are mapped already, and those of a new file system are
  // to be mapped by `user_namespace`.
  bool id_mapped = false;
  UniqueFd user_namespace;
  std::string root_label;  // the SELinux label that the root of a new file system gets; empty: none (label.h)
};

struct Plan {
  std::string rootfs_path;  // absolute, of the host
  UniqueFd rootfs;          // O_PATH; what init mounts must be this very directory (same device and inode)
  bool rootfs_readonly = false;
  unsigned long rootfs_propagation = 0;
  bool no_pivot = false;  // --no-pivot: MS_MOVE and chroot (initramfs)
  MountNamespace mount_namespace = MountNamespace::kNew;
  // kHost, and something is to be mounted or to be made read-only: all of it goes onto a mount of the rootfs that the
  // runtime makes before the clone, in its own namespace, and undoes after the container's end.
  bool wants_rootfs_mount = false;
  UniqueFd rootfs_mount;            // that mount's root, attached
  bool new_user_namespace = false;  // the process is in a user namespace that is not the host's: bind devices
  bool new_cgroup_namespace = false;
  std::vector<PlannedMount> mounts;
  CgroupView cgroup;
  std::string label_option;          // "context=…", for each tmpfs that is not of the config; empty: none
  std::vector<oci::Device> devices;  // the default ones first (config-linux.md#default-devices), then the config's
  bool make_dev_links = false;       // /dev/fd, stdin …, ptmx: unless /dev is a bind of the user's, as runc
  std::vector<std::string> masked_paths, readonly_paths;  // clean, each once

  bool may_mount() const { return mount_namespace != MountNamespace::kHost || wants_rootfs_mount; }
};

// `bundle` is the absolute path of the bundle. Fails if the rootfs or a bind source is missing (kSystem, with the JSON
// pointer in a frame), a destination is refused (kConfig: the root itself, over /proc), an option can't be done.
Result<Plan> make_plan(const oci::ValidConfig& config, const std::string& bundle, CgroupView cgroup, bool no_pivot);

}  // namespace brig::mounts
