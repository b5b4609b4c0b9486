// What HAProxy's runtime socket answers, whoever listens there: the servers of an answer, answered again, are the same.
#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "fuzz_target.h"
#include "zdr/haproxy/answer/server_counts.h"
#include "zdr/haproxy/runtime.h"
#include "zdr/haproxy/runtime_state.h"

namespace zdr::test {
namespace {

template <class Value>
std::string in_place(const std::optional<Value>& value, const char* none, const auto& show) {
    return value ? show(*value) : none;
}

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char byte : text) out += byte == '"' ? "\"\"" : std::string(1, byte);
    return out + "\"";
}

// As a HAProxy of these servers answers; before 2.4 it does not say the port of the checks.
std::string answer_of(const std::vector<HaproxyServer>& servers) {
    const auto address = [](const Address& one) { return one.to_string(); };
    const auto port = [](Port one) { return std::to_string(one.host()); };
    const auto number = [](std::uint32_t one) { return std::to_string(one); };
    const bool says_check_port =
        std::any_of(servers.begin(), servers.end(), [](const HaproxyServer& one) { return one.check_port; });
    std::string out = fmt::format(
        "1\n# be_id be_name srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_check_state srv_port "
        "srv_check_addr{}\n",
        says_check_port ? " srv_check_port" : "");
    std::string stat = "# pxname,svname,status,bck,check_fall,check_rise,\n";
    for (const HaproxyServer& one : servers) {
        out += fmt::format("1 {} {} {} {} {} {} {} {} {}", one.backend, one.name, in_place(one.address, "-", address),
                           static_cast<int>(one.op_state), one.admin_state, one.weight, one.has_check ? 6 : 0,
                           in_place(one.port, "0", port), in_place(one.check_address, "-", address));
        if (says_check_port) out += " " + in_place(one.check_port, "0", port);
        out += "\n";
        stat += fmt::format("{},{},{},{},{},{},\n", quoted(one.backend), quoted(one.name), quoted(one.status),
                            one.is_backup ? 1 : 0, in_place(one.fall, "", number), in_place(one.rise, "", number));
    }
    return out + "\n" + stat + "\n";
}

}  // namespace

void try_input(std::string_view input) {
    (void)parse_haproxy_pid(input);
    if (const auto counts = parse_haproxy_counts(input))
        for (const HaproxyCounts& one : *counts) require_printable(one.backend + one.name + one.status);
    else
        require_sentence(counts.error().text);
    const auto servers = parse_haproxy_answer(input);
    if (!servers) {
        require_sentence(servers.error().text);
        return;
    }
    for (const HaproxyServer& one : *servers) {
        require_printable(one.backend + one.name + one.status);
        require(!one.backend.empty() && !one.name.empty(), "a server without name");
        require(one.weight == 0 || !(is_in(one) && is_out(one)), "both in and out", one.status);
        (void)is_changing(one);
    }

    const std::string answer = answer_of(*servers);

    const auto again = parse_haproxy_answer(answer);
    require(again.has_value(), "the same servers are refused", again ? "" : again.error().text + "\n" + answer);
    require(*again == *servers, "the same servers read as others", answer);
}

}  // namespace zdr::test
