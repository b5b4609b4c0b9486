// What /proc says: of processes, whose names anybody chooses, and of ports.
#include "fuzz_target.h"
#include "zdr/base/process_stat.h"
#include "zdr/net/ephemeral_ports.h"

namespace zdr::test {

void try_input(std::string_view input) {
    if (const auto process = parse_process_stat(input)) require_printable(process->name);

    const std::string text = format_ranges(parse_ranges(input));
    require_printable(text);
    require(format_ranges(parse_ranges(text)) == text, "ranges that are printed read as others", text);
    for (const PortRange& one : parse_ranges(input)) require(one.first <= one.last, "a range from its end", text);
}

}  // namespace zdr::test
