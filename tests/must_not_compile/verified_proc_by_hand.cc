// expect: 'brig::ProcDir::ProcDir\(.*\)' is private
// expect: calling a private constructor of class 'brig::ProcDir'
#include "base/proc_dir.h"

namespace brig {

ProcDir forge(UniqueFd dir) { return ProcDir(std::move(dir)); }

}  // namespace brig
