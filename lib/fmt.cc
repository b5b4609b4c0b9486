// fmt's vformat(), compiled here alone: Debian has fmt as a shared library, which a program that starts fast does not
// look for, and as headers, which would make each file of zdr compile slower and larger. Other files see its
// declaration only. zdr_fmt (CMakeLists.txt) names it.
#define FMT_HEADER_ONLY
#include <fmt/format.h>

namespace {

// An inline function is compiled where its address is taken.
[[gnu::used]] std::string (*const kVformat)(fmt::string_view, fmt::format_args) = &fmt::vformat;

}  // namespace
