// Runs in: runtime.
//
// The files of a container that does not exist yet: the rootfs with the bind mounts of config.json over it, as far as
// they can be seen from outside. For `check`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/root_dir.h"
#include "oci/config.h"

namespace brig::container {

struct FoundFile {
  UniqueFd file;     // O_PATH
  std::string path;  // in the container, without links
};

class ContainerFiles {
 public:
  // Opens the rootfs and the directories that are bound. What of the mounts can't be opened hides what is below it.
  static Result<ContainerFiles> open(const oci::Config& config, const std::string& bundle);

  // The file at `path` (absolute), links followed as they would be inside. kSystem with ENOENT, ENOTDIR, ELOOP if there
  // is none; kUnsupported if it lies on a file system that is mounted only when the container is made.
  Result<FoundFile> find(std::string_view path) const;

 private:
  // Covers everything at and below `destination`, of which `source` is the content; without one nobody can tell.
  struct Cover {
    std::string destination;  // clean, absolute; "" for the rootfs
    UniqueFd source;          // O_PATH: a directory, or the very file
    std::string pointer;      // "/mounts/3"
  };
  explicit ContainerFiles(std::vector<Cover> covers) : covers_(std::move(covers)) {}
  // One step: what is at `path`, itself not followed if it is a link. No part before the last is one.
  Result<UniqueFd> look_at(const std::string& path) const;
  bool leads_to_mount(std::string_view path) const;

  std::vector<Cover> covers_;  // the rootfs, then the mounts, later ones over earlier ones
};

}  // namespace brig::container
