// The hooks of an interface on kernels without tcx links: filters of a clsact qdisc, which stay when their maker dies.
// So each has a record, a pin of its program named after it, made before the filter and removed after it; a filter is
// taken away only while its program is the recorded one.
#pragma once

#include <string>

#include "hooks.h"
#include "zdr/error.h"
#include "zdr/unique_fd.h"

namespace zdr::loader {

// The name of the record of a hook's filter: clsact_in_3, clsact_out_3.
std::string filter_record(const Hook& hook);
// Whether the name of a pin is one of such a record, or of a qdisc that zdr made.
bool is_filter_record(const std::string& name);

// Adds the filter to the hook's interface, in one step replacing the recorded one where there is one, and records it in
// a directory. A qdisc made for it is recorded, too.
Result<void> attach_filter(const Hook& hook, int program, const std::string& directory);
// Gives the filter another program in one step, without a record.
Result<void> replace_filter(const Hook& hook, int program);
// Takes away what the record at this path stands for, and the record. A filter or qdisc that somebody else changed
// since stays.
Result<void> remove_filter(const std::string& record_path);
// Whether the filter of the record at this path is in place.
bool is_filter_attached(const std::string& record_path);

}  // namespace zdr::loader
