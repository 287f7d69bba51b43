// Runs in: runtime.
#include "runtime/container/intel_rdt.h"

#include <fcntl.h>
#include <linux/magic.h>

#include "base/mountinfo.h"
#include "base/sys.h"
#include "base/text.h"
#include "oci/rdt_schema.h"

namespace brig::container {
namespace {

constexpr const char* kUsualPlace = "/sys/fs/resctrl";
constexpr std::size_t kMostBytes = 1024 * 1024;

bool has_schemas(const oci::IntelRdt& config) {
  return !config.l3_cache_schema.empty() || !config.mem_bw_schema.empty() || !config.schemata.empty();
}

Result<bool> exists(const std::string& path) {
  auto found = sys::fstatat(FdRef::cwd(), path, AT_SYMLINK_NOFOLLOW);
  if (!found.ok() && found.error().code() == ENOENT) return false;
  return S_ISDIR(TRY(std::move(found)).st_mode);
}

Result<std::string> read_file(const std::string& path) {
  const UniqueFd file = TRY(sys::openat(FdRef::cwd(), path, O_RDONLY | O_NOFOLLOW));
  return sys::read_all(file, kMostBytes);
}

Result<void> write_file(const std::string& path, std::string_view data) {
  const UniqueFd file = TRY(sys::openat(FdRef::cwd(), path, O_WRONLY | O_NOFOLLOW));
  return sys::write_once(file, data);
}

// errno says little of why resctrl refuses; what it last had to say is in a file.
Result<void> explained(Result<void> done, const std::string& mount) {
  if (done.ok()) return done;
  auto status = read_file(mount + "/info/last_cmd_status");
  if (!status.ok()) return done;
  const std::string_view words = text::trim(status.value());
  if (words.empty() || words == "ok") return done;
  return std::move(done).error().with_hint(words);
}

Result<void> remove_directory(const std::string& path) {
  auto removed = sys::unlinkat(FdRef::cwd(), path, AT_REMOVEDIR);
  if (!removed.ok() && removed.error().code() == ENOENT) return {};
  return removed;
}

// "If closID directory exists, the runtimes MUST compare": another container, or the administrator, relies on it.
Result<void> check_existing_class(const oci::IntelRdt& config, const RdtPlace& place) {
  if (config.l3_cache_schema.empty() && config.mem_bw_schema.empty()) return {};
  const std::string current = TRY(read_schemata(place), "compare schemata");
  const auto differs = [&](const char* member, const std::string& wanted) {
    return Error::config(
        text::cat("/linux/intelRdt/", member),
        text::cat(text::json_quote(wanted), " is not what the class ", place.class_directory(), " has"));
  };
  if (!oci::rdt_schemata_match(config.l3_cache_schema, current))
    return differs("l3CacheSchema", config.l3_cache_schema);
  if (!oci::rdt_schemata_match(config.mem_bw_schema, current)) return differs("memBwSchema", config.mem_bw_schema);
  return {};
}

Result<void> check_class(const oci::IntelRdt& config, const RdtPlace& place, bool there) {
  if (config.clos_id.empty()) {
    if (oci::is_rdt_class_name(place.class_name)) return {};
    return Error::config("/linux/intelRdt/closID",
                         text::cat("needed, as the id ", place.class_name, " can't be the name of a class"));
  }
  if (there) return check_existing_class(config, place);
  if (has_schemas(config)) return {};
  return Error::config("/linux/intelRdt/closID",
                       text::cat("there is no class ", place.class_directory(), ", and no schema to make one with"));
}

}  // namespace

std::string RdtPlace::class_directory() const { return class_name.empty() ? mount : text::cat(mount, '/', class_name); }

std::string RdtPlace::monitoring_directory() const { return text::cat(class_directory(), "/mon_groups/", monitoring); }

std::optional<std::string> resctrl_mount(std::string_view mountinfo) {
  for (const std::string& line : text::split(mountinfo, '\n')) {
    // Only a line with the word is taken apart: a host may have thousands.
    if (line.find(" resctrl ") == std::string::npos) continue;
    std::optional<MountInfo> mount = parse_mountinfo(line);
    if (mount && mount->type == "resctrl" && mount->root == "/") return std::move(mount->point);
  }
  return std::nullopt;
}

Result<std::string> find_resctrl(const ProcDir& proc) {
  auto usual = sys::openat(FdRef::cwd(), kUsualPlace, O_PATH | O_DIRECTORY);
  if (usual.ok() && TRY(sys::fstatfs(usual.value())).f_type == RDTGROUP_SUPER_MAGIC) return std::string(kUsualPlace);
  const std::string mounts = TRY(proc.read("self/mountinfo"));
  if (std::optional<std::string> mount = resctrl_mount(mounts)) return std::move(*mount);
  return Error::make(Error::Kind::kUnsupported, "/linux/intelRdt: no resctrl file system is mounted");
}

Result<RdtPlace> locate_rdt(const oci::IntelRdt& config, const std::string& mount, const std::string& id) {
  RdtPlace place{.mount = mount};
  if (config.clos_id != "/") place.class_name = config.clos_id.empty() ? id : config.clos_id;
  const bool there = TRY(exists(place.class_directory()));
  TRY(check_class(config, place, there));
  place.made_for_it = config.clos_id.empty() && !there;
  if (!config.enable_monitoring) return place;
  if (!TRY(exists(mount + "/mon_groups")))
    return Error::make(Error::Kind::kUnsupported,
                       "/linux/intelRdt/enableMonitoring: this machine can't monitor groups");
  place.monitoring = id;
  return place;
}

RdtDraft::RdtDraft(RdtDraft&& other) noexcept
    : place_(std::exchange(other.place_, std::nullopt)),
      made_class_(other.made_class_),
      made_group_(other.made_group_) {}

RdtDraft& RdtDraft::operator=(RdtDraft&& other) noexcept {
  std::swap(place_, other.place_);
  std::swap(made_class_, other.made_class_);
  std::swap(made_group_, other.made_group_);
  return *this;
}

RdtDraft::~RdtDraft() {
  if (!place_) return;
  // Ignored: a destructor can tell nobody. A group of a class that is made here would go with it, too.
  if (made_group_) (void)remove_directory(place_->monitoring_directory());
  if (made_class_) (void)remove_directory(place_->class_directory());
}

Result<RdtDraft> RdtDraft::create(const RdtPlace& place, const oci::IntelRdt& config) {
  RdtDraft draft = TRY(make_class(place), "make class of service");
  TRY(draft.write_schemata(config), "write schemata");
  TRY(draft.make_monitoring_group(), "make monitoring group");
  return draft;
}

Result<RdtDraft> RdtDraft::make_class(const RdtPlace& place) {
  RdtDraft draft(place);
  if (place.class_name.empty()) return draft;
  auto made = sys::mkdirat(FdRef::cwd(), place.class_directory(), 0755);
  draft.made_class_ = made.ok();
  // Somebody was quicker: then it is not the one that is to be removed with the container.
  const bool fine = !made.ok() && made.error().code() == EEXIST && !place.made_for_it;
  if (!fine) TRY(explained(std::move(made), place.mount));
  return draft;
}

Result<void> RdtDraft::write_schemata(const oci::IntelRdt& config) const {
  return place_ ? update_schemata(*place_, config) : Result<void>();
}

Result<void> update_schemata(const RdtPlace& place, const oci::IntelRdt& schemas) {
  if (!has_schemas(schemas)) return {};
  const UniqueFd file = TRY(sys::openat(FdRef::cwd(), place.class_directory() + "/schemata", O_WRONLY | O_NOFOLLOW));
  // Each in a write of its own: two values for one domain in a single write are an error, and the later one is to win.
  for (const std::string& lines : {schemas.l3_cache_schema, schemas.mem_bw_schema, text::join(schemas.schemata, "\n")})
    if (!lines.empty()) TRY(explained(sys::write_once(file, lines + "\n"), place.mount));
  return {};
}

Result<std::string> read_schemata(const RdtPlace& place) { return read_file(place.class_directory() + "/schemata"); }

Result<void> set_back_schemata(const RdtPlace& place, const std::string& schemata) {
  return explained(write_file(place.class_directory() + "/schemata", schemata), place.mount);
}

Result<void> RdtDraft::make_monitoring_group() {
  if (!place_ || place_->monitoring.empty()) return {};
  auto made = sys::mkdirat(FdRef::cwd(), place_->monitoring_directory(), 0755);
  made_group_ = made.ok();
  return explained(std::move(made), place_->mount);
}

Result<void> RdtDraft::add(pid_t pid) const {
  if (!place_) return {};
  return join_rdt(*place_, pid);
}

Result<void> join_rdt(const RdtPlace& place, pid_t pid) {
  TRY(explained(write_file(place.class_directory() + "/tasks", std::to_string(pid)), place.mount));
  if (place.monitoring.empty()) return {};
  return explained(write_file(place.monitoring_directory() + "/tasks", std::to_string(pid)), place.mount);
}

Result<void> remove_rdt(const RdtPlace& place) {
  if (place.made_for_it) return remove_directory(place.class_directory());
  if (place.monitoring.empty()) return {};
  return remove_directory(place.monitoring_directory());
}

}  // namespace brig::container
