// A real nginx as a service: a daemon that a command restarts, as a service manager would.
#pragma once

#include <string>

#include "support/process.h"

namespace zdr::test {

// A real nginx that is a daemon, as a service is.
class Service {
  public:
    // Its files are in directory; listen is nginx's ("127.0.0.1:1000"). Runs when this returns. /health answers 503
    // while there is a file sick_file().
    Service(const std::string& directory, const std::string& name, const std::string& listen,
            const std::string& answer = "200");

    // A listen, but with TLS, by a certificate that is made in directory.
    static std::string encrypted(const std::string& directory, const std::string& listen);
    static std::string sick_file(const std::string& directory, const std::string& name);

    // What restarts the service, zdrctl's {name} unless told: the old process ends gracefully, then the new one starts.
    // Two of one service run one after the other.
    static Command restart_command(const std::string& directory, const std::string& name = "{name}");

    // Starts it if it does not run, once what restarts it has ended.
    static void recover(const std::string& directory, const std::string& name);
};

}  // namespace zdr::test
