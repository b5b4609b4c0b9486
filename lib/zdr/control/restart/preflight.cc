#include "zdr/control/restart/preflight.h"

#include "zdr/control/restart/command.h"

namespace zdr {
namespace {

Result<void> check_commands_of(const Server& server, const RestartRequest& request) {
    if (request.handover) {
        if (auto found = check_shell_line(request.handover->start, server); !found)
            return fail_with("start command", std::move(found));
        if (auto found = check_shell_line(request.handover->stop, server); !found)
            return fail_with("stop command", std::move(found));
    } else if (auto found = check_program(expand_placeholders(request.command.front(), server)); !found) {
        return found;
    }
    if (request.ready_command)
        if (auto found = check_shell_line(*request.ready_command, server); !found)
            return fail_with("ready command", std::move(found));
    if (request.rollback)
        if (auto found = check_shell_line(*request.rollback, server); !found)
            return fail_with("rollback command", std::move(found));
    return {};
}

}  // namespace

Result<void> check_commands(std::span<const Server> servers, const RestartRequest& request) {
    for (const Server& server : servers)
        if (auto found = check_commands_of(server, request); !found) return found;
    return {};
}

}  // namespace zdr
