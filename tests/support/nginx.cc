#include "support/nginx.h"

#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "support/net.h"

namespace zdr::test {

Nginx::Nginx(const std::string& directory, std::string name, std::uint16_t port)
    : name_(std::move(name)), config_(directory + "/" + name_ + ".conf"), port_(port) {
    const std::string files = directory + "/" + name_;
    mkdir(files.c_str(), 0755);
    std::ofstream(config_) << "daemon off;\nuser root;\nworker_processes 1;\npid " << files << "/pid;\n"
                           << "error_log stderr warn;\nevents { worker_connections 512; }\nhttp {\naccess_log off;\n"
                           << "client_body_temp_path " << files << ";\nproxy_temp_path " << files << ";\n"
                           << "fastcgi_temp_path " << files << ";\nuwsgi_temp_path " << files << ";\n"
                           << "scgi_temp_path " << files << ";\n"
                           << "server { listen 127.0.0.1:" << port_ << "; location / { return 200 \"" << name_
                           << "\\n\"; } }\n}\n";
    start();
}

void Nginx::start() {
    process_ = std::make_unique<Process>(Command{"nginx", "-e", "stderr", "-c", config_});
    const bool listens =
        eventually([&] { return !process_->is_running() || connect_to("127.0.0.1", port_).error == 0; });
    if (!listens || !process_->is_running()) throw std::runtime_error("nginx: " + process_->standard_error());
}

void Nginx::restart() {
    process_->signal(SIGQUIT);
    if (const Output output = process_->wait(); output.status != 0)
        throw std::runtime_error("nginx did not end gracefully: " + output.err);
    start();
}

}  // namespace zdr::test
