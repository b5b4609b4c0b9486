#include "support/haproxy.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "support/net.h"
#include "zdr/base/unique_fd.h"

namespace zdr::test {
namespace {

std::string written_config(const std::string& directory, std::uint16_t port, const std::string& servers) {
    const std::string path = directory + "/haproxy.cfg";
    std::ofstream(path) << "global\n    nbthread 1\n    stats socket " << directory << "/haproxy.sock level admin\n"
                        << "defaults\n    mode http\n    timeout connect 5s\n    timeout client 30s\n"
                        << "    timeout server 30s\n"
                        << "frontend clients\n    bind 127.0.0.1:" << port << "\n    default_backend srvs\n"
                        << "backend srvs\n    cookie SRV insert indirect nocache\n"
                        << servers;
    return path;
}

std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> out;
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');) out.push_back(field);
    return out;
}

}  // namespace

Haproxy::Haproxy(const std::string& directory, std::uint16_t port, const std::string& servers)
    : config_(written_config(directory, port, servers)), socket_(directory + "/haproxy.sock") {
    start({});
}

Haproxy::Haproxy(const std::string& directory, const std::string& config)
    : config_(directory + "/haproxy.cfg"), socket_(directory + "/haproxy.sock") {
    std::ofstream(config_) << config;
    start({});
}

void Haproxy::start(const Command& more) {
    process_ = std::make_unique<Process>(Command{"haproxy", "-db", "-f", config_} + more);
    const std::string pid = "\nPid: " + std::to_string(process_->pid()) + "\n";
    if (!eventually([&] { return !process_->is_running() || contains(answer("show info"), pid); }) ||
        !process_->is_running())
        throw std::runtime_error("haproxy: " + process_->standard_error());
}

void Haproxy::reload() {
    (void)reload_beside()->wait();
}

std::unique_ptr<Process> Haproxy::reload_beside(const Command& older) {
    std::unique_ptr<Process> old = std::move(process_);
    start(Command{"-sf", std::to_string(old->pid())} + older);
    return old;
}

std::string Haproxy::answer(const std::string& question) const {
    const Attempt opened = open_socket(AF_UNIX);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_.copy(address.sun_path, sizeof address.sun_path - 1);
    if (connect(opened.fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return "";
    const std::string line = question + "\n";
    if (send(opened.fd.get(), line.data(), line.size(), MSG_NOSIGNAL) < 0) return "";
    return read_all(opened.fd);
}

std::string Haproxy::field(const std::string& server, const std::string& name, const std::string& backend) const {
    std::istringstream lines(answer("show stat"));
    std::string line;
    std::getline(lines, line);
    if (line.starts_with("# ")) line.erase(0, 2);
    const std::vector<std::string> names = split(line);
    while (std::getline(lines, line)) {
        if (!line.starts_with(backend + "," + server + ",")) continue;
        const std::vector<std::string> values = split(line);
        for (std::size_t i = 0; i < names.size() && i < values.size(); ++i)
            if (names[i] == name) return values[i];
    }
    return "";
}

long Haproxy::chosen(const std::string& server) const {
    return std::stol("0" + field(server, "stot"));
}

bool Haproxy::shows(const std::string& server, const std::string& wanted) const {
    return eventually([&] { return status(server) == wanted; });
}

}  // namespace zdr::test
