// Runs in: runtime.
#include "runtime/container/check_program.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <optional>

#include "base/sys.h"
#include "base/text.h"
#include "runtime/container/container_files.h"
#include "runtime/container/executable.h"

namespace brig::container {
namespace {

using Level = Finding::Level;

constexpr std::string_view kProgram = "/process/args/0";
constexpr int kMostInterpreters = 5;  // of scripts that name scripts: BINPRM_MAX_RECURSION and a bit

// The id inside for one of the host's; nullopt if the container has none for it.
std::optional<std::uint32_t> inside(const std::vector<oci::IdMapping>& mappings, std::uint32_t id) {
  for (const oci::IdMapping& mapping : mappings)
    if (id >= mapping.host_id && id - mapping.host_id < mapping.size)
      return mapping.container_id + (id - mapping.host_id);
  return std::nullopt;
}

// By the mode alone, as access control lists are rare; root's CAP_DAC_OVERRIDE needs one x bit (capabilities(7)).
bool may_execute(const struct stat& file, const oci::Config& config) {
  const oci::Process& process = *config.process;
  const bool mapped = config.new_namespace(CLONE_NEWUSER);
  const auto uid = mapped ? inside(config.linux_.uid_mappings, file.st_uid) : std::optional(file.st_uid);
  const auto gid = mapped ? inside(config.linux_.gid_mappings, file.st_gid) : std::optional(file.st_gid);
  if ((process.capabilities.effective >> CAP_DAC_OVERRIDE & 1) != 0 && uid && gid) return (file.st_mode & 0111) != 0;
  if (uid == process.user.uid) return (file.st_mode & S_IXUSR) != 0;
  const std::vector<gid_t>& groups = process.user.additional_gids;
  const bool member = gid == process.user.gid || (gid && std::find(groups.begin(), groups.end(), *gid) != groups.end());
  return (file.st_mode & (member ? S_IXGRP : S_IXOTH)) != 0;
}

// A format that the kernel does not run by itself may be one that somebody registered (binfmt_misc).
bool other_formats_registered(const ProcDir& proc) {
  const auto dir = sys::openat(proc.fd(), "sys/fs/binfmt_misc", O_RDONLY | O_DIRECTORY);
  if (!dir.ok()) return false;
  const auto entries = sys::getdents(dir.value());
  constexpr std::size_t kOwnFiles = 2;  // register, status
  return entries.ok() && entries.value().size() > kOwnFiles;
}

class ProgramCheck {
 public:
  ProgramCheck(const oci::Config& config, const ContainerFiles& files, const ProcDir& proc, Collector& found)
      : config_(config), files_(files), proc_(proc), found_(found) {}

  void check_cwd() {
    const auto cwd = files_.find(config_.process->cwd);
    if (!cwd.ok()) return;  // made if it is missing
    const auto info = sys::fstat(cwd.value().file);
    if (info.ok() && !S_ISDIR(info.value().st_mode)) found_.add_error("cwd", "/process/cwd", "is no directory");
  }

  // As init's find_program: a path as it is, a bare name by PATH.
  void check_args() {
    const oci::Process& process = *config_.process;
    if (process.args.empty()) return;
    const std::string& name = process.args[0];
    if (name.find('/') != std::string::npos) {
      (void)check_file(name.starts_with('/') ? name : text::cat(process.cwd, '/', name), kProgram, Missing::kError);
      return;
    }
    bool hidden = false;
    for (const std::string& dir : search_path()) {
      if (dir.empty()) continue;
      const Outcome outcome = check_file(text::cat(dir, '/', name), kProgram, Missing::kSilent);
      if (outcome == Outcome::kFound) return;
      hidden = hidden || outcome == Outcome::kHidden;
    }
    if (!hidden)
      found_.add_error("program-missing", kProgram,
                       text::cat("exec: ", text::json_quote(name), ": executable file not found in $PATH"));
  }

  void check_hooks() {
    const std::vector<oci::Hook>& hooks = config_.hooks.start_container;
    for (std::size_t i = 0; i < hooks.size(); ++i)
      (void)check_file(hooks[i].path, text::cat("/hooks/startContainer/", i, "/path"), Missing::kError);
  }

 private:
  enum class Outcome { kFound, kMissing, kHidden };
  enum class Missing { kError, kSilent };

  std::vector<std::string> search_path() const {
    for (const std::string& entry : config_.process->env)
      if (entry.starts_with("PATH=")) return text::split(std::string_view(entry).substr(5), ':');
    return {};
  }

  Outcome check_file(const std::string& path, std::string_view pointer, Missing missing) {
    auto file = files_.find(path);
    if (!file.ok() && file.error().kind() == Error::Kind::kUnsupported) {
      found_.add(Level::kNote, "program-hidden", pointer, file.error().to_string());
      return Outcome::kHidden;
    }
    if (!file.ok()) {
      if (missing == Missing::kError)
        found_.add_error("program-missing", pointer, text::cat(path, ": ", errno_words(file.error().code())));
      return Outcome::kMissing;
    }
    const auto info = sys::fstat(file.value().file);
    if (!info.ok() || !S_ISREG(info.value().st_mode) || !may_execute(info.value(), config_)) {
      if (missing == Missing::kError)
        found_.add_error("program-not-executable", pointer, text::cat(path, ": permission denied"));
      return Outcome::kMissing;
    }
    check_mount(file.value(), pointer);
    check_content(std::move(file).value(), pointer);
    return Outcome::kFound;
  }

  void check_mount(const FoundFile& file, std::string_view pointer) {
    const auto fs = sys::fstatfs(file.file);
    if (fs.ok() && (fs.value().f_flags & ST_NOEXEC) != 0)
      found_.add_error("program-noexec", pointer, text::cat(file.path, " is on a mount with noexec"));
  }

  // The program, then what runs it, and so on.
  void check_content(FoundFile file, std::string_view pointer) {
    for (int depth = 0; depth < kMostInterpreters; ++depth) {
      const auto head = read_head(file);
      if (!head.ok())
        return found_.add(Level::kNote, "program-unreadable", pointer,
                          text::cat(file.path, ": ", head.error().to_string()));
      const Executable program = inspect_executable(head.value());
      check_format(program, file.path, pointer);
      if (program.interpreter.empty()) return;
      auto next = files_.find(program.interpreter);
      if (!next.ok()) return tell_interpreter(program, file.path, next.error(), pointer);
      // A dynamic loader is no program with a loader of its own.
      if (program.kind == Executable::Kind::kElf) return;
      file = std::move(next).value();
    }
  }

  Result<std::string> read_head(const FoundFile& file) const {
    const std::string path = sys::self_fd_path(file.file);
    auto opened = proc_.open_magic_link(path, O_RDONLY | O_NOATIME | O_NONBLOCK);
    // Only the owner may ask for that (open(2)).
    if (!opened.ok() && opened.error().code() == EPERM) opened = proc_.open_magic_link(path, O_RDONLY | O_NONBLOCK);
    const UniqueFd content = TRY(std::move(opened));
    std::string head(kExecutableHead, '\0');
    const std::size_t size = TRY(sys::read(content, std::span(head)));
    head.resize(size);
    return head;
  }

  void check_format(const Executable& program, const std::string& path, std::string_view pointer) {
    const Level level = other_formats_registered(proc_) ? Level::kWarning : Level::kError;
    if (program.kind == Executable::Kind::kOther)
      found_.add(level, "program-format", pointer, text::cat(path, " is neither an ELF program nor a script with #!"));
    if (program.kind == Executable::Kind::kElf && !runs_here(program.machine))
      found_.add(level, "program-architecture", pointer,
                 text::cat(path, " is for another machine: ", machine_name(program.machine)));
    if (program.carriage_return)
      found_.add_error("program-line-ends", pointer,
                       text::cat(path,
                                 " has line ends as on Windows, so that its interpreter's name ends with a "
                                 "carriage return, and is not found"));
  }

  void tell_interpreter(const Executable& program, const std::string& path, const Error& why,
                        std::string_view pointer) {
    if (why.kind() == Error::Kind::kUnsupported)
      return found_.add(Level::kNote, "program-hidden", pointer, why.to_string());
    const std::string_view what = program.kind == Executable::Kind::kElf ? "dynamic loader " : "interpreter ";
    found_.add_error("program-interpreter", pointer,
                     text::cat(path, " needs the ", what, program.interpreter, ": ", errno_words(why.code())));
  }

  const oci::Config& config_;
  const ContainerFiles& files_;
  const ProcDir& proc_;
  Collector& found_;
};

}  // namespace

void check_program(const oci::Config& config, const std::string& bundle, const ProcDir& proc, Collector& found) {
  auto files = ContainerFiles::open(config, bundle);
  if (!files.ok()) {
    // The plan may have told in its words.
    if (!found.has_error_at("/root/path")) found.add_error("rootfs", "/root/path", files.error().to_string());
    return;
  }
  ProgramCheck check(config, files.value(), proc, found);
  check.check_cwd();
  check.check_args();
  check.check_hooks();
}

}  // namespace brig::container
