// What the kernel's map keeps of a server beside its ports: whatever stands there, what is read of it is written and
// read the same again.
#include "fuzz_target.h"
#include "zdr/model/server_settings.h"

namespace zdr::test {
namespace {

Server some_server() {
    Server server;
    server.name = "webA";
    server.backends = {"srvs"};  // the first is not part of the settings
    return server;
}

}  // namespace

void try_input(std::string_view input) {
    Server server = some_server();
    apply_extra_settings(input, server);
    const std::string text = extra_settings_text(server);

    Server again = some_server();
    apply_extra_settings(text, again);

    require(again == server, "settings that are written read as others", text);
    require(extra_settings_text(again) == text, "settings are written in two ways", text);
    if (const auto fits = check_settings(server); !fits) require_sentence(fits.error().text);
}

}  // namespace zdr::test
