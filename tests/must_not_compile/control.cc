// expect: compiles
// What the other files do wrong, done right: shows that they fail for their reason and not for a missing header.
#include "base/cstr.h"
#include "base/fd.h"
#include "base/result.h"
#include "base/sys.h"

namespace brig {

Result<int> one();
Result<void> use(FdRef fd, CStr path, int flags);

Result<int> two() {
  const int first = TRY(one());
  return first + TRY(one());
}

Result<void> borrow(UniqueFd owned, const std::string& path) {
  UniqueFd moved = std::move(owned);
  TRY(use(moved, path, O_PATH));
  return use(FdRef::cwd(), "literal", O_PATH);
}

}  // namespace brig
