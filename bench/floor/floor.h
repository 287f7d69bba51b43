// The floor: one hard-coded container, the docker-like bundle of bench/bundles.py, made with as few system calls as
// we know how, and nothing else: no JSON, no checks, no safe path resolution, no error but "this call failed". What a
// runtime needs above it is its own doing.
//
// The kernel's work that the bundle asks for, and which is done here as well:
//   a state directory, a cgroup2 directory, a device program loaded and attached (in parallel with the child)
//   one clone3 into that cgroup with new mount, pid, network, ipc and uts namespaces; a cgroup namespace
//   a session keyring; lo up; host name; oom_score_adj; 2 sysctls
//   the rootfs bind, proc, tmpfs /dev, devpts, sysfs, cgroup2, mqueue, tmpfs /dev/shm, 3 bind mounts of files
//   6 devices, 5 symbolic links, 12 masked and 5 read-only paths, pivot_root, the old root unmounted
//   supplementary groups, 14 capabilities in 3 sets, the seccomp filter, execve, wait, and all of it removed
#pragma once

#include <sys/types.h>

namespace bench_floor {

// Ends the process with "floor: WHAT: the C library's words for errno".
[[noreturn]] void fail(const char* what);

// For system calls: passes the result on, ends the process on -1.
inline long check(long result, const char* what) {
  if (result == -1) [[unlikely]]
    fail(what);
  return result;
}

// Writes `text` to an existing file in one call.
void write_file(const char* path, const char* text);

// The child, in order (filesystems.cc, confine.cc). The working directory becomes the container's root.
void make_root(const char* bundle);
void set_kernel_values();
void restrict_paths();
void enter_root();
// `filter`: a descriptor of a file with the seccomp program, as an array of sock_filter.
void confine(int filter);

// Docker's default 14 capabilities.
extern const unsigned kCapabilities[14];

// The docker-like bundle's device rules as a cgroup2 device program: loaded, and attached to this directory.
void attach_device_program(int cgroup);

// Reads back from inside of the finished container that it is what the bundle asks for. The number of differences,
// each told on stderr.
int verify();

}  // namespace bench_floor
