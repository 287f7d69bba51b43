// Runs in: runtime.
//
// The state directory: <root>/<id>/ with state.json, start.sock (until the container is started), trace,
// and seccomp, if the container has a filter.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "runtime/container/record.h"
#include "runtime/container/requests.h"

namespace brig::container {

inline constexpr const char* kStartSocket = "start.sock";
inline constexpr const char* kTraceFile = "trace";
inline constexpr const char* kSeccompFile = "seccomp";

// The root of all containers' directories. Made if asked (parents 0755, itself 0700); refused (kUnsafe) if it is a
// link, not ours, or writable by others.
enum class Missing { kMake, kFail };
Result<UniqueFd> open_root(const Globals& globals, Missing missing);

// One container's directory, by descriptor. Removed by the destructor if it is a draft, unless something that its
// record tells of could not be undone: `delete --force` needs the record then.
class Directory {
 public:
  // Claims the id: of two at once, one wins; the other gets kState "container with given ID already exists".
  // The directory is locked and a draft until keep().
  static Result<Directory> claim(const Globals& globals, const std::string& id);
  // kNotFound "container does not exist". Not locked.
  static Result<Directory> open(const Globals& globals, const std::string& id);
  Directory(Directory&& other) noexcept;
  Directory& operator=(Directory&&) = delete;
  ~Directory();

  FdRef fd() const { return dir_; }
  // Waits for whoever holds it, at most `timeout_ms`; kNotFound if it was removed meanwhile.
  Result<void> lock(int timeout_ms) const;
  void unlock() const;

  // kNotFound if there is no record (a create that was killed before it wrote one).
  Result<Record> load() const;
  // By replacement: whoever reads gets the old one or the new one.
  Result<void> save(const Record& record) const;
  // save in two parts: stage() may be done early, beside other work; publish() is one rename.
  Result<void> stage(const Record& record) const;
  Result<void> publish() const;
  Result<void> append(const char* file, std::string_view data) const;
  // The whole of a file, "" if there is none.
  Result<std::string> read(const char* file) const;

  void keep() { draft_ = false; }
  // For drafts of what is recorded here: to be set if something stays.
  bool* left() const { return left_.get(); }
  // Removes the directory with what is in it; what is already gone is fine.
  Result<void> remove();

 private:
  // O_TRUNC or O_APPEND; made if it is missing.
  Result<void> write(const char* file, int flag, std::string_view data) const;
  // For errors.
  std::string path_of(const char* file) const;
  Directory(UniqueFd root, UniqueFd dir, std::string id, bool draft)
      : root_(std::move(root)), dir_(std::move(dir)), id_(std::move(id)), draft_(draft) {}
  UniqueFd root_, dir_;
  std::string id_;
  bool draft_;
  std::unique_ptr<bool> left_ = std::make_unique<bool>(false);
};

// The first record of another container of this state root than `id` that `matches`; nullopt if there is none. Those
// that can't be read are left out: they are on their way in or out.
Result<std::optional<Record>> find_other(const Globals& globals, std::string_view id,
                                         const std::function<bool(const Record&)>& matches);

}  // namespace brig::container
