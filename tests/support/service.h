// A real nginx as a service: a daemon that a command restarts, as a service manager would.
#pragma once

#include <string>

#include "support/process.h"

namespace zdr::test {

// A real nginx that is a daemon, as a service is.
class Service {
  public:
    // Its files are in directory; listen is nginx's ("127.0.0.1:1000"). Runs when this returns.
    Service(const std::string& directory, const std::string& name, const std::string& listen,
            const std::string& answer = "200");

    // What restarts the service that {name} is: the old process ends gracefully, then the new one starts.
    static Command restart_command(const std::string& directory);
};

}  // namespace zdr::test
