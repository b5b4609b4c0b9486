// The hooks of an interface on kernels without tcx links: filters of a clsact qdisc, which stay when their maker dies.
// So each has a record, a pin of its program named after it, made before the filter and removed after it; a filter is
// taken away only while its program is the recorded one.
#pragma once

#include <string>

#include "hooks.h"
#include "zdr/base/error.h"
#include "zdr/base/unique_fd.h"
#include "zdr/kernel/hook_pins.h"

namespace zdr::loader {

// The name of the record of a hook's filter, and of its interface's qdisc where zdr made it: see zdr/hook_pins.h.
std::string filter_record(const Hook& hook);
std::string qdisc_record(const Hook& hook);

// Pins an object, readable by root alone.
Result<void> pin_for_root(int fd, const std::string& path);

// Adds the filter to the hook's interface, in one step replacing the recorded one where there is one, and records it in
// a directory. A qdisc made for it is recorded, too.
Result<void> attach_filter(const Hook& hook, int program, const std::string& directory);
// Gives the filter another program in one step, without a record.
Result<void> replace_filter(const Hook& hook, int program);
// Removes a pin and detaches what it stands for: a link goes with its pin, a filter or an empty qdisc is taken away.
// What somebody else changed since stays.
Result<void> remove_hook_pin(const std::string& directory, const HookPin& pin);

}  // namespace zdr::loader
