// What brig does otherwise than the schemas say, each with its reason. An entry without effect is reported.
#pragma once

#include <string>

namespace brig::conformance {

struct Exception {
  std::string path;   // of the property, as Property::path
  std::string value;  // the value in question as JSON text, "" for the property as a whole
  std::string reason;
};

// Properties that are not read: those of other platforms, and nothing else.
inline const Exception kNotRead[] = {
    {"/freebsd", "", "FreeBSD"},
    {"/solaris", "", "Solaris"},
    {"/vm", "", "virtual machines"},
    {"/windows", "", "Windows"},
    {"/zos", "", "z/OS"},
    {"/process/commandLine", "", "Windows"},
    {"/process/user/username", "", "Windows"},
};

// Values that the schema allows and brig refuses.
inline const Exception kRefused[] = {
    {"/process/scheduler/policy", "\"SCHED_ISO\"", "reserved, but in no version of Linux (sched(7))"},
};

// Values that the schema refuses and brig takes; "" is a required one that is missing.
inline const Exception kTaken[] = {
    {"/linux/devices/*/fileMode", "512", "engines copy st_mode of the host's device, with the bits of its type"},
    {"/linux/resources/pids/limit", "", "config-linux.md#pids calls it optional, unlike the schema"},
};

}  // namespace brig::conformance
