// zdr.conf: what parse_config() owes to every text; and a configuration that import writes reads the same.
#include "fuzz_target.h"
#include "support/config_invariants.h"
#include "zdr/haproxy/import_text.h"

namespace zdr::test {
namespace {

// As import has servers: at one address, and without the keys that it never writes.
Server as_imported(Server server) {
    server.addresses.resize(1, *Address::parse("127.0.0.1"));
    server.checkers.clear();
    server.unchecked = false;
    server.replace_listener = false;
    server.start = Start::kReady;
    server.published = Published::kAuto;
    return server;
}

}  // namespace

void try_input(std::string_view input) {
    const std::string complaint = config_complaint(input);
    require(complaint.empty(), complaint);
    const auto config = parse_config(input, "zdr.conf");
    if (!config) return;

    HaproxyImport import;
    std::vector<Server> servers;
    for (const Server& one : config->servers) {
        const Server& server = servers.emplace_back(as_imported(one));
        if (find_clash(servers)) {  // by the address that * stands for
            servers.pop_back();
            continue;
        }
        const std::size_t line = import.servers.size() + 1;
        ImportedServer& imported = import.servers.emplace_back(
            ImportedServer{.server = server, .line = line, .host = "", .backup = "twin", .backup_line = line});
        imported.listed.resize(server.backends.size(), {.line = line, .name = server.name});
    }

    const std::string text = format_zdr_conf(import, input.substr(0, 40));

    const auto again = parse_config(text, "again");
    require(again.has_value(), "what import writes is refused", again ? "" : again.error().text + "\n" + text);
    require(again->servers == servers, "what import writes reads as something else", text);
}

}  // namespace zdr::test
