// measure PART: runs one part of the benchmark and writes its records as JSON; scripts/bench runs them all. Exit status
// 0 where it could measure, whatever the marks say; 2 where it could not.
#include <fmt/core.h>

#include <boost/program_options.hpp>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "part.h"

namespace zdr::bench {
namespace {

namespace po = boost::program_options;

struct Part {
    const char* name;
    Outcome (*run)(Effort);
};

constexpr Part kParts[] = {
    {"flip_process", nullptr},  // has an option of its own
    {"flip_in_process", flip_in_process},
    {"load_servers", load_servers},
    {"memory", memory},
    {"connects", nullptr},  // so does this
    {"until_down", until_down},
    {"hooks", hooks},
};

struct Options {
    std::string part;
    std::string json;
    Effort effort = Effort::kFull;
    std::vector<std::string> builds{};
};

// Whether there is something to do.
bool parse(int argc, char** argv, Options& out) {
    bool is_smoke = false;
    bool is_quick = false;
    po::options_description known("measure [OPTION]... PART");
    known.add_options()("help", "show this, and the parts")("smoke", po::bool_switch(&is_smoke),
                                                            "run for a moment, to see that it works")(
        "quick", po::bool_switch(&is_quick), "fewer runs")("json", po::value(&out.json), "write the records there")(
        "beside", po::value(&out.builds), "flip_process and connects: measure this build too (repeat)")(
        "part", po::value(&out.part));
    po::positional_options_description positions;
    positions.add("part", 1);
    po::variables_map given;
    po::store(po::command_line_parser(argc, argv).options(known).positional(positions).run(), given);
    po::notify(given);
    if (is_quick) out.effort = Effort::kQuick;
    if (is_smoke) out.effort = Effort::kSmoke;
    if (!given.contains("help")) return true;
    known.print(std::cout);
    for (const Part& one : kParts) fmt::print("{}\n", one.name);
    return false;
}

Outcome run(const Options& options) {
    if (options.part == "flip_process") return flip_process(options.effort, options.builds);
    if (options.part == "connects") return connects(options.effort, options.builds);
    if (!options.builds.empty()) throw std::runtime_error("--beside is for flip_process and connects");
    for (const Part& one : kParts)
        if (options.part == one.name) return one.run(options.effort);
    throw std::runtime_error(options.part.empty() ? "no part is named" : options.part + " is no part");
}

void write(const Outcome& outcome, const std::string& path) {
    const std::string text = nlohmann::json{{"records", outcome.records}, {"series", outcome.series}}.dump(2) + "\n";
    if (path.empty()) {
        fmt::print("{}", text);
        return;
    }
    std::ofstream file(path);
    file << text;
    if (!file.flush()) throw std::runtime_error("write " + path);
}

}  // namespace
}  // namespace zdr::bench

int main(int argc, char** argv) {
    try {
        zdr::bench::Options options;
        if (!zdr::bench::parse(argc, argv, options)) return 0;
        zdr::bench::write(zdr::bench::run(options), options.json);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "measure: {}\n", error.what());
        return 2;
    }
}
