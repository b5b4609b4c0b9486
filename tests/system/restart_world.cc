#include "restart_world.h"

#include <sstream>

namespace zdr::test {

std::vector<nlohmann::json> events(const Output& output) {
    std::vector<nlohmann::json> out;
    std::istringstream lines(output.out);
    for (std::string line; std::getline(lines, line);) out.push_back(nlohmann::json::parse(line));
    return out;
}

nlohmann::json last_event(const Output& output) {
    const auto all = events(output);
    return all.empty() ? nlohmann::json() : all.back();
}

void RestartTest::start(std::string_view servers, const std::string& lines) {
    load(servers);
    Service(sandbox().directory(), "webA", "127.0.0.1:1000");
    Service(sandbox().directory(), "webB", "127.0.0.1:1001");
    start_haproxy(lines);
}

void RestartTest::start_haproxy(const std::string& lines) {
    haproxy_ = std::make_unique<Haproxy>(sandbox().directory(), 8080, lines);
    for (const char* name : {"webA", "webB", "bkpA", "bkpB"}) ASSERT_TRUE(haproxy_->shows(name, "UP")) << name;
}

Command RestartTest::restart_with(const Command& names_and_options, const Command& command) const {
    return zdr().ctl(Command{"restart"} + names_and_options) + Command{"--"} + command;
}

Command RestartTest::restart(const Command& names_and_options) const {
    return restart_with(names_and_options, Service::restart_command(sandbox().directory()));
}

}  // namespace zdr::test
