// Runs in: runtime.
#pragma once

#include "base/result.h"
#include "oci/config.h"
#include "runtime/container/requests.h"

namespace brig::container {

// Changes `process` as the options of exec say. Pure.
void apply_changes(const ProcessChanges& changes, oci::Process& process);

// The process that exec is to run: the document of `request.process_file` if there is one (4 MiB at most), otherwise
// `container` with the command, changed by the options. What the document does not say about its confinement is as in
// `container`. kConfig with the JSON pointer of what is wrong in the document.
Result<oci::Process> exec_process(const ExecRequest& request, const oci::Process& container);

}  // namespace brig::container
