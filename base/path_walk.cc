#include "base/path_walk.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/stat.h>

#include <string>
#include <utility>
#include <vector>

#include "base/sys.h"

namespace brig {
namespace {

using Missing = WalkRequest::Missing;

constexpr unsigned kMostLinks = 40;         // as the kernel: path_resolution(7)
constexpr long kStatfsNoSymlinks = 0x2000;  // ST_NOSYMFOLLOW: statfs(2), Linux 5.10
constexpr mode_t kModeOnTheWay = 0755;

// Takes leading slashes and "." components off.
void skip_empty(std::string_view& rest) {
  for (;;) {
    if (rest.starts_with('/')) {
      rest.remove_prefix(1);
    } else if (rest == "." || rest.starts_with("./")) {
      rest.remove_prefix(1);
    } else {
      return;
    }
  }
}

class Walk {
 public:
  Walk(FdRef root, std::string_view path, const WalkRequest& request)
      : root_(root), path_(path), rest_(path), request_(request) {}
  Result<UniqueFd> run();

 private:
  // What became of a component: a directory was entered or a link taken up; this is where the walk ends; it was made,
  // by us or somebody else, or changed while we looked, so look again.
  enum class Step { kOn, kEnd, kAgain };

  FdRef top() const { return dirs_.empty() ? root_ : FdRef(dirs_.back()); }
  Error failed(std::string_view call, int err) const { return Error::system(call, path_, err); }
  bool take_name();
  Result<void> pass_name();
  Result<Step> try_name();
  Result<Step> missing_name();
  Result<Step> other_than_directory(UniqueFd handle, mode_t type);
  Result<void> take_up_link(FdRef link);
  Result<UniqueFd> end_on_directory();

  FdRef root_;
  std::string path_;  // for errors
  std::string rest_;  // what is still to be resolved: starts with a slash unless nothing was taken from it yet
  const WalkRequest& request_;
  std::string name_;              // the component at hand
  bool name_is_last_ = false;     // no component follows it …
  bool wants_directory_ = false;  // … but perhaps a slash does
  std::vector<UniqueFd> dirs_;    // entered below the root, outermost first
  UniqueFd end_;                  // what was found, if no directory
  unsigned links_ = 0;
};

Result<UniqueFd> Walk::run() {
  if (path_.empty()) return failed("open", ENOENT);
  if (path_.size() >= PATH_MAX) return failed("open", ENAMETOOLONG);
  while (take_name()) {
    if (name_ == "..") {
      if (!dirs_.empty()) dirs_.pop_back();
      continue;
    }
    TRY(pass_name());
    if (end_) return std::move(end_);
  }
  return end_on_directory();
}

// The next component from rest_ to name_; false if there is none.
bool Walk::take_name() {
  std::string_view rest = rest_;
  skip_empty(rest);
  if (rest.empty()) return false;
  const std::string_view name = rest.substr(0, rest.find('/'));
  name_ = name;
  rest.remove_prefix(name.size());
  wants_directory_ = !rest.empty();
  std::string_view after = rest;
  skip_empty(after);
  name_is_last_ = after.empty();
  rest_ = std::string(rest);
  return true;
}

Result<void> Walk::pass_name() {
  for (unsigned attempt = 0; attempt < kLookupAttempts; ++attempt)
    if (TRY(try_name()) != Step::kAgain) return {};
  return failed("open", EAGAIN);
}

// One component, neither "" nor "." nor "..", has no slash: below top() or nothing. Mounts are entered, as everywhere.
Result<Walk::Step> Walk::try_name() {
  Result<UniqueFd> dir = sys::openat(top(), name_, O_PATH | O_NOFOLLOW | O_DIRECTORY);
  if (dir.ok()) {
    dirs_.push_back(std::move(dir).value());
    return Step::kOn;
  }
  if (dir.error().code() == ENOENT) return missing_name();
  if (dir.error().code() != ENOTDIR) return failed("open", dir.error().code());
  Result<UniqueFd> handle = sys::openat(top(), name_, O_PATH | O_NOFOLLOW);
  if (!handle.ok()) {
    if (handle.error().code() == ENOENT) return Step::kAgain;
    return failed("open", handle.error().code());
  }
  const mode_t type = TRY(sys::fstat(handle.value())).st_mode & S_IFMT;
  const bool follow = (request_.flags & O_NOFOLLOW) == 0 || wants_directory_;
  if (type == S_IFDIR) return Step::kAgain;
  if (type != S_IFLNK || !follow) return other_than_directory(std::move(handle).value(), type);
  TRY(take_up_link(handle.value()));
  return Step::kOn;
}

// Makes it, if asked, and has it looked up again: whoever is faster made it too, and what is there then is judged as
// if it had been there all along.
Result<Walk::Step> Walk::missing_name() {
  if (request_.missing == Missing::kFail) return failed("open", ENOENT);
  if (request_.missing == Missing::kMakeFile && name_is_last_) {
    if (wants_directory_) return failed("open", EISDIR);
    const int flags = O_CREAT | O_EXCL | O_NOFOLLOW | O_RDONLY;
    Result<UniqueFd> made = sys::openat(top(), name_, flags, request_.mode);
    if (!made.ok() && made.error().code() != EEXIST) return failed("create", made.error().code());
    return Step::kAgain;
  }
  Result<void> made = sys::mkdirat(top(), name_, name_is_last_ ? request_.mode : kModeOnTheWay);
  if (!made.ok() && made.error().code() != EEXIST) return failed("mkdir", made.error().code());
  return Step::kAgain;
}

// A file, a device, or a link that is not to be followed: the end, or in the way.
Result<Walk::Step> Walk::other_than_directory(UniqueFd handle, mode_t type) {
  const bool directory_asked = (request_.flags & O_DIRECTORY) != 0 || request_.missing == Missing::kMakeDirs;
  if (wants_directory_ || directory_asked) return failed("open", ENOTDIR);
  if ((request_.flags & O_PATH) != 0) {
    end_ = std::move(handle);
    return Step::kEnd;
  }
  Result<UniqueFd> opened = sys::openat(top(), name_, request_.flags | O_NOFOLLOW);
  if (opened.ok()) {
    end_ = std::move(opened).value();
    return Step::kEnd;
  }
  const int err = opened.error().code();
  const bool changed = err == ENOENT || (err == ELOOP && type != S_IFLNK);
  if (changed) return Step::kAgain;
  return failed("open", err);
}

Result<void> Walk::take_up_link(FdRef link) {
  if (++links_ > kMostLinks) return failed("open", ELOOP);
  const struct statfs fs = TRY(sys::fstatfs(link));
  if (fs.f_type == PROC_SUPER_MAGIC || (fs.f_flags & kStatfsNoSymlinks) != 0) return failed("open", ELOOP);
  const std::string target = TRY(sys::readlinkat(link, ""));
  if (target.empty()) return failed("open", ENOENT);
  if (target.size() >= PATH_MAX) return failed("open", ENAMETOOLONG);
  if (target.front() == '/') dirs_.clear();
  rest_.insert(0, target);
  return {};
}

Result<UniqueFd> Walk::end_on_directory() {
  if (request_.missing == Missing::kMakeFile) return failed("open", EISDIR);
  const bool handle_only = (request_.flags & O_PATH) != 0;
  if (handle_only && !dirs_.empty()) return std::move(dirs_.back());
  Result<UniqueFd> opened = sys::openat(top(), ".", request_.flags);
  if (!opened.ok()) return failed("open", opened.error().code());
  return opened;
}

}  // namespace

Result<UniqueFd> walk_path(FdRef root, std::string_view path, const WalkRequest& request) {
  return Walk(root, path, request).run();
}

}  // namespace brig
