// A value or an Error, and TRY, which passes the Error up.
#pragma once

#include <optional>
#include <utility>

#include "base/error.h"

namespace brig {

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return value_.has_value(); }
  T& value() & { return *value_; }
  const T& value() const& { return *value_; }
  T&& value() && { return std::move(*value_); }
  Error& error() & { return *error_; }
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }

 private:
  std::optional<T> value_;
  std::optional<Error> error_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  void value() && {}
  Error& error() & { return *error_; }
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace brig

// TRY(expression [, what [, object]]): the value of a Result, or return its Error from this function, with a
// frame that says what was being attempted. A GNU statement expression; with -Wshadow two of them in one
// expression do not compile, so a line has at most one way out.
#define TRY(expression, ...)                                      \
  __extension__({                                                 \
    auto brig_try = (expression);                                 \
    if (!brig_try.ok()) [[unlikely]] {                            \
      ::brig::Error brig_try_error = std::move(brig_try).error(); \
      __VA_OPT__(brig_try_error.add_frame(__VA_ARGS__);)          \
      return brig_try_error;                                      \
    }                                                             \
    std::move(brig_try).value();                                  \
  })
