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

struct LoadOptions {
    int connections = 8;
    std::chrono::milliseconds pause{10};  // of each connection before its next request; 0: as fast as it can
    std::string header{};                 // one more: "Cookie: SRV=A"
};

// That there were requests, and that each got its answer.
void expect_no_failures(const LoadReport& report);

// Requests over keep-alive connections that go on until report() is asked for.
class Load {
  public:
    Load(const std::string& directory, const std::string& url, const LoadOptions& options);
    // A few hundred requests a second.
    Load(const std::string& directory, const std::string& url, const std::string& header = "")
        : Load(directory, url, LoadOptions{.header = header}) {}

    LoadReport report();

  private:
    Process process_;
};

}  // namespace zdr::test
