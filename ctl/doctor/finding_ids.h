// The kinds of findings. Each has an id that never changes, and its part of docs/findings.md.
#pragma once

#include <cstddef>
#include <string_view>

namespace zdr::ctl {

// In the order of docs/findings.md.
enum class FindingId {
    kHookRemoved,
    kForeignLookup,
    kBackendWithoutReady,
    kEphemeralPort,
    kStatusPortTaken,
    kStatusPortTranslated,
    kAppNotListening,
    kAppNotListeningYet,
    kAppOutsideCgroup,
    kNobodyChecks,
    kSeldomChecks,
    kFrequentChecks,
    kTooManyCheckers,
    kRestartGone,
    kChecksRewritten,
    kNoRewriting,
    kLateInterface,
    kPublishedSince,
    kDrainPortSilent,
    kDrainPortAnswers,
    kHaproxySilent,
    kStatusPortUnchecked,
    kBackupPortUnchecked,
    kBackupPortNoBackup,
    kCheckPortUnknown,
    kStatusPortCarriesTraffic,
    kFall,
    kRise,
    kInterval,
    kChecks,
    kBackendMissing,
    kCheckUriMissing,
    kCheckIncomplete,
    kDrainPortNotSoft,
    kNoDrainPort,
    kLineNotUnderstood,
    kNoRedispatch,
    kPersist,
    kNoTwin,
    kOnlyPrimary,
    kTwinCookie,
    kTwinSameCheck,
    kShutdownSessions,
    kShutdownBackupSessions,
    kDisabled,
    kNoCheck,
    kExternalCheck,
    kCheckReusePool,
    kChecksInTheClear,
    kConnectionsInTheClear,
    kConnectRule,
    kRuleIgnored,
    kReloadForgets,
    kCount,
};

inline constexpr auto kFindingIds = static_cast<std::size_t>(FindingId::kCount);

// "status-port-taken"
std::string_view to_string(FindingId id);

// Whether it makes a drain or a restart fail; else it may surprise.
bool is_problem(FindingId id);

}  // namespace zdr::ctl
