#include "support/load.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <regex>

namespace zdr::test {
namespace {

// wrk asks a script how long each connection waits before its next request.
std::string written_script(const std::string& directory, std::chrono::milliseconds pause) {
    const std::string path = directory + "/wrk.lua";
    std::ofstream(path) << "function delay() return " << pause.count() << " end\n";
    return path;
}

Command command(const std::string& directory, const std::string& url, const LoadOptions& options) {
    // wrk reserves 8 MB of memory for each second of its timeout.
    Command out{"wrk", "-t1", "-d1h", "--timeout", "30s", "-c", std::to_string(options.connections)};
    if (options.pause.count() != 0) out = out + Command{"-s", written_script(directory, options.pause)};
    if (!options.header.empty()) out = out + Command{"-H", options.header};
    out.push_back(url);
    return out;
}

long sum_of_matches(const std::string& text, const char* pattern) {
    std::smatch match;
    long sum = 0;
    if (std::regex_search(text, match, std::regex(pattern)))
        for (std::size_t i = 1; i < match.size(); ++i) sum += std::stol(match[i]);
    return sum;
}

}  // namespace

Load::Load(const std::string& directory, const std::string& url, const LoadOptions& options)
    : process_(command(directory, url, options)) {}

LoadReport Load::report() {
    process_.signal(SIGINT);
    const Output output = process_.wait();
    LoadReport out;
    out.text = output.out + output.err;
    out.requests = sum_of_matches(out.text, R"((\d+) requests in)");
    out.socket_errors =
        sum_of_matches(out.text, R"(Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+))");
    out.bad_answers = sum_of_matches(out.text, R"(Non-2xx or 3xx responses: (\d+))");
    return out;
}

void expect_no_failures(const LoadReport& report) {
    EXPECT_GT(report.requests, 0) << report.text;
    EXPECT_EQ(report.socket_errors, 0) << report.text;
    EXPECT_EQ(report.bad_answers, 0) << report.text;
}

}  // namespace zdr::test
