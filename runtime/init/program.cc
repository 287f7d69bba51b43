// Runs in: init.
#include "runtime/init/program.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"

namespace brig::init {
namespace {

constexpr std::size_t kMostPasswdBytes = 1024 * 1024;

std::optional<std::string_view> environment_value(const std::vector<std::string>& env, std::string_view name) {
  for (const std::string& entry : env)
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
      return std::string_view(entry).substr(name.size() + 1);
  return std::nullopt;
}

// A handle first: to open a FIFO may block, to open a device may act.
Result<std::string> read_passwd(const RootDir& root, const ProcDir& proc) {
  const UniqueFd handle = TRY(root.open_at("etc/passwd", O_PATH));
  if (!S_ISREG(TRY(sys::fstat(handle)).st_mode)) return Error::make(Error::Kind::kUnsafe, "/etc/passwd is no file");
  const UniqueFd file = TRY(proc.open_magic_link(sys::self_fd_path(handle), O_RDONLY));
  return sys::read_all(file, kMostPasswdBytes);
}

Error cannot_execute(std::string_view name, const Error& why) {
  const std::string words = errno_words(why.code());
  const std::string text = why.code() == ENOENT || why.code() == ENOTDIR
                               ? text::cat("exec: \"", name, "\": stat ", name, ": ", words)
                               : text::cat("exec: \"", name, "\": ", words);
  return Error::remote(Error::Kind::kSystem, why.code(), text);
}

// Whether the user may execute the file: EISDIR and EACCES as execve(2) and runc say them.
Result<void> check_executable(const std::string& path) {
  const struct stat info = TRY(sys::fstatat(FdRef::cwd(), path, 0));
  if (S_ISDIR(info.st_mode)) return Error::system("exec", path, EISDIR);
  // By the effective ids, which are the container user's by now.
  auto allowed = sys::faccessat(FdRef::cwd(), path, X_OK, AT_EACCESS);
  if (allowed.ok() || !sys::may_be_filtered(allowed.error())) return allowed;
  // Profiles older than faccessat2 (Linux 5.8) forbid it. Without flags it is by the real ids, which are the same.
  return sys::faccessat(FdRef::cwd(), path, X_OK, 0);
}

}  // namespace

std::string home_from_passwd(std::string_view passwd, uid_t uid) {
  while (!passwd.empty()) {
    const std::size_t end = passwd.find('\n');
    const std::vector<std::string> fields = text::split(passwd.substr(0, end), ':');
    if (fields.size() >= 6 && text::parse_int<uid_t>(fields[2]) == uid) return fields[5];
    if (end == std::string_view::npos) break;
    passwd.remove_prefix(end + 1);
  }
  return {};
}

void add_home(oci::Process& process, const RootDir& root, const ProcDir& proc) {
  if (environment_value(process.env, "HOME")) return;
  auto passwd = read_passwd(root, proc);
  std::string home;
  if (passwd.ok()) {
    home = home_from_passwd(passwd.value(), process.user.uid);
  } else {
    log::debug(text::cat("HOME is \"/\": ", passwd.error().to_string()));
  }
  // execve(2) refuses a string of more than 128 KiB; no directory's path is longer than this.
  if (home.empty() || home.size() >= PATH_MAX || !text::valid_utf8(home)) home = "/";
  process.env.push_back(text::cat("HOME=", home));
}

Result<void> make_cwd(const std::string& cwd, const RootDir& root) {
  // O_PATH needs no permission on the directory itself.
  auto there = root.open_at(cwd, O_PATH);
  if (there.ok()) return {};
  if (there.error().code() != ENOENT) return std::move(there).error();
  TRY(root.make_dirs(cwd));
  return {};
}

Result<void> enter_cwd(const std::string& cwd) {
  TRY(sys::chdir(cwd));
  auto where = sys::getcwd();
  if (!where.ok() || !where.value().starts_with('/'))
    return Error::make(Error::Kind::kUnsafe, text::cat("/process/cwd `", cwd, "` is outside of the container's root"));
  return {};
}

Result<std::string> find_program(const oci::Process& process) {
  const std::string& name = process.args[0];
  if (name.find('/') != std::string::npos) {
    auto usable = check_executable(name);
    // Where the filter lets nobody look, execve(2) tells.
    if (!usable.ok() && !sys::may_be_filtered(usable.error())) return cannot_execute(name, usable.error());
    return name;
  }
  const Error not_found = Error::remote(Error::Kind::kSystem, ENOENT,
                                        text::cat("exec: \"", name, "\": executable file not found in $PATH"));
  bool denied = false;
  for (const std::string& dir : text::split(environment_value(process.env, "PATH").value_or(""), ':')) {
    // An empty part of PATH means the working directory (execvp(3)); that is asking for trouble, as Go's lookup says.
    if (dir.empty()) continue;
    std::string path = text::cat(dir, '/', name);
    auto usable = check_executable(path);
    if (usable.ok()) return path;
    denied = denied || usable.error().code() == EACCES;
  }
  if (denied) return Error::remote(Error::Kind::kSystem, EACCES, text::cat("exec: \"", name, "\": permission denied"));
  return Error::remote(not_found.kind(), not_found.code(), not_found.to_string());
}

Error execute(const std::string& path, const oci::Process& process, const Unprivileged&) {
  const auto pointers = [](const std::vector<std::string>& strings) {
    std::vector<char*> out;
    out.reserve(strings.size() + 1);
    for (const std::string& s : strings) out.push_back(const_cast<char*>(s.c_str()));
    out.push_back(nullptr);
    return out;
  };
  Error error = sys::execve(path, pointers(process.args), pointers(process.env));
  const std::string text = text::cat("exec ", path, ": ", errno_words(error.code()));
  // The file was there when it was looked up: ENOENT is about what the kernel needs to run it.
  if (error.code() == ENOENT)
    return std::move(error).with_text(text).with_hint("its interpreter or dynamic loader is missing");
  if (error.code() == ENOEXEC)
    return std::move(error).with_text(text).with_hint("no program for this machine, or a script without #!");
  // A label with other rights than the runtime's own is a gain of privileges, unless the policy says that it is none.
  const bool labelled = !process.apparmor_profile.empty() || !process.selinux_label.empty();
  if (error.code() == EPERM && labelled && process.no_new_privileges)
    return std::move(error).with_text(text).with_hint("the policy may not allow this label with noNewPrivileges");
  return std::move(error).with_text(text);
}

}  // namespace brig::init
