#!/usr/bin/env python3
"""The bundles that bench/run measures with.

  bundles.py docker|minimal DIR [--payload FILE] [--cgroups-path PATH] [--seccomp FILE]

docker: what Docker's engine generates for `docker run IMAGE true`, with the default options. The floor (floor/floor.h)
makes the same container: a change here is a change there.
minimal: the template that `runc spec` prints, less its rlimits (raising those takes CAP_SYS_RESOURCE).
"""
import argparse
import json
import os
import pathlib
import shutil

HERE = pathlib.Path(__file__).resolve().parent
PROFILE = HERE.parent / "tests/unit/seccomp/data/docker-default.json"

DOCKER_CAPABILITIES = [
    "CAP_" + name
    for name in ("CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE "
                 "SYS_CHROOT KILL AUDIT_WRITE").split()
]
MASKED_FILES = ["/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
                "/proc/timer_list", "/proc/timer_stats"]
MASKED_DIRECTORIES = ["/proc/acpi", "/proc/asound", "/proc/scsi", "/sys/devices/virtual/powercap", "/sys/firmware"]
READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def mount(destination, kind, source, *options):
    return {"destination": destination, "type": kind, "source": source, "options": list(options)}


def device_rule(allow, kind=None, major=None, minor=None):
    rule = {"allow": allow, "access": "rwm"}
    if kind:
        rule |= {"type": kind, "major": major, "minor": minor}
    return rule


def filesystems():
    safe = ("nosuid", "noexec", "nodev")
    return [
        mount("/proc", "proc", "proc", *safe),
        mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
        mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
        mount("/sys", "sysfs", "sysfs", *safe, "ro"),
        mount("/sys/fs/cgroup", "cgroup", "cgroup", "ro", *safe),
        mount("/dev/mqueue", "mqueue", "mqueue", *safe),
        mount("/dev/shm", "tmpfs", "shm", *safe, "mode=1777", "size=65536k"),
    ]


def docker_config(directory, cgroups_path, profile):
    def bound(name):
        return mount(f"/etc/{name}", "bind", str(directory / name), "rbind", "rprivate")

    sets = {name: DOCKER_CAPABILITIES for name in ("bounding", "effective", "permitted")}
    characters = [device_rule(True, "c", *numbers) for numbers in ((1, 5), (1, 3), (1, 9), (1, 8), (5, 0), (5, 1))]
    return {
        "ociVersion": "1.0.2-dev",
        "process": {
            "user": {"uid": 0, "gid": 0, "additionalGids": [0, 10]},
            "args": ["/bin/true"],
            "env": [PATH, "HOSTNAME=bench"],
            "cwd": "/",
            "capabilities": sets,
            "oomScoreAdj": 0,
        },
        "root": {"path": "rootfs"},
        "hostname": "bench",
        "mounts": filesystems() + [bound(name) for name in ("resolv.conf", "hostname", "hosts")],
        "linux": {
            "sysctl": {"net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647"},
            "resources": {"devices": [device_rule(False), *characters, device_rule(False, "c", 10, 229)]},
            "cgroupsPath": cgroups_path,
            "namespaces": [{"type": t} for t in ("mount", "network", "uts", "pid", "ipc", "cgroup")],
            "seccomp": profile,
            "maskedPaths": sorted(MASKED_FILES + MASKED_DIRECTORIES),
            "readonlyPaths": READ_ONLY,
        },
    }


def minimal_config(cgroups_path):
    sets = {name: ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
            for name in ("bounding", "effective", "permitted")}
    masked = ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
              "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"]
    return {
        "ociVersion": "1.0.2-dev",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": ["/bin/true"],
            "env": [PATH, "TERM=xterm"],
            "cwd": "/",
            "capabilities": sets,
            "noNewPrivileges": True,
        },
        "root": {"path": "rootfs", "readonly": True},
        "hostname": "bench",
        "mounts": filesystems(),
        "linux": {
            "resources": {"devices": [device_rule(False)]},
            "cgroupsPath": cgroups_path,
            "namespaces": [{"type": t} for t in ("pid", "network", "ipc", "uts", "mount")],
            "maskedPaths": masked,
            "readonlyPaths": READ_ONLY,
        },
    }


def make(kind, directory, payload, cgroups_path, seccomp=PROFILE):
    """Makes a bundle of this kind in an empty or new directory; `payload` becomes its /bin/true."""
    directory = pathlib.Path(directory)
    rootfs = directory / "rootfs"
    for name in ("bin", "dev", "etc", "proc", "sys", "tmp"):
        (rootfs / name).mkdir(parents=True)
    shutil.copy(payload, rootfs / "bin/true")
    os.chmod(rootfs / "bin/true", 0o755)
    texts = {"resolv.conf": "nameserver 192.0.2.1\n", "hostname": "bench\n", "hosts": "127.0.0.1 localhost bench\n"}
    for name, text in texts.items():
        (directory / name).write_text(text)
        (rootfs / "etc" / name).touch()
    if kind == "docker":
        config = docker_config(directory, cgroups_path, json.loads(pathlib.Path(seccomp).read_text()))
    else:
        config = minimal_config(cgroups_path)
    (directory / "config.json").write_text(json.dumps(config, indent=1))


def main():
    parser = argparse.ArgumentParser(description="Makes a bundle for measuring.")
    parser.add_argument("kind", choices=["docker", "minimal"])
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--payload", default="/bin/true", help="a static program, the container's /bin/true")
    parser.add_argument("--cgroups-path", default="/brig-bench/container")
    parser.add_argument("--seccomp", default=PROFILE, help="linux.seccomp of the docker bundle")
    arguments = parser.parse_args()
    make(arguments.kind, arguments.directory.resolve(), arguments.payload, arguments.cgroups_path, arguments.seccomp)


if __name__ == "__main__":
    main()
