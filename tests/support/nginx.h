// A real nginx as the app: answers every request with its name, restarts gracefully.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "support/process.h"

namespace zdr::test {

class Nginx {
  public:
    // On 127.0.0.1 and a port; its files are in directory. Returns when it answers; throws std::runtime_error.
    Nginx(const std::string& directory, std::string name, std::uint16_t port);

    // Lets running requests end, then starts anew.
    void restart();

  private:
    void start();

    std::string name_;
    std::string config_;
    std::uint16_t port_;
    std::unique_ptr<Process> process_;
};

}  // namespace zdr::test
