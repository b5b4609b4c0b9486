#include "ctl/doctor/finding_ids.h"

#include <array>

namespace zdr::ctl {
namespace {

struct Entry {
    std::string_view id;
    bool is_problem = true;
};
constexpr bool kNote = false;

constexpr auto kEntries = std::to_array<Entry>({
    {"hook-removed"},
    {"foreign-lookup", kNote},
    {"backend-without-ready"},
    {"ephemeral-port"},
    {"status-port-taken"},
    {"status-port-translated"},
    {"app-not-listening"},
    {"app-not-listening-yet", kNote},
    {"app-outside-cgroup"},
    {"nobody-checks"},
    {"seldom-checks", kNote},
    {"frequent-checks", kNote},
    {"too-many-checkers"},
    {"restart-gone", kNote},
    {"checks-rewritten", kNote},
    {"no-rewriting"},
    {"late-interface", kNote},
    {"published-since"},
    {"drain-port-silent", kNote},
    {"drain-port-answers"},
    {"haproxy-silent"},
    {"status-port-unchecked"},
    {"backup-port-unchecked"},
    {"backup-port-no-backup"},
    {"check-port-unknown"},
    {"status-port-carries-traffic"},
    {"fall"},
    {"rise"},
    {"interval"},
    {"checks"},
    {"backend-missing"},
    {"check-uri-missing", kNote},
    {"check-incomplete", kNote},
    {"drain-port-not-soft"},
    {"no-drain-port", kNote},
    {"line-not-understood", kNote},
    {"no-redispatch", kNote},
    {"persist"},
    {"no-twin", kNote},
    {"only-primary"},
    {"twin-cookie"},
    {"twin-same-check"},
    {"shutdown-sessions"},
    {"shutdown-backup-sessions"},
    {"disabled", kNote},
    {"no-check"},
    {"external-check"},
    {"check-reuse-pool"},
    {"checks-in-the-clear"},
    {"connections-in-the-clear", kNote},
    {"connect-rule"},
    {"rule-ignored", kNote},
    {"reload-forgets", kNote},
});
static_assert(kEntries.size() == kFindingIds);

}  // namespace

std::string_view to_string(FindingId id) {
    return kEntries[static_cast<std::size_t>(id)].id;
}

bool is_problem(FindingId id) {
    return kEntries[static_cast<std::size_t>(id)].is_problem;
}

}  // namespace zdr::ctl
