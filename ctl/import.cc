// The command import: a zdr.conf from a HAProxy configuration.
#include <chrono>
#include <map>
#include <string>

#include "ctl/commands.h"
#include "zdr/config.h"
#include "zdr/haproxy_import.h"
#include "zdr/host_lookup.h"
#include "zdr/text_file.h"
#include "zdr/zdr_conf.h"

namespace zdr::ctl {
namespace {

// All names together, so that a file of many names ends even where no name server answers.
constexpr std::chrono::seconds kPatience(10);

HaproxyResolver resolver() {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    return [deadline](const std::string& host) -> Result<Address> {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) return fail(Errc::kFailed, "looking names up took too long");
        const auto found = look_up_host(host, Port(1), left);
        if (!found) return tl::unexpected(found.error());
        for (const SocketAddress& one : *found)
            if (const auto address = address_of(reinterpret_cast<const sockaddr*>(&one.storage))) return *address;
        return fail(Errc::kFailed, "the host has no address");
    };
}

}  // namespace

Result<void> import_config(const Options& options, Env& env) {
    if (options.names.size() != 1) return fail(Errc::kUsage, "one HAProxy configuration file is to be named");
    const std::string& path = options.names.front();
    const auto text = read_text_file(path);
    if (!text) return tl::unexpected(text.error());
    const auto variables = [&](const std::string& name) { return env.variable(name.c_str()); };
    const auto config = parse_haproxy_config(*text, path, variables);
    if (!config) return tl::unexpected(config.error());
    return env.out(to_zdr_conf(import_haproxy(*config, resolver()), path.substr(path.rfind('/') + 1)));
}

}  // namespace zdr::ctl
