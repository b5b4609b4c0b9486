#include "zdr/model/flip_log_line.h"

#include <fmt/core.h>

#include "zdr/base/text.h"

namespace zdr {
namespace {

std::string value(std::string_view text) {
    if (check_name(text)) return std::string(text);
    std::string out = "\"";
    for (const char byte : printable(text)) {
        if (byte == '"' || byte == '\\') out += '\\';
        out += byte;
    }
    return out + '"';
}

}  // namespace

std::string format_flip_log_line(std::string_view server, State from, const Flip& flip) {
    std::string out = fmt::format("server={} from={} to={} by={} uid={}", value(server), to_string(from),
                                  to_string(flip.state), value(flip.by), flip.uid);
    if (flip.expires_boot) {
        const auto ttl = std::chrono::round<std::chrono::milliseconds>(*flip.expires_boot - flip.since_boot).count();
        out += ttl % 1000 == 0 ? fmt::format(" ttl={}s", ttl / 1000) : fmt::format(" ttl={}ms", ttl);
    }
    if (flip.until_listening) out += " until=listening";
    if (flip.active_port) out += fmt::format(" active_port={}", flip.active_port->host());
    if (!flip.reason.empty()) out += " reason=" + value(flip.reason);
    return out;
}

}  // namespace zdr
