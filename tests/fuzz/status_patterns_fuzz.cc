// HAProxy's "rstatus": a regular expression, and the statuses that it matches. Whoever compiles one may be made to copy
// parts of it without end.
#include <string>

#include "fuzz_target.h"
#include "zdr/model/health_check.h"

namespace zdr::test {

void try_input(std::string_view input) {
    const auto statuses = matching_statuses(std::string(input));
    if (!statuses) return require_sentence(statuses.error().text);
    const auto again = parse_statuses(format_statuses(*statuses));
    require(again && *again == *statuses, "statuses that match are no statuses", input);
    require(other_statuses(other_statuses(*statuses)) == *statuses, "all but all others are not these", input);
}

}  // namespace zdr::test
