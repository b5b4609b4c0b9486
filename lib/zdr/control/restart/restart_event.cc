#include "zdr/control/restart/restart_event.h"

namespace zdr {

std::string_view to_string(RestartStep step) {
    switch (step) {
        case RestartStep::kFlipped:
            return "flipped";
        case RestartStep::kAcknowledged:
            return "acknowledged";
        case RestartStep::kIdle:
            return "idle";
        case RestartStep::kBusy:
            return "busy";
        case RestartStep::kCommandBegun:
            return "command-begun";
        case RestartStep::kCommandEnded:
            return "command-ended";
        case RestartStep::kAppUp:
            return "app-up";
        case RestartStep::kFailed:
            return "failed";
        case RestartStep::kRollbackBegun:
            return "rollback-begun";
        case RestartStep::kRollbackEnded:
            return "rollback-ended";
        case RestartStep::kStartBegun:
            return "start-begun";
        case RestartStep::kStartEnded:
            return "start-ended";
        case RestartStep::kHandedOver:
            return "handed-over";
        case RestartStep::kArrived:
            return "arrived";
        case RestartStep::kStopBegun:
            return "stop-begun";
        case RestartStep::kStopEnded:
            return "stop-ended";
        case RestartStep::kCanary:
            return "canary";
    }
    return "";
}

}  // namespace zdr
