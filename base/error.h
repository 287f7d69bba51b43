// What went wrong: a kind for programs, errno, the call, its object, and the frames around it.
#pragma once

#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace brig {

// A failure, as a value. One pointer wide; everything is out of line and cold.
// Printed once, at the top, by cli; functions return it and add what they were doing.
class [[nodiscard]] Error {
 public:
  // A kind exists only where some caller acts differently on it.
  enum class Kind : std::uint8_t {
    kSystem,       // a system call failed; code() says how
    kConfig,       // config.json (or another document) is invalid; subject is a JSON pointer
    kUsage,        // the command line is wrong
    kState,        // the container is not in a state that allows this
    kNotFound,     // the container does not exist
    kUnsupported,  // this kernel, user or brig can't do it
    kUnsafe,       // could not be shown to be what was asked for; refused
    kInternal,     // a promise between parts of brig was broken
    kHook,         // a hook failed: the container's life goes on at its end (runtime.md#lifecycle)
  };

  // `call` failed on `subject` (a path or another name; may be empty).
  // errno is read in the default argument, before anything can disturb it.
  static Error system(std::string_view call, std::string_view subject, int err = errno);
  // A value of a document is wrong. `pointer` is an RFC 6901 JSON pointer, "" the whole document.
  static Error config(std::string_view pointer, std::string_view reason);
  // Any other failure, said in full by `text`.
  static Error make(Kind kind, std::string_view text);
  // A failure told by another process: its text is complete, kind and errno are kept.
  static Error remote(Kind kind, int err, std::string_view text);

  Error(Error&&) noexcept = default;
  Error& operator=(Error&&) noexcept = default;

  // Says what was being attempted, and on what. The last frame added is the outermost.
  [[gnu::cold]] void add_frame(std::string_view what, std::string_view object = {});
  // Replaces the innermost text (call, subject, errno's words), where engines match on other words. Keeps code().
  [[gnu::cold]] Error&& with_text(std::string_view text) &&;
  // Adds advice to the end of the text: "… (hint)". A second hint replaces the first.
  [[gnu::cold]] Error&& with_hint(std::string_view hint) &&;

  Kind kind() const;
  // errno, or 0.
  int code() const;
  // The JSON pointer or path the innermost failure is about; may be empty.
  const std::string& subject() const;
  // A stable name for machines: "system.ENOENT", "config", "state", …
  std::string id() const;
  // `outer: inner: call `subject`: words of errno (hint)`, on one line.
  std::string to_string() const;

 private:
  struct Frame {
    std::string what, object;
  };
  struct Body {
    Kind kind = Kind::kInternal;
    int code = 0;
    std::string call, subject, text, hint;
    std::vector<Frame> frames;
  };
  explicit Error(Body body);
  std::unique_ptr<Body> body_;
};

// The C library's words for `err`, untranslated, in lower case as engines match them (the words are an API:
// CRI-O looks for "no such process", dockerd and podman for "no such file or directory").
std::string errno_words(int err);
// "ENOENT" for ENOENT; "E<number>" for one without a name.
std::string errno_name(int err);

}  // namespace brig
