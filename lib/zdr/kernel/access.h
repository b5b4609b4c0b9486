// What a caller wants of the kernel's maps and of the state directory's lock: to look, or to change something too.
#pragma once

namespace zdr {

enum class Access { kRead, kWrite };

}  // namespace zdr
