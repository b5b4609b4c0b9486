// A HAProxy file as import takes it, with what must hold of every one.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "zdr/config/config.h"
#include "zdr/haproxy/import.h"
#include "zdr/haproxy/import_text.h"

namespace zdr::test {

inline Result<Address> resolve_app1(const std::string& host) {
    if (host == "app1") return *Address::parse("10.0.0.1");
    return fail(Errc::kFailed, "no such host");
}

inline HaproxyImport imported(const std::string& text) {
    const auto config = parse_haproxy_config(text, "h.cfg", [](const std::string&) { return std::nullopt; });
    EXPECT_TRUE(config) << (config ? "" : config.error().text);
    HaproxyImport import = import_haproxy(*config, resolve_app1);
    std::vector<Server> servers;
    for (const ImportedServer& one : import.servers) servers.push_back(one.server);
    EXPECT_FALSE(find_clash(servers));
    const std::string conf = format_zdr_conf(import, "h.cfg");
    const auto again = parse_config(conf, "zdr.conf");
    EXPECT_TRUE(again) << (again ? "" : again.error().text) << "\n" << conf;
    if (again) {
        EXPECT_EQ(again->servers, servers) << conf;
    }
    return import;
}

inline HaproxyImport of_backend(const std::string& servers) {
    return imported("backend srvs\n" + servers);
}

inline std::vector<std::string> names(const HaproxyImport& import) {
    std::vector<std::string> out;
    for (const ImportedServer& one : import.servers) out.push_back(one.server.name);
    return out;
}

inline std::vector<std::string> notes(const HaproxyImport& import) {
    std::vector<std::string> out;
    for (const HaproxyRemark& note : import.notes) out.push_back(std::to_string(note.line) + ": " + note.text);
    return out;
}

}  // namespace zdr::test
