// Clients in number: wrk, and its own report of how they fared.
#pragma once

#include <chrono>
#include <string>

#include "support/process.h"

namespace zdr::test {

struct LoadReport {
    long requests = 0;
    long socket_errors = 0;  // connect, read, write and timeout
    long bad_answers = 0;    // neither 2xx nor 3xx
    std::string text;        // as wrk wrote it
};

// Requests that go on until report() is asked for.
class Load {
  public:
    // A few hundred requests a second over keep-alive connections; header: "" or one more ("Cookie: SRV=A").
    Load(const std::string& directory, const std::string& url, const std::string& header = "");

    LoadReport report();

  private:
    Process process_;
};

}  // namespace zdr::test
