#include "base/error.h"

#include <string.h>
#include <unistd.h>

#include <utility>

#include "base/fd.h"
#include "base/text.h"

namespace brig {

void UniqueFd::reset() {
  if (fd_ < 0) return;
  const int saved = errno;
  (void)::close(std::exchange(fd_, -1));  // Ignored: the descriptor is gone whatever close(2) says.
  errno = saved;
}

std::string errno_words(int err) {
  const char* words = strerrordesc_np(err);
  if (words == nullptr) return "error " + std::to_string(err);
  std::string text = words;
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  // "No such process" becomes "no such process"; "RPC …" stays.
  if (text.size() > 1 && upper(text[0]) && !upper(text[1])) text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

std::string errno_name(int err) {
  const char* name = strerrorname_np(err);
  return name != nullptr ? name : "E" + std::to_string(err);
}

Error::Error(Body body) : body_(std::make_unique<Body>(std::move(body))) {}

Error Error::system(std::string_view call, std::string_view subject, int err) {
  return Error({.kind = Kind::kSystem,
                .code = err,
                .call = std::string(call),
                .subject = std::string(subject),
                .text = {},
                .hint = {},
                .frames = {}});
}

Error Error::config(std::string_view pointer, std::string_view reason) {
  return Error({.kind = Kind::kConfig,
                .code = 0,
                .call = {},
                .subject = std::string(pointer),
                .text = std::string(reason),
                .hint = {},
                .frames = {}});
}

Error Error::make(Kind kind, std::string_view text) { return remote(kind, 0, text); }

Error Error::remote(Kind kind, int err, std::string_view text) {
  return Error(
      {.kind = kind, .code = err, .call = {}, .subject = {}, .text = std::string(text), .hint = {}, .frames = {}});
}

void Error::add_frame(std::string_view what, std::string_view object) {
  body_->frames.push_back({std::string(what), std::string(object)});
}

Error&& Error::with_text(std::string_view text) && {
  body_->text = text;
  body_->call.clear();
  return std::move(*this);
}

Error&& Error::with_hint(std::string_view hint) && {
  body_->hint = hint;
  return std::move(*this);
}

Error::Kind Error::kind() const { return body_->kind; }
int Error::code() const { return body_->code; }
const std::string& Error::subject() const { return body_->subject; }

std::string Error::id() const {
  switch (body_->kind) {
    case Kind::kSystem: return "system." + errno_name(body_->code);
    case Kind::kConfig: return "config";
    case Kind::kUsage: return "usage";
    case Kind::kState: return "state";
    case Kind::kNotFound: return "not-found";
    case Kind::kUnsupported: return "unsupported";
    case Kind::kUnsafe: return "unsafe";
    case Kind::kInternal: return "internal";
    case Kind::kHook: return "hook";
  }
  return "internal";
}

std::string Error::to_string() const {
  std::string out;
  const auto quoted = [&out](const std::string& object) {
    if (!object.empty()) out += " `" + object + "`";
  };
  for (auto frame = body_->frames.rbegin(); frame != body_->frames.rend(); ++frame) {
    out += frame->what;
    quoted(frame->object);
    out += ": ";
  }
  if (body_->kind == Kind::kConfig) {
    out += "config.json: " + (body_->subject.empty() ? std::string("/") : body_->subject) + ": " + body_->text;
  } else if (!body_->call.empty()) {
    out += body_->call;
    quoted(body_->subject);
    out += ": " + errno_words(body_->code);
  } else {
    out += body_->text;
  }
  if (!body_->hint.empty()) out += " (" + body_->hint + ")";
  return text::without_controls(out);
}

}  // namespace brig
