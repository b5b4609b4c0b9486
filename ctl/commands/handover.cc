// The command handover: a server's traffic goes to another instance of its app, while HAProxy has it up throughout.
#include "zdr/control/handover/hand_over.h"

#include "ctl/command_table.h"

namespace zdr::ctl {

Result<void> handover(const cli::Parsed& parsed, const CommonOptions& common, Env& env) {
    const auto timeout = duration_of(parsed, "timeout");
    if (!timeout) return tl::unexpected(timeout.error());
    const auto text = parsed.value("to");
    if (text.has_value() == parsed.flag("back"))
        return fail(Errc::kUsage, text ? "--to and --back exclude each other" : "give --to PORT, or --back");
    HandoverRequest request{.to = std::nullopt,
                            .reason = parsed.value("reason").value_or(""),
                            .waits = !parsed.flag("no-wait"),
                            .force = parsed.flag("force"),
                            .timeout = timeout->value_or(kDefaultTimeout)};
    if (text) {
        auto port = Port::parse(*text);
        if (!port) return fail_with("--to", std::move(port));
        request.to = *port;
    }
    if (request.waits) env.stop_on_interrupt();
    return hand_over(names_of(parsed).front(), request, make_context(common, env));
}

}  // namespace zdr::ctl
