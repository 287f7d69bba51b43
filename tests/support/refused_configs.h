// Configs with one thing wrong, and the JSON pointer that names it. The unit tests read each, the kernel tests hand
// each to `create` and see that nothing was made.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace brig::testing {

struct RefusedConfig {
  std::string json;
  std::string pointer;
  std::string reason;  // part of the error's text; may be empty
};

class RefusedConfigs {
 public:
  struct Bad {
    std::string_view json;     // what is wrong, put into the frame of its table
    std::string_view pointer;  // below the frame's place
    std::string_view reason = {};
  };

  // Each of `table` between `before` and `after`; `place` is the pointer to where it stands.
  void add(std::string_view before, std::string_view after, std::string_view place, std::initializer_list<Bad> table) {
    for (const Bad& bad : table)
      list_.push_back({.json = std::string(before).append(bad.json).append(after),
                       .pointer = std::string(place).append(bad.pointer),
                       .reason = std::string(bad.reason)});
  }
  const std::vector<RefusedConfig>& list() const { return list_; }

 private:
  std::vector<RefusedConfig> list_;
};

namespace refused {

inline constexpr std::string_view kTop = R"({"ociVersion": "1.3.0", "root": {"path": "r"}, )";

inline void documents(RefusedConfigs& configs) {
  configs.add(
      "", "", "",
      {{"", "", "not valid JSON"},
       {"[]", "", "must be an object"},
       {"null", "", "must be an object"},
       {"{}", "/ociVersion", "missing"},
       {R"({"root": {"path": "r"}})", "/ociVersion", "missing"},
       {R"({"ociVersion": null, "root": {"path": "r"}})", "/ociVersion"},
       {R"({"ociVersion": 1.3})", "/ociVersion", "must be a string"},
       {R"({"ociVersion": ""})", "/ociVersion"},
       {R"({"ociVersion": "1.3"})", "/ociVersion"},
       {R"({"ociVersion": "1.03.0"})", "/ociVersion"},
       {R"({"ociVersion": "1.0.0-"})", "/ociVersion"},
       {R"({"ociVersion": "1.0.0 "})", "/ociVersion"},
       {R"({"ociVersion": "0.2.0", "root": 7})", "/ociVersion", "not supported"},
       {R"({"ociVersion": "2.0.0", "root": 7})", "/ociVersion", "not supported"},
       {R"({"ociVersion": "10.0.0"})", "/ociVersion", "not supported"},
       {R"({"ociVersion": "1.3.0"})", "/root", "missing"},
       {R"({"ociVersion": "1.3.0", "root": null})", "/root", "missing"},
       {R"({"ociVersion": "1.3.0", "root": {}})", "/root/path", "missing"},
       {R"({"ociVersion": "1.3.0", "root": {"path": ""}})", "/root/path"},
       {R"({"ociVersion": "1.3.0", "root": {"path": ["r"]}})", "/root/path"},
       {R"({"ociVersion": "1.3.0", "root": {"path": "r", "readonly": 1}})", "/root/readonly"},
       {R"({"ociVersion": "1.3.0", "root": {"path": "r\u0000"}})", "/root/path", "NUL"},
       {R"({"ociVersion": "1.3.0", "ociVersion": "1.3.0", "root": {"path": "r"}})", "/ociVersion", "duplicate"}});
}

inline void top_level(RefusedConfigs& configs) {
  configs.add(
      kTop, "}", "",
      {{R"("hostname": 7)", "/hostname"},
       {R"("hostname": "h")", "/hostname", "uts"},
       {R"("domainname": "h")", "/domainname", "uts"},
       {R"("hostname": "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff12345")", "/hostname", "64"},
       {R"("mounts": {})", "/mounts", "must be an array"},
       {R"("annotations": [])", "/annotations"},
       {R"("annotations": {"a": 1})", "/annotations/a"},
       {R"("annotations": {"a/b": null})", "/annotations/a~1b"},
       {R"("annotations": {"": "x"})", "/annotations/", "empty"},
       {R"("linux": [])", "/linux"},
       {R"("process": "sh")", "/process"},
       {R"("hooks": [])", "/hooks"},
       {R"("hooks": {"prestart": {}})", "/hooks/prestart"},
       {R"("hooks": {"prestart": [{}]})", "/hooks/prestart/0/path", "missing"},
       {R"("hooks": {"poststop": [{"path": "/a"}, {"path": "b"}]})", "/hooks/poststop/1/path", "absolute"},
       {R"("hooks": {"createRuntime": [{"path": "/a", "args": "x"}]})", "/hooks/createRuntime/0/args"},
       {R"("hooks": {"createContainer": [{"path": "/a", "args": [1]}]})", "/hooks/createContainer/0/args/0"},
       {R"("hooks": {"startContainer": [{"path": "/a", "env": ["X"]}]})", "/hooks/startContainer/0/env/0"},
       {R"("hooks": {"poststart": [{"path": "/a", "timeout": 0}]})", "/hooks/poststart/0/timeout"},
       {R"("hooks": {"poststart": [{"path": "/a", "timeout": -1}]})", "/hooks/poststart/0/timeout"},
       {R"("hooks": {"poststart": [{"path": "/a", "timeout": 2147483648}]})", "/hooks/poststart/0/timeout"}});
}

inline void process(RefusedConfigs& configs) {
  configs.add(std::string(kTop) + R"("process": {"cwd": "/", "args": ["a"], )", "}}", "/process",
              {{R"("terminal": "yes")", "/terminal"},
               {R"("terminal": true, "consoleSize": {"height": 1})", "/consoleSize/width", "missing"},
               {R"("terminal": true, "consoleSize": {"height": 65536, "width": 1})", "/consoleSize/height"},
               {R"("consoleSize": {"height": 1, "width": -1}, "terminal": true)", "/consoleSize/width"},
               {R"("env": {})", "/env"},
               {R"("env": ["A=1", "HOSTSECRET"])", "/env/1", "\"=\""},
               {R"("env": ["=x"])", "/env/0", "no name"},
               {R"("env": [""])", "/env/0"},
               {R"("env": ["A=\u0000"])", "/env/0", "NUL"},
               {R"("env": [null])", "/env/0"},
               {R"("user": [])", "/user"},
               {R"("user": {"uid": "0"})", "/user/uid", "must be an integer from 0 to 4294967294, is a string"},
               {R"("user": {"uid": -1})", "/user/uid"},
               {R"("user": {"uid": 1.5})", "/user/uid"},
               {R"("user": {"uid": 1e3})", "/user/uid"},
               {R"("user": {"uid": 4294967295})", "/user/uid", "is 4294967295"},
               {R"("user": {"uid": 4294967296})", "/user/uid"},
               {R"("user": {"uid": 99999999999999999999})", "/user/uid"},
               {R"("user": {"gid": 4294967295})", "/user/gid"},
               {R"("user": {"umask": 512})", "/user/umask"},
               {R"("user": {"additionalGids": 1})", "/user/additionalGids"},
               {R"("user": {"additionalGids": [1, 4294967295]})", "/user/additionalGids/1"},
               {R"("capabilities": [])", "/capabilities"},
               {R"("capabilities": {"bounding": "CAP_KILL"})", "/capabilities/bounding"},
               {R"("capabilities": {"ambient": [5]})", "/capabilities/ambient/0"},
               {R"("rlimits": [{"type": "RLIMIT_CORE", "hard": 1}])", "/rlimits/0/soft", "missing"},
               {R"("rlimits": [{"type": "RLIMIT_CORE", "soft": 1}])", "/rlimits/0/hard", "missing"},
               {R"("rlimits": [{"soft": 1, "hard": 1}])", "/rlimits/0/type", "missing"},
               {R"("rlimits": [{"type": "NOFILE", "soft": 1, "hard": 1}])", "/rlimits/0/type", "unknown"},
               {R"("rlimits": [{"type": "RLIMIT_CORE", "soft": -1, "hard": 1}])", "/rlimits/0/soft"},
               {R"("rlimits": [{"type": "RLIMIT_CORE", "soft": 2, "hard": 1}])", "/rlimits/0/soft", "greater"},
               {R"("rlimits": [{"type": "RLIMIT_CORE", "soft": 1, "hard": 1},
                                  {"type": "RLIMIT_CORE", "soft": 1, "hard": 1}])",
                "/rlimits/1/type", "twice"},
               {R"("noNewPrivileges": "true")", "/noNewPrivileges"},
               {R"("oomScoreAdj": 1001)", "/oomScoreAdj"},
               {R"("oomScoreAdj": -1001)", "/oomScoreAdj"},
               {R"("oomScoreAdj": 0.5)", "/oomScoreAdj"}});
}

inline void process_without_what_it_needs(RefusedConfigs& configs) {
  configs.add(std::string(kTop) + R"("process": )", "}", "/process",
              {{"{}", "/cwd", "missing"},
               {R"({"args": ["a"]})", "/cwd", "missing"},
               {R"({"cwd": "", "args": ["a"]})", "/cwd", "absolute"},
               {R"({"cwd": "x", "args": ["a"]})", "/cwd", "absolute"},
               {R"({"cwd": "/"})", "/args", "missing"},
               {R"({"cwd": "/", "args": null})", "/args", "missing"},
               {R"({"cwd": "/", "args": []})", "/args", "at least one"},
               {R"({"cwd": "/", "args": [0]})", "/args/0"}});
}

inline void mounts(RefusedConfigs& configs) {
  configs.add(std::string(kTop) + R"("linux": {"namespaces": [{"type": "mount"}]}, "mounts": [)", "]}", "/mounts/0",
              {{"7", ""},
               {"{}", "/destination", "missing"},
               {R"({"destination": ""})", "/destination", "empty"},
               {R"({"destination": 7})", "/destination"},
               {R"({"destination": "/", "type": "tmpfs"})", "/destination", "hide"},
               {R"({"destination": "a/..", "type": "tmpfs"})", "/destination", "hide"},
               {R"({"destination": "/a"})", "/type", "required"},
               {R"({"destination": "/a", "type": 1})", "/type"},
               {R"({"destination": "/a", "source": 1})", "/source"},
               {R"({"destination": "/a", "type": "tmpfs", "options": "ro"})", "/options"},
               {R"({"destination": "/a", "type": "tmpfs", "options": ["ro", 1]})", "/options/1"},
               {R"({"destination": "/a", "options": ["bind"]})", "/source", "missing"},
               {R"({"destination": "/a", "source": "/s", "options": ["bind", "sizes=1k"]})", "/options", "sizes=1k"},
               {R"({"destination": "/a", "source": "/s", "options": ["bind", "nofail"]})", "/options", "nofail"},
               {R"({"destination": "/a", "source": "/s", "options": ["bind", "x-y=z"]})", "/options", "x-y=z"},
               {R"({"destination": "/a", "source": "/s", "options": ["rbind", "RO"]})", "/options"},
               {R"({"destination": "/a", "source": "/s", "options": ["bind", "tmpcopyup"]})", "/options", "tmpfs"},
               {R"({"destination": "/a", "type": "proc", "options": ["tmpcopyup"]})", "/options", "tmpfs"},
               {R"({"destination": "/a", "options": ["remount", "bind", "x=y"]})", "/options"},
               {R"({"destination": "/a", "type": "tmpfs", "options": ["src-nofollow"]})", "/options", "bind"},
               {R"({"destination": "/a", "source": "/s", "options": ["bind", "remount", "dest-nofollow"]})", "/options",
                "bind"},
               {R"({"destination": "/a", "source": "/s", "options": ["bind", "copy-symlink", "src-nofollow"]})",
                "/options", "excludes"}});
}

// A bind of "/s" on "/a" with these members.
std::string bind_with(const std::string& options, const std::string& members) {
  return R"({"destination": "/a", "source": "/s", "options": ["bind")" + options + "]" + members + "}";
}

constexpr const char* kNoUserNamespace = R"("linux": {"namespaces": [{"type": "mount"}]}, "mounts": [)";
constexpr const char* kUserNamespace = R"("linux": {"namespaces": [{"type": "mount"}, {"type": "user"}],
    "uidMappings": [{"containerID": 0, "hostID": 100000, "size": 1000}],
    "gidMappings": [{"containerID": 0, "hostID": 100000, "size": 1000}]}, "mounts": [)";

inline void id_mapped_mounts(RefusedConfigs& configs) {
  const std::string range = R"({"containerID": 0, "hostID": 5, "size": 9})", list = "[" + range + "]";
  const std::string both = R"(, "uidMappings": )" + list + R"(, "gidMappings": )" + list;
  configs.add(
      std::string(kTop) + kNoUserNamespace, "]}", "/mounts/0",
      {{bind_with(R"(, "idmap")", ""), "/options", "needs uidMappings"},
       {bind_with(R"(, "ridmap")", R"(, "uidMappings": [], "gidMappings": [])"), "/options", "needs uidMappings"},
       {bind_with("", R"(, "uidMappings": )" + list), "/gidMappings", "required beside"},
       {bind_with(R"(, "idmap")", R"(, "gidMappings": )" + list), "/uidMappings", "required beside"},
       {bind_with("", R"(, "uidMappings": [{}])"), "/uidMappings/0/containerID", "missing"},
       {bind_with("", R"(, "uidMappings": {})"), "/uidMappings", "array"},
       {bind_with("", R"(, "gidMappings": [)" + range + "," + range + R"(], "uidMappings": )" + list),
        "/gidMappings/1/containerID", "overlaps"},
       {bind_with(R"(, "remount")", both), "/uidMappings", "remount"},
       {R"({"destination": "/a", "type": "cgroup")" + both + "}", "/uidMappings", "cgroup"}});
  configs.add(std::string(kTop) + kUserNamespace, "]}", "/mounts/0",
              {{R"({"destination": "/a", "type": "tmpfs")" + both + "}", "/uidMappings", "in a user namespace"},
               {R"({"destination": "/a", "type": "tmpfs", "options": ["idmap"]})", "/options", "in a user namespace"}});
}

inline void cruns_idmap_option(RefusedConfigs& configs) {
  for (const char* option :
       {"idmap=uids", "idmap=uids=", "idmap=uids=0-1", "idmap=uids=0-1-2-3", "idmap=uids=0-1-x", "idmap=uids=0-1-+1",
        "idmap=uids=-1-1-1", "idmap=uids=0-1-1#", "idmap=uids=0-1-1;", "idmap=users=0-1-1", "idmap=uids=0-1-0",
        "idmap=uids=0-4294967294-2", "idmap=uids=0-1-4294967296", "ridmap=uids=0-1-1;uids=0-1-1",
        "idmap=uids=@0-0-1;gids=0-0-1"})
    configs.add(std::string(kTop) + kNoUserNamespace, "]}", "/mounts/0",
                {{bind_with(", \"" + std::string(option) + "\"", ""), "/options", "idmap"}});
  configs.add(std::string(kTop) + kUserNamespace, "]}", "/mounts/0",
              {{bind_with(R"(, "idmap=uids=@0-1000-1;gids=0-0-1")", ""), "/options", "not within one mapping"},
               {bind_with(R"(, "idmap=uids=@0-999-2;gids=0-0-1")", ""), "/options", "not within one mapping"}});
}

inline void mount_context_type(RefusedConfigs& configs) {
  configs.add(std::string(kTop) + R"("annotations": {"run.oci.mount_context_type": )", "}}",
              "/annotations/run.oci.mount_context_type", {{R"("")", ""}, {R"("seclabel")", "", "fscontext"}});
}

inline void linux_itself(RefusedConfigs& configs) {
  configs.add(
      std::string(kTop) + R"("linux": {)", "}}", "/linux",
      {{R"("namespaces": {})", "/namespaces"},
       {R"("namespaces": ["pid"])", "/namespaces/0"},
       {R"("namespaces": [{}])", "/namespaces/0/type", "missing"},
       {R"("namespaces": [{"type": "mnt"}])", "/namespaces/0/type", "unknown"},
       {R"("namespaces": [{"type": "pid", "path": "ns"}])", "/namespaces/0/path", "absolute"},
       {R"("namespaces": [{"type": "pid", "path": 1}])", "/namespaces/0/path"},
       {R"("namespaces": [{"type": "pid"}, {"type": "ipc"}, {"type": "pid", "path": "/x"}])", "/namespaces/2",
        "second"},
       {R"("uidMappings": [{"containerID": 0, "hostID": 0, "size": 1}])", "/uidMappings", "user"},
       {R"("gidMappings": [{"containerID": 0, "hostID": 0, "size": 1}])", "/gidMappings", "user"},
       {R"("uidMappings": [{"hostID": 0, "size": 1}])", "/uidMappings/0/containerID", "missing"},
       {R"("uidMappings": [{"containerID": 0, "size": 1}])", "/uidMappings/0/hostID", "missing"},
       {R"("uidMappings": [{"containerID": 0, "hostID": 0}])", "/uidMappings/0/size", "missing"},
       {R"("uidMappings": [{"containerID": 0, "hostID": 0, "size": 0}])", "/uidMappings/0/size", "0"},
       {R"("uidMappings": [{"containerID": 1, "hostID": 0, "size": 4294967295}])", "/uidMappings/0/size",
        "containerID"},
       {R"("uidMappings": [{"containerID": 0, "hostID": 4294967294, "size": 2}])", "/uidMappings/0/size", "hostID"},
       {R"("uidMappings": [{"containerID": 0, "hostID": 4294967295, "size": 1}])", "/uidMappings/0/hostID"},
       {R"("gidMappings": [{"containerID": 0, "hostID": 0, "size": 4294967296}])", "/gidMappings/0/size"},
       {R"("timeOffsets": {"boottime": {"secs": 1}})", "/timeOffsets", "time"},
       {R"("timeOffsets": {"realtime": {"secs": 1}})", "/timeOffsets/realtime", "unknown"},
       {R"("timeOffsets": {"boottime": 1})", "/timeOffsets/boottime"},
       {R"("timeOffsets": {"boottime": {"nanosecs": 1000000000}})", "/timeOffsets/boottime/nanosecs"},
       {R"("timeOffsets": {"boottime": {"secs": 9223372036854775808}})", "/timeOffsets/boottime/secs"},
       {R"("devices": [{"path": "/d", "major": 1, "minor": 1}])", "/devices/0/type", "missing"},
       {R"("devices": [{"type": "x", "path": "/d", "major": 1, "minor": 1}])", "/devices/0/type"},
       {R"("devices": [{"type": "", "path": "/d", "major": 1, "minor": 1}])", "/devices/0/type"},
       {R"("devices": [{"type": "c", "major": 1, "minor": 1}])", "/devices/0/path", "missing"},
       {R"("devices": [{"type": "c", "path": "dev/d", "major": 1, "minor": 1}])", "/devices/0/path", "absolute"},
       {R"("devices": [{"type": "c", "path": "/dev/..", "major": 1, "minor": 1}])", "/devices/0/path"},
       {R"("devices": [{"type": "c", "path": "/d", "minor": 1}])", "/devices/0/major", "missing"},
       {R"("devices": [{"type": "b", "path": "/d", "major": 1, "minor": null}])", "/devices/0/minor", "missing"},
       {R"("devices": [{"type": "c", "path": "/d", "major": 4096, "minor": 1}])", "/devices/0/major"},
       {R"("devices": [{"type": "c", "path": "/d", "major": -1, "minor": 1}])", "/devices/0/major"},
       {R"("devices": [{"type": "c", "path": "/d", "major": 1, "minor": 1048576}])", "/devices/0/minor"},
       {R"("devices": [{"type": "p", "path": "/d", "fileMode": 65536}])", "/devices/0/fileMode"},
       {R"("devices": [{"type": "p", "path": "/d", "uid": 4294967295}])", "/devices/0/uid"},
       {R"("devices": [{"type": "p", "path": "/d", "gid": -1}])", "/devices/0/gid"},
       {R"("cgroupsPath": 7)", "/cgroupsPath"},
       {R"("cgroupsPath": "/a/../../b")", "/cgroupsPath", ".."},
       {R"("cgroupsPath": "..")", "/cgroupsPath", ".."},
       {R"("cgroupsPath": "a\nb")", "/cgroupsPath", "control"},
       {R"("rootfsPropagation": "SHARED")", "/rootfsPropagation", "unknown"},
       {R"("rootfsPropagation": "bind")", "/rootfsPropagation", "unknown"},
       {R"("maskedPaths": ["/a", "b"])", "/maskedPaths/1", "absolute"},
       {R"("readonlyPaths": [""])", "/readonlyPaths/0", "absolute"},
       {R"("mountLabel": 1)", "/mountLabel"}});
}

inline void net_devices(RefusedConfigs& configs) {
  configs.add(std::string(kTop) + R"("linux": {"namespaces": [{"type": "network"}], "netDevices": )", "}}",
              "/linux/netDevices",
              {{"[]", "", "object"},
               {R"({"eth0": "eth1"})", "/eth0", "object"},
               {R"({"eth0": {"name": 1}})", "/eth0/name", "string"},
               {R"({"": {}})", "/", "no name of a network device"},
               {R"({"eth%d": {}})", "/eth%d", "no name of a network device"},
               {R"({"a/b": {}})", "/a~1b", "no name of a network device"},
               {R"({"eth0": {"name": ".."}})", "/eth0/name", "no name of a network device"},
               {R"({"eth0": {"name": "sixteen-letters-"}})", "/eth0/name", "no name of a network device"},
               {R"({"eth0": {"name": "x"}, "eth1": {"name": "x"}})", "/eth1", "a second device"},
               {R"({"eth0": {}, "eth1": {"name": "eth0"}})", "/eth1", "a second device"},
               {R"({"lo": {"name": "x"}})", "/lo", "can't be moved"},
               {R"({"eth0": {"name": "lo"}})", "/eth0", "of its own"}});
  configs.add(std::string(kTop) + R"("linux": {"namespaces": [{"type": "pid"}], "netDevices": )", "}}",
              "/linux/netDevices", {{R"({"eth0": {}})", "", "needs a \"network\" namespace"}});
}

inline void intel_rdt(RefusedConfigs& configs) {
  configs.add(std::string(kTop) + R"("linux": {"intelRdt": )", "}}", "/linux/intelRdt",
              {{"[]", "", "object"},
               {R"({"closID": 1})", "/closID", "string"},
               {R"({"closID": "a/b"})", "/closID", "no name"},
               {R"({"closID": ".."})", "/closID", "no name"},
               {R"({"closID": "info"})", "/closID", "no name"},
               {R"({"closID": "mon_groups"})", "/closID", "no name"},
               {R"({"closID": "a\nb"})", "/closID", "no name"},
               {R"({"memBwSchema": "L3:0=f"})", "/memBwSchema", "must start with"},
               {R"({"memBwSchema": "MB:0=1\nMB:1=1"})", "/memBwSchema", "one line"},
               {R"({"schemata": "L3:0=f"})", "/schemata", "array"},
               {R"({"schemata": ["L3:0=f", "L2:0=f\nL2:1=f"]})", "/schemata/1", "one line"},
               {R"({"schemata": [""]})", "/schemata/0", "empty"},
               {R"({"l3CacheSchema": 5})", "/l3CacheSchema", "string"},
               {R"({"enableMonitoring": "yes"})", "/enableMonitoring", "boolean"}});
}

// A user namespace has no power over the mount namespace that would be inherited.
inline void mounts_in_the_inherited_namespace(RefusedConfigs& configs) {
  constexpr std::string_view kNeeds = "needs a \"mount\" namespace";
  constexpr const char* kLinux = R"("linux": {"namespaces": [{"type": "user"}],
    "uidMappings": [{"containerID": 0, "hostID": 100000, "size": 1000}],
    "gidMappings": [{"containerID": 0, "hostID": 100000, "size": 1000}])";
  configs.add(std::string(kTop) + kLinux, "}}", "/linux",
              {{R"(, "maskedPaths": ["/a"])", "/maskedPaths", kNeeds},
               {R"(, "readonlyPaths": ["/a"])", "/readonlyPaths", kNeeds},
               {R"(, "rootfsPropagation": "shared")", "/rootfsPropagation", kNeeds}});
  configs.add(std::string(kTop) + kLinux + "}, ", "}", "",
              {{R"("mounts": [{"destination": "/a", "type": "tmpfs"}])", "/mounts", kNeeds},
               {R"("process": {"cwd": "/", "args": ["a"], "terminal": true})", "/process/terminal", kNeeds}});
  configs.add(std::string(R"({"ociVersion": "1.3.0", "root": {"path": "r", "readonly": true}, )") + kLinux, "}}", "",
              {{"", "/root/readonly", kNeeds}});
}

inline void user_namespaces(RefusedConfigs& configs) {
  constexpr std::string_view kOne = R"("uidMappings": [{"containerID": 0, "hostID": 0, "size": 9}])";
  constexpr std::string_view kGid = R"("gidMappings": [{"containerID": 0, "hostID": 0, "size": 9}])";
  const std::string both = std::string(kOne) + ", " + std::string(kGid);
  const auto config = [](std::string_view linux_members, std::string_view user = "{}") {
    return std::string(kTop) + R"("process": {"cwd": "/", "args": ["a"], "user": )" + std::string(user) +
           R"(}, "linux": {"namespaces": [{"type": "user"}], )" + std::string(linux_members) + "}}";
  };
  const std::string overlap_inside = R"("uidMappings": [{"containerID": 0, "hostID": 0, "size": 10},
      {"containerID": 20, "hostID": 20, "size": 1}, {"containerID": 9, "hostID": 100, "size": 5}], )";
  const std::string overlap_outside = R"("uidMappings": [{"containerID": 0, "hostID": 0, "size": 10},
      {"containerID": 10, "hostID": 5, "size": 5}], )";
  std::string many = R"("uidMappings": [)";
  for (int i = 0; i < 341; ++i)
    many += (i == 0 ? "" : ",") + std::string(R"({"containerID": )") + std::to_string(i) + R"(, "hostID": )" +
            std::to_string(i) + R"(, "size": 1})";
  many += "], ";
  const std::string texts[] = {config(kOne),
                               config(kGid),
                               config(R"("mountLabel": "")"),
                               config(overlap_inside + std::string(kGid)),
                               config(overlap_outside + std::string(kGid)),
                               config(many + std::string(kGid)),
                               config(both, R"({"uid": 9})"),
                               config(both, R"({"gid": 1000})"),
                               config(both, R"({"additionalGids": [8, 9]})")};
  configs.add("", "", "",
              {{texts[0], "/linux/gidMappings", "required"},
               {texts[1], "/linux/uidMappings", "required"},
               {texts[2], "/linux/uidMappings", "required"},
               {texts[3], "/linux/uidMappings/2/containerID", "overlaps with mapping 0"},
               {texts[4], "/linux/uidMappings/1/hostID", "overlaps with mapping 0"},
               {texts[5], "/linux/uidMappings", "340"},
               {texts[6], "/process/user/uid", "not mapped"},
               {texts[7], "/process/user/gid", "not mapped"},
               {texts[8], "/process/user/additionalGids/1", "not mapped"}});
}

inline void time_offsets_of_a_joined_namespace(RefusedConfigs& configs) {
  configs.add(std::string(kTop) + R"("linux": {"namespaces": [{"type": "time", "path": "/x"}], )", "}}", "/linux",
              {{R"("timeOffsets": {"boottime": {"secs": 1}})", "/timeOffsets", "new"}});
}

inline void sysctls(RefusedConfigs& configs) {
  configs.add(std::string(kTop) + R"("linux": {"sysctl": )", "}}", "/linux/sysctl",
              {{"[]", ""},
               {R"({"net.core.somaxconn": "1"})", "/net.core.somaxconn", "network"},
               {R"({"kernel.msgmax": "1"})", "/kernel.msgmax", "ipc"},
               {R"({"fs/mqueue/msg_max": "1"})", "/fs.mqueue.msg_max", "ipc"},
               {R"({"kernel.domainname": "x"})", "/kernel.domainname", "uts"},
               {R"({"user.max_user_namespaces": "1"})", "/user.max_user_namespaces", "user"}});
  configs.add(std::string(kTop) + R"("linux": {"namespaces": [{"type": "network"}, {"type": "ipc"},
                     {"type": "uts"}, {"type": "mount"}, {"type": "pid"}], "sysctl": {)",
              "}}}", "/linux/sysctl",
              {{R"("kernel.core_pattern": "x")", "/kernel.core_pattern", "not allowed"},
               {R"("kernel/core_pattern": "x")", "/kernel~1core_pattern", "not allowed"},
               {R"("net/../kernel/core_pattern": "x")", "/net~1..~1kernel~1core_pattern", "not the name"},
               {R"("/net/x": "1")", "/~1net~1x", "not the name"},
               {R"("": "1")", "/", "not the name"},
               {R"("net.x\n": "1")", "/net.x\n", "not the name"},
               {R"("vm.swappiness": "1")", "/vm.swappiness", "not allowed"},
               {R"("fs.file-max": "1")", "/fs.file-max", "not allowed"},
               {R"("kernel.hostname": "x")", "/kernel.hostname", "hostname"},
               {R"("user.max_user_namespaces": "1")", "/user.max_user_namespaces", "user"},
               {R"("net.a": 1)", "/net.a"},
               {R"("net.a": "1\n2")", "/net.a", "one line"},
               {R"("net.a": "1", "net/a": "2")", "/net.a", "twice"}});
}

inline void resources(RefusedConfigs& configs) {
  configs.add(std::string(kTop) + R"("linux": {"resources": {)", "}}}", "/linux/resources",
              {{R"("devices": {})", "/devices"},
               {R"("devices": [{}])", "/devices/0/allow", "missing"},
               {R"("devices": [{"allow": "yes"}])", "/devices/0/allow"},
               {R"("devices": [{"allow": true}])", "/devices/0/access", "missing"},
               {R"("devices": [{"allow": false, "access": ""}])", "/devices/0/access"},
               {R"("devices": [{"allow": false, "access": "rx"}])", "/devices/0/access"},
               {R"("devices": [{"allow": false, "type": "p"}])", "/devices/0/type"},
               {R"("devices": [{"allow": false, "type": "cc"}])", "/devices/0/type"},
               {R"("devices": [{"allow": false, "major": -2}])", "/devices/0/major"},
               {R"("devices": [{"allow": false, "major": 4096}])", "/devices/0/major"},
               {R"("devices": [{"allow": false, "minor": "*"}])", "/devices/0/minor"},
               {R"("memory": [])", "/memory"},
               {R"("memory": {"limit": -2})", "/memory/limit"},
               {R"("memory": {"limit": "1g"})", "/memory/limit"},
               {R"("memory": {"reservation": 9223372036854775808})", "/memory/reservation"},
               {R"("memory": {"swap": 1.5})", "/memory/swap"},
               {R"("memory": {"kernel": -2})", "/memory/kernel"},
               {R"("memory": {"kernelTCP": "1"})", "/memory/kernelTCP"},
               {R"("memory": {"swappiness": 101})", "/memory/swappiness", "0 to 100"},
               {R"("memory": {"swappiness": -1})", "/memory/swappiness"},
               {R"("memory": {"disableOOMKiller": 1})", "/memory/disableOOMKiller"},
               {R"("memory": {"useHierarchy": "yes"})", "/memory/useHierarchy"},
               {R"("memory": {"checkBeforeUpdate": 0})", "/memory/checkBeforeUpdate"},
               {R"("memory": {"swap": 4096})", "/memory/swap", "needs memory/limit"},
               {R"("memory": {"swap": 4096, "limit": 8192})", "/memory/swap", "less than"},
               {R"("cpu": {"shares": -1})", "/cpu/shares"},
               {R"("cpu": {"quota": -2})", "/cpu/quota"},
               {R"("cpu": {"period": "x"})", "/cpu/period"},
               {R"("cpu": {"burst": -1})", "/cpu/burst"},
               {R"("cpu": {"idle": 2})", "/cpu/idle"},
               {R"("cpu": {"burst": 20001, "quota": 20000})", "/cpu/burst", "cpu/quota"},
               {R"("cpu": {"cpus": "0-3\n"})", "/cpu/cpus"},
               {R"("cpu": {"mems": "all"})", "/cpu/mems"},
               {R"("pids": {"limit": -2})", "/pids/limit"},
               {R"("pids": 5)", "/pids"}});
}

inline void block_io(RefusedConfigs& configs) {
  configs.add(
      std::string(kTop) + R"("linux": {"resources": {"blockIO": )", "}}}", "/linux/resources/blockIO",
      {{"[]", ""},
       {R"({"weight": 9})", "/weight", "from 10 to 1000"},
       {R"({"weight": 1001})", "/weight"},
       {R"({"weight": "10"})", "/weight"},
       {R"({"leafWeight": 1})", "/leafWeight", "from 10 to 1000"},
       {R"({"weightDevice": {}})", "/weightDevice"},
       {R"({"weightDevice": [{"minor": 0, "weight": 10}]})", "/weightDevice/0/major", "missing"},
       {R"({"weightDevice": [{"major": 8, "weight": 10}]})", "/weightDevice/0/minor", "missing"},
       {R"({"weightDevice": [{"major": 8, "minor": 0}]})", "/weightDevice/0", "leafWeight"},
       {R"({"weightDevice": [{"major": 8, "minor": 0, "leafWeight": 5}]})", "/weightDevice/0/leafWeight"},
       {R"({"weightDevice": [{"major": 8, "minor": 0, "weight": 10}, {"major": 8, "minor": 0, "weight": 20}]})",
        "/weightDevice/1", "the same as entry 0"},
       {R"({"throttleReadBpsDevice": [{"major": 8, "minor": 0}]})", "/throttleReadBpsDevice/0/rate", "missing"},
       {R"({"throttleWriteBpsDevice": [{"major": -1, "minor": 0, "rate": 1}]})", "/throttleWriteBpsDevice/0/major"},
       {R"({"throttleReadIOPSDevice": [{"major": 8, "minor": 1048576, "rate": 1}]})",
        "/throttleReadIOPSDevice/0/minor"},
       {R"({"throttleWriteIOPSDevice": [{"major": 8, "minor": 0, "rate": -1}]})", "/throttleWriteIOPSDevice/0/rate"},
       {R"({"throttleReadBpsDevice": [{"major": 8, "minor": 0, "rate": 1}, {"major": 8, "minor": 0, "rate": 1}]})",
        "/throttleReadBpsDevice/1", "the same as entry 0"},
       {R"({"throttleWriteIOPSDevice": [{"major": 8, "minor": 0, "rate": 1}, {"major": 8, "minor": 1, "rate": 1},
                                        {"major": 8, "minor": 1, "rate": 2}]})",
        "/throttleWriteIOPSDevice/2", "the same as entry 1"}});
}

inline void huge_pages_network_and_rdma(RefusedConfigs& configs) {
  configs.add(
      std::string(kTop) + R"("linux": {"resources": {)", "}}}", "/linux/resources",
      {{R"("hugepageLimits": {})", "/hugepageLimits"},
       {R"("hugepageLimits": [{"limit": 0}])", "/hugepageLimits/0/pageSize", "missing"},
       {R"("hugepageLimits": [{"pageSize": "2MB"}])", "/hugepageLimits/0/limit", "missing"},
       {R"("hugepageLimits": [{"pageSize": "2MB", "limit": -1}])", "/hugepageLimits/0/limit"},
       {R"("hugepageLimits": [{"pageSize": "2M", "limit": 0}])", "/hugepageLimits/0/pageSize", "2MB"},
       {R"("hugepageLimits": [{"pageSize": "02MB", "limit": 0}])", "/hugepageLimits/0/pageSize"},
       {R"("hugepageLimits": [{"pageSize": "MB", "limit": 0}])", "/hugepageLimits/0/pageSize"},
       {R"("hugepageLimits": [{"pageSize": "", "limit": 0}])", "/hugepageLimits/0/pageSize"},
       {R"("hugepageLimits": [{"pageSize": "../2MB", "limit": 0}])", "/hugepageLimits/0/pageSize"},
       {R"("hugepageLimits": [{"pageSize": "2MB", "limit": 0}, {"pageSize": "2MB", "limit": 1}])", "/hugepageLimits/1",
        "the same as entry 0"},
       {R"("network": {"classID": 4294967296})", "/network/classID"},
       {R"("network": {"classID": "1"})", "/network/classID"},
       {R"("network": {"priorities": [{"priority": 1}]})", "/network/priorities/0/name", "missing"},
       {R"("network": {"priorities": [{"name": "eth0"}]})", "/network/priorities/0/priority", "missing"},
       {R"("network": {"priorities": [{"name": "", "priority": 1}]})", "/network/priorities/0/name"},
       {R"("network": {"priorities": [{"name": "a b", "priority": 1}]})", "/network/priorities/0/name"},
       {R"("network": {"priorities": [{"name": "a23456789012345x", "priority": 1}]})", "/network/priorities/0/name"},
       {R"("network": {"priorities": [{"name": "lo", "priority": 1}, {"name": "lo", "priority": 2}]})",
        "/network/priorities/1", "the same as entry 0"},
       {R"("rdma": [])", "/rdma"},
       {R"("rdma": {"mlx5_1": 3})", "/rdma/mlx5_1"},
       {R"("rdma": {"mlx5_1": {}})", "/rdma/mlx5_1", "hcaHandles"},
       {R"("rdma": {"mlx5_1": {"hcaHandles": -1}})", "/rdma/mlx5_1/hcaHandles"},
       {R"("rdma": {"mlx5_1": {"hcaObjects": 4294967296}})", "/rdma/mlx5_1/hcaObjects"},
       {R"("rdma": {"": {"hcaHandles": 1}})", "/rdma/", "name of a device"},
       {R"("rdma": {"a b": {"hcaHandles": 1}})", "/rdma/a b", "name of a device"},
       {R"("rdma": {"a\nb": {"hcaHandles": 1}})", "/rdma/a\nb", "name of a device"}});
}

inline void unified(RefusedConfigs& configs) {
  configs.add(std::string(kTop) + R"("linux": {"resources": {"unified": )", "}}}", "/linux/resources/unified",
              {{"[]", ""},
               {R"({"memory.high": 1})", "/memory.high"},
               {R"({"memory.high": null})", "/memory.high"},
               {R"({"": "1"})", "/"},
               {R"({"memory": "1"})", "/memory", "memory.high"},
               {R"({".high": "1"})", "/.high"},
               {R"({"memory.": "1"})", "/memory."},
               {R"({"..": "1"})", "/.."},
               {R"({"../memory.high": "1"})", "/..~1memory.high"},
               {R"({"sub/memory.high": "1"})", "/sub~1memory.high"},
               {R"({"memory..high": "1"})", "/memory..high"},
               {R"({"memory high.x": "1"})", "/memory high.x"},
               {R"({"cgroup.procs": "1"})", "/cgroup.procs", "no setting"},
               {R"({"cgroup.freeze": "1"})", "/cgroup.freeze", "no setting"},
               {R"({"cgroup.kill": "1"})", "/cgroup.kill", "no setting"},
               {R"({"cgroup.subtree_control": "+memory"})", "/cgroup.subtree_control", "no setting"}});
}

inline void seccomp(RefusedConfigs& configs) {
  configs.add(
      std::string(kTop) + R"("linux": {"seccomp": )", "}}", "/linux/seccomp",
      {{"[]", ""},
       {"{}", "/defaultAction", "missing"},
       {R"({"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": 1})", "/listenerPath"},
       {R"({"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/a", "listenerMetadata": {}})", "/listenerMetadata"},
       {R"({"defaultAction": "SCMP_ACT_ALLOW", "listenerMetadata": "x"})", "/listenerMetadata", "without listenerPath"},
       {R"({"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "", "listenerMetadata": "",
                       "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]})",
        "/listenerPath", "is needed"},
       {R"({"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1})", "/defaultErrnoRet", "no errno"},
       {R"({"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 65536})", "/defaultErrnoRet"},
       {R"({"defaultAction": "SCMP_ACT_ERRNO", "architectures": "x"})", "/architectures"},
       {R"({"defaultAction": "SCMP_ACT_ERRNO", "flags": [1]})", "/flags/0"}});
  configs.add(std::string(kTop) + R"("linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [)", "]}}}",
              "/linux/seccomp/syscalls/0",
              {{R"({"action": "SCMP_ACT_ALLOW"})", "/names", "missing"},
               {R"({"names": [], "action": "SCMP_ACT_ALLOW"})", "/names", "at least one"},
               {R"({"names": ["read", 1], "action": "SCMP_ACT_ALLOW"})", "/names/1"},
               {R"({"names": ["read"]})", "/action", "missing"},
               {R"({"names": ["read"], "action": "SCMP_ACT_KILL", "errnoRet": 1})", "/errnoRet", "no errno"},
               {R"({"names": ["read"], "action": "SCMP_ACT_ERRNO", "args": {}})", "/args"},
               {R"({"names": ["read"], "action": "SCMP_ACT_ERRNO", "args": [{"value": 1, "op": "x"}]})",
                "/args/0/index", "missing"},
               {R"({"names": ["read"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 6, "value": 1, "op": "x"}]})",
                "/args/0/index"},
               {R"({"names": ["read"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": -1, "op": "x"}]})",
                "/args/0/value"},
               {R"({"names": ["read"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "op": "x"}]})",
                "/args/0/value", "missing"},
               {R"({"names": ["read"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 1}]})", "/args/0/op",
                "missing"}});
}

}  // namespace refused

struct RefusedSection {
  std::string name;
  void (*add)(RefusedConfigs& configs);
};
inline const std::vector<RefusedSection>& refused_sections() {
  static const std::vector<RefusedSection> sections = {
      {"Documents", refused::documents},
      {"TopLevel", refused::top_level},
      {"Process", refused::process},
      {"ProcessWithoutWhatItNeeds", refused::process_without_what_it_needs},
      {"Mounts", refused::mounts},
      {"IdMappedMounts", refused::id_mapped_mounts},
      {"CrunsIdmapOption", refused::cruns_idmap_option},
      {"MountContextType", refused::mount_context_type},
      {"Linux", refused::linux_itself},
      {"NetDevices", refused::net_devices},
      {"IntelRdt", refused::intel_rdt},
      {"MountsInTheInheritedNamespace", refused::mounts_in_the_inherited_namespace},
      {"UserNamespaces", refused::user_namespaces},
      {"TimeOffsetsOfAJoinedNamespace", refused::time_offsets_of_a_joined_namespace},
      {"Sysctls", refused::sysctls},
      {"Resources", refused::resources},
      {"BlockIo", refused::block_io},
      {"HugePagesNetworkAndRdma", refused::huge_pages_network_and_rdma},
      {"Unified", refused::unified},
      {"Seccomp", refused::seccomp},
  };
  return sections;
}

}  // namespace brig::testing
