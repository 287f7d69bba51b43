#include <sys/mount.h>

#include <algorithm>
#include <array>

#include "oci/names.h"

namespace brig::oci {
namespace {

// What an option does to MountOptions.
enum class Effect : std::uint8_t {
  kNothing,         // "defaults": known, and already so
  kSet,             // an attribute of the mount
  kClear,           //
  kRecursiveSet,    // the same for the mount and all below it (mount_setattr(2) AT_RECURSIVE, Linux 5.12)
  kRecursiveClear,  //
  kSuperblock,      // a flag of the file system
  kTreeSuperblock,  // the same under crun's name for it, with an "r" before
  kPropagation,
  kBind,
  kRemount,
  kTmpcopyup,
  kIdmap,
  kRecursiveIdmap,
  kSrcNofollow,
  kDestNofollow,
  kCopySymlink,
};

struct Option {
  std::string_view name;
  Effect effect;
  std::uint64_t value = 0;         // MOUNT_ATTR_* or MS_*
  std::string_view opposite = {};  // kSuperblock, kTreeSuperblock: the flag it takes back
};

using enum Effect;

// config.md#linux-mount-options, and what crun has beyond it: "copy-symlink", "dest-nofollow", "src-nofollow", and
// "rasync", "rdirsync" …, which crun means for a whole tree; a new file system is its whole tree, and of what is bound
// no mount can change these flags. "silent", "loud": only how much the kernel logs. "iversion", "noiversion": file
// systems that have the counter keep it always, so fsconfig(2) has no name for it. "atime", "norelatime" …: only take
// back another, see set_atime().
constexpr std::array kOptions = {
    Option{"async", kSuperblock, 0, "sync"},
    Option{"atime", kClear, MOUNT_ATTR_NOATIME},
    Option{"bind", kBind},
    Option{"copy-symlink", kCopySymlink},
    Option{"defaults", kNothing},
    Option{"dest-nofollow", kDestNofollow},
    Option{"dev", kClear, MOUNT_ATTR_NODEV},
    Option{"diratime", kClear, MOUNT_ATTR_NODIRATIME},
    Option{"dirsync", kSuperblock},
    Option{"exec", kClear, MOUNT_ATTR_NOEXEC},
    Option{"idmap", kIdmap},
    Option{"iversion", kNothing},
    Option{"lazytime", kSuperblock, 0, "nolazytime"},
    Option{"loud", kNothing},
    Option{"mand", kSuperblock, 0, "nomand"},
    Option{"noatime", kSet, MOUNT_ATTR_NOATIME},
    Option{"nodev", kSet, MOUNT_ATTR_NODEV},
    Option{"nodiratime", kSet, MOUNT_ATTR_NODIRATIME},
    Option{"noexec", kSet, MOUNT_ATTR_NOEXEC},
    Option{"noiversion", kNothing},
    Option{"nolazytime", kSuperblock, 0, "lazytime"},
    Option{"nomand", kSuperblock, 0, "mand"},
    Option{"norelatime", kClear, MOUNT_ATTR_RELATIME},
    Option{"nostrictatime", kClear, MOUNT_ATTR_STRICTATIME},
    Option{"nosuid", kSet, MOUNT_ATTR_NOSUID},
    Option{"nosymfollow", kSet, MOUNT_ATTR_NOSYMFOLLOW},
    Option{"private", kPropagation, MS_PRIVATE},
    Option{"rasync", kTreeSuperblock, 0, "sync"},
    Option{"ratime", kRecursiveClear, MOUNT_ATTR_NOATIME},
    Option{"rbind", kBind, MS_REC},
    Option{"rdev", kRecursiveClear, MOUNT_ATTR_NODEV},
    Option{"rdiratime", kRecursiveClear, MOUNT_ATTR_NODIRATIME},
    Option{"rdirsync", kTreeSuperblock},
    Option{"relatime", kSet, MOUNT_ATTR_RELATIME},
    Option{"remount", kRemount},
    Option{"rexec", kRecursiveClear, MOUNT_ATTR_NOEXEC},
    Option{"ridmap", kRecursiveIdmap},
    Option{"rmand", kTreeSuperblock, 0, "nomand"},
    Option{"rnoatime", kRecursiveSet, MOUNT_ATTR_NOATIME},
    Option{"rnodev", kRecursiveSet, MOUNT_ATTR_NODEV},
    Option{"rnodiratime", kRecursiveSet, MOUNT_ATTR_NODIRATIME},
    Option{"rnoexec", kRecursiveSet, MOUNT_ATTR_NOEXEC},
    Option{"rnomand", kTreeSuperblock, 0, "mand"},
    Option{"rnorelatime", kRecursiveClear, MOUNT_ATTR_RELATIME},
    Option{"rnostrictatime", kRecursiveClear, MOUNT_ATTR_STRICTATIME},
    Option{"rnosuid", kRecursiveSet, MOUNT_ATTR_NOSUID},
    Option{"rnosymfollow", kRecursiveSet, MOUNT_ATTR_NOSYMFOLLOW},
    Option{"ro", kSet, MOUNT_ATTR_RDONLY},
    Option{"rprivate", kPropagation, MS_PRIVATE | MS_REC},
    Option{"rrelatime", kRecursiveSet, MOUNT_ATTR_RELATIME},
    Option{"rro", kRecursiveSet, MOUNT_ATTR_RDONLY},
    Option{"rrw", kRecursiveClear, MOUNT_ATTR_RDONLY},
    Option{"rshared", kPropagation, MS_SHARED | MS_REC},
    Option{"rslave", kPropagation, MS_SLAVE | MS_REC},
    Option{"rstrictatime", kRecursiveSet, MOUNT_ATTR_STRICTATIME},
    Option{"rsuid", kRecursiveClear, MOUNT_ATTR_NOSUID},
    Option{"rsymfollow", kRecursiveClear, MOUNT_ATTR_NOSYMFOLLOW},
    Option{"rsync", kTreeSuperblock, 0, "async"},
    Option{"runbindable", kPropagation, MS_UNBINDABLE | MS_REC},
    Option{"rw", kClear, MOUNT_ATTR_RDONLY},
    Option{"shared", kPropagation, MS_SHARED},
    Option{"silent", kNothing},
    Option{"slave", kPropagation, MS_SLAVE},
    Option{"src-nofollow", kSrcNofollow},
    Option{"strictatime", kSet, MOUNT_ATTR_STRICTATIME},
    Option{"suid", kClear, MOUNT_ATTR_NOSUID},
    Option{"symfollow", kClear, MOUNT_ATTR_NOSYMFOLLOW},
    Option{"sync", kSuperblock, 0, "async"},
    Option{"tmpcopyup", kTmpcopyup},
    Option{"unbindable", kPropagation, MS_UNBINDABLE},
};

static_assert(std::is_sorted(kOptions.begin(), kOptions.end(),
                             [](const Option& a, const Option& b) { return a.name < b.name; }));

const Option* find_option(std::string_view name) {
  const auto at = std::lower_bound(kOptions.begin(), kOptions.end(), name,
                                   [](const Option& option, std::string_view wanted) { return option.name < wanted; });
  return at != kOptions.end() && at->name == name ? &*at : nullptr;
}

constexpr bool about_atime(std::uint64_t attribute) {
  return attribute == MOUNT_ATTR_RELATIME || attribute == MOUNT_ATTR_NOATIME || attribute == MOUNT_ATTR_STRICTATIME;
}

// How access times are kept is one value in several bits, and who sets it has to clear all of them (mount_setattr(2)).
// A later option replaces an earlier one; one that only takes back another ("atime") leads to the kernel's default,
// relatime, and leaves a third alone ("strictatime,atime" stays strict).
void set_atime(std::uint64_t mode, bool take_back, std::uint64_t& set, std::uint64_t& clear) {
  const bool chosen = (clear & MOUNT_ATTR__ATIME) != 0;
  if (take_back && chosen && (set & MOUNT_ATTR__ATIME) != mode) return;
  set &= ~std::uint64_t{MOUNT_ATTR__ATIME};
  clear |= MOUNT_ATTR__ATIME;
  if (!take_back) set |= mode;
}

void change_attribute(std::uint64_t attribute, bool take_back, std::uint64_t& set, std::uint64_t& clear) {
  if (about_atime(attribute)) return set_atime(attribute, take_back, set, clear);
  (take_back ? set : clear) &= ~attribute;
  (take_back ? clear : set) |= attribute;
}

void set_superblock_flag(std::string_view name, std::string_view opposite, std::vector<std::string>& flags) {
  std::erase_if(flags, [&](const std::string& flag) { return flag == name || flag == opposite; });
  flags.emplace_back(name);
}

void apply(const Option& option, MountOptions& options) {
  switch (option.effect) {
    case kNothing: return;
    case kSet: return change_attribute(option.value, false, options.set, options.clear);
    case kClear: return change_attribute(option.value, true, options.set, options.clear);
    case kRecursiveSet: return change_attribute(option.value, false, options.recursive_set, options.recursive_clear);
    case kRecursiveClear: return change_attribute(option.value, true, options.recursive_set, options.recursive_clear);
    case kSuperblock: return set_superblock_flag(option.name, option.opposite, options.superblock_flags);
    case kTreeSuperblock: return set_superblock_flag(option.name.substr(1), option.opposite, options.superblock_flags);
    case kPropagation: return options.propagation.push_back(static_cast<unsigned long>(option.value));
    case kBind:
      options.bind = true;
      options.recursive = options.recursive || option.value == MS_REC;
      return;
    case kRemount: options.remount = true; return;
    case kTmpcopyup: options.tmpcopyup = true; return;
    case kRecursiveIdmap: options.recursive_idmap = true; [[fallthrough]];
    case kIdmap: options.idmap = true; return;
    case kSrcNofollow: options.src_nofollow = true; return;
    case kDestNofollow: options.dest_nofollow = true; return;
    case kCopySymlink: options.copy_symlink = true; return;
  }
}

void add_one(std::string_view option, MountOptions& options) {
  if (option.empty()) return;
  const Option* known = find_option(option);
  if (known == nullptr) {
    options.data.emplace_back(option);
    return;
  }
  apply(*known, options);
  // "ro" is of the mount and, as with mount(2), of the file system it makes. "rw" is what a file system starts with.
  if (option == "ro") set_superblock_flag("ro", "rw", options.superblock_flags);
  if (option == "rw") std::erase(options.superblock_flags, "ro");
}

// Where the first of several options ends. Not within an SELinux context, which has commas of its own, nor behind the
// backslash that overlayfs takes for part of a path.
std::size_t end_of_first(std::string_view options) {
  constexpr std::array<std::string_view, 4> kContexts = {"context=", "fscontext=", "defcontext=", "rootcontext="};
  std::size_t end = options.find(',');
  while (end != std::string_view::npos && end > 0 && options[end - 1] == '\\') end = options.find(',', end + 1);
  if (end == std::string_view::npos) return end;
  const bool context =
      std::any_of(kContexts.begin(), kContexts.end(), [=](auto key) { return options.starts_with(key); });
  return context ? std::string_view::npos : end;
}

}  // namespace

// "pass those as a comma-separated string to the fifth […] argument of mount(2)" (config.md#linux-mount-options), which
// makes several of one: "size=64k,mode=700".
void add_mount_option(std::string_view option, MountOptions& options) {
  for (std::size_t end = end_of_first(option); end != std::string_view::npos; end = end_of_first(option)) {
    add_one(option.substr(0, end), options);
    option.remove_prefix(end + 1);
  }
  add_one(option, options);
}

std::vector<std::string_view> mount_option_names() {
  std::vector<std::string_view> names;
  names.reserve(kOptions.size());
  for (const Option& option : kOptions) names.push_back(option.name);
  return names;
}

std::optional<unsigned long> propagation_flag(std::string_view name) {
  const Option* option = find_option(name);
  if (option == nullptr || option->effect != kPropagation) return std::nullopt;
  return static_cast<unsigned long>(option->value);
}

}  // namespace brig::oci
