// Runs in: runtime.
//
// The compiled seccomp filter in the container's directory (kSeccompFile), for the processes that `exec` brings: to
// compile a profile takes longer than all else that exec does.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "seccomp/filter.h"

namespace brig::container {

std::string encode_filter(const seccomp::Filter& filter);
// kState for what encode_filter can't have written. The instructions are the kernel's to check.
Result<seccomp::Filter> decode_filter(std::string_view bytes);

}  // namespace brig::container
