// Runs in: init.
#include <sys/mount.h>

#include <string>

#include "base/sys.h"
#include "base/text.h"
#include "runtime/mounts/mount.h"

namespace brig::mounts {

namespace {

// fsconfig(2) takes no longer values.
constexpr std::size_t kLongestValue = 255;

Result<void> set_option(FdRef fs, const std::string& option) {
  const std::size_t at = option.find('=');
  if (at == std::string::npos) return sys::fsconfig_flag(fs, option);
  const std::string value = option.substr(at + 1);
  if (value.size() > kLongestValue)
    return Error::make(Error::Kind::kUnsupported,
                       text::cat("mount option ", option.substr(0, at), ": longer than ", kLongestValue, " bytes"));
  return sys::fsconfig_string(fs, option.substr(0, at), value);
}

Result<void> configure(FdRef fs, const FileSystem& wanted) {
  if (!wanted.source.empty()) TRY(sys::fsconfig_string(fs, "source", wanted.source));
  for (const std::string& flag : wanted.superblock_flags) TRY(sys::fsconfig_flag(fs, flag));
  for (const std::string& option : wanted.data) TRY(set_option(fs, option));
  return sys::fsconfig_create(fs);
}

}  // namespace

Result<UniqueFd> make_file_system(const FileSystem& wanted) {
  const UniqueFd fs = TRY(sys::fsopen(wanted.type));
  Result<void> configured = configure(fs, wanted);
  if (!configured.ok()) {
    const std::string message = sys::fs_message(fs);
    if (message.empty()) return std::move(configured).error();
    return std::move(configured).error().with_hint(message);
  }
  return sys::fsmount(fs, static_cast<unsigned>(wanted.attributes));
}

}  // namespace brig::mounts
