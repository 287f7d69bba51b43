// Runs in: runtime.
#include "runtime/container/check.h"

#include "base/log.h"
#include "base/proc_dir.h"
#include "base/sys.h"
#include "base/text.h"
#include "cgroups/foresee.h"
#include "oci/read_all_errors.h"
#include "oci/validate.h"
#include "runtime/container/bundle.h"
#include "runtime/container/cgroup_view.h"
#include "runtime/container/check_findings.h"
#include "runtime/container/check_host.h"
#include "runtime/container/check_program.h"
#include "runtime/container/intel_rdt.h"
#include "runtime/init/plan.h"
#include "seccomp/filter.h"

namespace brig::container {
namespace {

constexpr const char* kId = "check";  // of the container that is not made

// ---- the document by itself

std::optional<oci::Config> check_values(const ConfigFile& file, log::Recorder& recorder, Collector& found) {
  oci::ReadResult read = oci::read_all_errors(file.text);
  for (const Error& error : read.errors) found.add_error("value", error);
  const std::vector<log::Record> records = recorder.take();
  // Of a document that was read piece by piece, records may tell other places.
  if (read.config) {
    found.add_records(records);
  } else {
    found.add(Finding::Level::kNote, "not-checked", "",
              read.more ? "there may be more errors in config.json, and nothing else was checked"
                        : "the rules between the parts, and whether this machine can do it, were not checked");
  }
  return std::move(read.config);
}

void check_rules(const oci::Config& config, log::Recorder& recorder, Collector& found) {
  for (const oci::Violation& violation : oci::violations(config)) found.add_error(violation.rule, violation.error);
  found.add_records(recorder.take());
}

// ---- the cgroup

cgroups::Location check_cgroup(const oci::Config& config, cgroups::Manager manager, Collector& found) {
  auto location = cgroups::locate(manager, config.linux_.cgroups_path, kId);
  if (!location.ok()) {
    found.add_error("cgroup-place",
                    location.error().kind() == Error::Kind::kConfig ? location.error().subject() : "/linux/cgroupsPath",
                    location.error().to_string());
    return {};
  }
  const std::vector<Error> foreseen = location.value().unit
                                          ? cgroups::foresee_scope(location.value(), config, kId)
                                          : cgroups::foresee(location.value(), config.linux_.resources);
  for (const Error& error : foreseen) found.add_error("cgroup", error);
  return std::move(location).value();
}

void check_rdt(const oci::Config& config, const ProcDir& proc, Collector& found) {
  if (!config.linux_.intel_rdt) return;
  auto mount = find_resctrl(proc);
  if (!mount.ok()) return found.add_error("intel-rdt", "/linux/intelRdt", mount.error().to_string());
  if (auto place = locate_rdt(*config.linux_.intel_rdt, mount.value(), kId); !place.ok())
    found.add_error("intel-rdt", place.error());
}

// ---- the plan

// Takes the part of a config that a plan failed for out of the way, so that the next one is found; false if the plan
// can't do without it. Indices stay as they are.
bool set_aside(oci::Config& config, std::string_view pointer) {
  const std::vector<std::string> parts = text::split(pointer, '/');  // "", "mounts", "3", …
  if (parts.size() >= 3 && parts[1] == "mounts") {
    const auto index = text::parse_int<std::size_t>(parts[2]);
    if (!index || *index >= config.mounts.size()) return false;
    config.mounts[*index] = {.destination = text::cat("/set-aside-", *index), .type = "tmpfs", .source = "tmpfs"};
    return true;
  }
  if (pointer.starts_with("/linux/seccomp")) {
    config.linux_.seccomp.reset();
  } else if (pointer.starts_with("/linux/netDevices")) {
    config.linux_.net_devices.clear();
  } else if (pointer.starts_with("/linux/memoryPolicy")) {
    config.linux_.memory_policy.reset();
  } else if (pointer.starts_with("/process/apparmorProfile")) {
    config.process->apparmor_profile.clear();
  } else if (pointer.starts_with("/process/selinuxLabel")) {
    config.process->selinux_label.clear();
  } else {
    return false;
  }
  return true;
}

std::string_view rule_of(std::string_view pointer) {
  if (pointer.starts_with("/mounts")) return "mount";
  if (pointer.starts_with("/root")) return "rootfs";
  if (pointer.starts_with("/linux/namespaces")) return "namespace";
  if (pointer.starts_with("/linux/seccomp")) return "seccomp";
  return "plan";
}

// What create plans, opening all that the config names; each failure once.
void check_plan(oci::Config config, const std::string& bundle, const cgroups::Location& cgroup, const ProcDir& proc,
                Collector& found) {
  std::vector<std::string> seen;
  for (;;) {
    auto valid = oci::validate(config);
    if (!valid.ok()) return;  // told already, or an effect of what was set aside
    const auto plan =
        init::make_plan(valid.value(), {.id = kId, .bundle = bundle, .cgroup = cgroup_view(cgroup)}, proc);
    if (plan.ok()) {
      if (!plan.value().seccomp_rules) return;
      if (auto filter = seccomp::compile(*plan.value().seccomp_rules); !filter.ok())
        found.add_error("seccomp", filter.error());
      return;
    }
    const Error& error = plan.error();
    const std::string pointer(error.kind() == Error::Kind::kConfig ? error.subject() : pointer_in(error.to_string()));
    found.add_error(rule_of(pointer), error);
    if (text::contains(seen, pointer) || !set_aside(config, pointer)) return;
    seen.push_back(pointer);
  }
}

void check_machine(const oci::Config& config, const ConfigFile& file, cgroups::Manager manager, log::Recorder& recorder,
                   Collector& found) {
  auto proc = ProcDir::open();
  if (!proc.ok()) return found.add_error("proc", proc.error());
  check_namespaces(config, proc.value(), found);
  check_capabilities(config, found);
  check_rlimits(config, proc.value(), found);
  check_oom_score(config, proc.value(), found);
  const cgroups::Location cgroup = check_cgroup(config, manager, found);
  check_rdt(config, proc.value(), found);
  check_plan(config, file.bundle, cgroup, proc.value(), found);
  check_hooks(config, found);
  check_program(config, file.bundle, proc.value(), found);
  found.add_records(recorder.take());
}

}  // namespace

std::vector<Finding> check(const CheckRequest& request) {
  log::Recorder recorder;
  Collector found;
  const auto file = read_config_file(request.bundle, AccessTime::kStays);
  if (!file.ok()) {
    found.add_error("bundle", file.error());
    return std::move(found).take();
  }
  std::optional<oci::Config> config = check_values(file.value(), recorder, found);
  if (!config) return std::move(found).take();
  check_rules(*config, recorder, found);
  if (!config->process) {
    found.add(Finding::Level::kWarning, "process", "/process",
              "is missing: a container can be created, but not started");
    config->process = no_process();
  }
  check_machine(*config, file.value(), request.manager, recorder, found);
  return std::move(found).take();
}

}  // namespace brig::container
