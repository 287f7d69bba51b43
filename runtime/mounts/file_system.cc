// Runs in: init.
#include <sys/mount.h>

#include <string>

#include "base/sys.h"
#include "base/text.h"
#include "runtime/mounts/mount.h"

namespace brig::mounts {

namespace {

// mount(8) and engines put an SELinux context in quotes, since it has commas and mount(2) takes all data as one string.
// Here each value comes by itself, and quotes would be part of it.
std::string_view without_quotes(std::string_view key, std::string_view value) {
  const bool context = key == "context" || key == "fscontext" || key == "defcontext" || key == "rootcontext";
  const bool quoted = value.size() >= 2 && value.starts_with('"') && value.ends_with('"');
  return context && quoted ? value.substr(1, value.size() - 2) : value;
}

Result<void> set_option(FdRef fs, const std::string& option) {
  const std::size_t at = option.find('=');
  if (at == std::string::npos) return sys::fsconfig_flag(fs, option);
  const std::string key = option.substr(0, at);
  const std::string value(without_quotes(key, std::string_view(option).substr(at + 1)));
  if (value.size() > kLongestValue)
    return Error::make(Error::Kind::kUnsupported,
                       text::cat("mount option ", key, ": longer than ", kLongestValue, " bytes"));
  return sys::fsconfig_string(fs, key, value);
}

Result<void> configure(FdRef fs, const FileSystem& wanted) {
  if (!wanted.source.empty()) TRY(sys::fsconfig_string(fs, "source", wanted.source));
  for (const std::string& flag : wanted.superblock_flags) TRY(sys::fsconfig_flag(fs, flag));
  for (const std::string& option : wanted.data) TRY(set_option(fs, option));
  return sys::fsconfig_create(fs);
}

}  // namespace

Result<UniqueFd> make_file_system(const FileSystem& wanted) {
  Result<UniqueFd> opened = sys::fsopen(wanted.type);
  if (!opened.ok() && opened.error().code() == ENODEV)
    return std::move(opened).error().with_hint("this kernel has no such file system: see /proc/filesystems");
  const UniqueFd fs = TRY(std::move(opened));
  Result<void> configured = configure(fs, wanted);
  if (!configured.ok()) {
    const std::string message = sys::fs_message(fs);
    if (message.empty()) return std::move(configured).error();
    return std::move(configured).error().with_hint(message);
  }
  return sys::fsmount(fs, static_cast<unsigned>(wanted.attributes));
}

}  // namespace brig::mounts
