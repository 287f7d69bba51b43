// Runs in: runtime.
#include "runtime/container/container_files.h"

#include <algorithm>

#include "base/sys.h"
#include "base/text.h"

namespace brig::container {
namespace {

constexpr unsigned kMostLinks = 40;  // path_resolution(7)

std::string on_host(const std::string& path, const std::string& bundle) {
  return path.starts_with('/') ? path : text::cat(bundle, '/', path);
}

bool covers(std::string_view destination, std::string_view path) {
  return path.starts_with(destination) && (path.size() == destination.size() || path[destination.size()] == '/');
}

}  // namespace

Result<ContainerFiles> ContainerFiles::open(const oci::Config& config, const std::string& bundle) {
  std::vector<Cover> found;
  found.push_back({.destination = "",
                   .source = TRY(RootDir::open(text::clean_absolute_path(on_host(config.root.path, bundle)))).take(),
                   .pointer = "/root"});
  for (std::size_t i = 0; i < config.mounts.size(); ++i) {
    const oci::Mount& mount = config.mounts[i];
    if (mount.options.remount || mount.destination == "/") continue;
    Cover cover{.destination = mount.destination, .source = {}, .pointer = text::cat("/mounts/", i)};
    if (mount.options.bind)
      if (auto source = sys::openat(FdRef::cwd(), on_host(mount.source, bundle), O_PATH); source.ok())
        cover.source = std::move(source).value();
    found.push_back(std::move(cover));
  }
  return ContainerFiles(std::move(found));
}

Result<UniqueFd> ContainerFiles::look_at(const std::string& path) const {
  const Cover* cover = &covers_.front();
  for (const Cover& each : covers_)
    if (covers(each.destination, path)) cover = &each;
  if (!cover->source)
    return Error::make(Error::Kind::kUnsupported,
                       text::cat(path, " is on what ", cover->pointer, " mounts, which is not there yet"));
  const std::string rest = path.substr(cover->destination.size());
  UniqueFd source = TRY(sys::dup_above(cover->source, 3));
  if (rest.empty()) return source;
  const std::size_t slash = rest.rfind('/');
  const RootDir root = RootDir::adopt(std::move(source));
  const UniqueFd parent = TRY(root.open_at(rest.substr(0, slash + 1), O_PATH | O_DIRECTORY));
  return sys::openat(parent, rest.substr(slash + 1), O_PATH | O_NOFOLLOW);
}

// Directories on the way to a mount are made with it.
bool ContainerFiles::leads_to_mount(std::string_view path) const {
  return std::any_of(covers_.begin(), covers_.end(), [path](const Cover& each) {
    return each.destination.size() > path.size() && covers(path, each.destination);
  });
}

Result<FoundFile> ContainerFiles::find(std::string_view path) const {
  std::vector<std::string> todo = text::split(path, '/');
  std::string at;  // clean, without links; "" is the root
  unsigned links = 0;
  for (std::size_t next = 0; next < todo.size();) {
    const std::string part = todo[next++];
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      at.resize(at.empty() ? 0 : at.rfind('/'));
      continue;
    }
    const std::string here = text::cat(at, '/', part);
    const bool last = next == todo.size();
    Result<UniqueFd> looked = look_at(here);
    if (!looked.ok() && looked.error().code() == ENOENT && !last && leads_to_mount(here)) {
      at = here;
      continue;
    }
    const UniqueFd found = TRY(std::move(looked));
    const mode_t mode = TRY(sys::fstat(found)).st_mode;
    if (!S_ISLNK(mode)) {
      if (!last && !S_ISDIR(mode)) return Error::system("open", here, ENOTDIR);
      at = here;
      continue;
    }
    if (++links > kMostLinks) return Error::system("open", std::string(path), ELOOP);
    const std::string target = TRY(sys::readlinkat(found, ""));
    if (target.starts_with('/')) at.clear();
    std::vector<std::string> parts = text::split(target, '/');
    parts.insert(parts.end(), todo.begin() + static_cast<std::ptrdiff_t>(next), todo.end());
    todo = std::move(parts);
    next = 0;
  }
  UniqueFd file = TRY(look_at(at));
  return FoundFile{.file = std::move(file), .path = at.empty() ? "/" : at};
}

}  // namespace brig::container
