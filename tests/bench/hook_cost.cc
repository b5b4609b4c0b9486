// hook_cost: what zdr costs traffic that is none of its own. Prints medians of paired runs, the middle half of them in
// brackets, where the true result lies with a confidence of 95 %, and whether each keeps its mark. Exit status 0 where
// all do, 1 where one does not, 2 where it cannot measure.
#include <fmt/core.h>

#include <boost/program_options.hpp>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>

#include "program_cost.h"
#include "throughput.h"

namespace zdr::bench {
namespace {

namespace po = boost::program_options;

struct Options {
    int pairs = 60;
    int packets = 300'000;
    int milliseconds = 40;
    std::string only;
    std::string json;
    bool is_smoke = false;  // for a moment, to see that it works: marks do not count
};

void print(const Figure& figure) {
    const auto spread = [](const Spread& one) {
        return fmt::format("{:8.3f} [{:.3f}, {:.3f}]", one.median, one.quarter, one.three_quarters);
    };
    fmt::print("{:42} {:6}  without {:28}  with {:28}  {} {:28} 95 % [{:.3f}, {:.3f}]  mark {} {}: {}\n", figure.name,
               figure.unit, spread(figure.without), spread(figure.with), figure.compare, spread(figure.result),
               figure.confidence.low, figure.confidence.high, figure.compare == "ratio" ? ">=" : "<=", figure.mark,
               figure.is_kept ? "kept" : "MISSED");
    std::fflush(stdout);
}

bool parse(int argc, char** argv, Options& out) {
    po::options_description known("hook_cost [OPTION]...");
    known.add_options()("help", "show this")("smoke", po::bool_switch(&out.is_smoke),
                                             "run for a moment, judge nothing")(
        "pairs", po::value(&out.pairs), "pairs of runs (60)")("packets", po::value(&out.packets),
                                                              "packets of a run of a program (300000)")(
        "milliseconds", po::value(&out.milliseconds), "of a slice of the stream (40)")(
        "only", po::value(&out.only), "programs or throughput")("json", po::value(&out.json),
                                                                "write the figures there");
    po::variables_map given;
    po::store(po::parse_command_line(argc, argv, known), given);
    po::notify(given);
    if (given.contains("help")) {
        known.print(std::cout);
        return false;
    }
    if (out.is_smoke) {
        out.pairs = 2;
        out.packets = 1000;
        out.milliseconds = 20;
    }
    if (out.pairs < 1 || out.packets < 1 || out.milliseconds < 1) throw po::error("numbers start at 1");
    return true;
}

int run(const Options& options) {
    std::vector<Figure> figures;
    if (options.only != "programs")
        figures.push_back(throughput(options.pairs, std::chrono::milliseconds(options.milliseconds)));
    if (options.only != "throughput")
        for (Figure& one : program_costs(options.pairs, options.packets)) figures.push_back(std::move(one));

    bool all_kept = true;
    for (const Figure& one : figures) {
        print(one);
        all_kept = all_kept && one.is_kept;
    }
    if (!options.json.empty()) {
        std::ofstream file(options.json);
        file << nlohmann::json{{"figures", figures}}.dump(2) << '\n';
        if (!file.flush()) throw std::runtime_error("write " + options.json);
    }
    return all_kept || options.is_smoke ? 0 : 1;
}

}  // namespace
}  // namespace zdr::bench

int main(int argc, char** argv) {
    try {
        zdr::bench::Options options;
        if (!zdr::bench::parse(argc, argv, options)) return 0;
        return zdr::bench::run(options);
    } catch (const std::exception& error) {
        fmt::print(stderr, "hook_cost: {}\n", error.what());
        return 2;
    }
}
