// One line of the results: what was measured, of whom, the spread over the runs, beside what it was compared, and the
// mark that it must keep. All parts of the benchmark speak in these; JSON is how they reach the table and the pictures.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "figures.h"

namespace zdr::bench {

// How a value stands to that of somebody else, over the pairs of runs.
struct Comparison {
    std::string to;
    std::string how;  // "ratio" or "difference"
    Spread spread;
    Confidence confidence;
};

struct Mark {
    std::string of = "value";  // or "compared"
    std::string is;            // "at most" or "at least"
    double limit = 0;
};

struct Record {
    std::string part{};
    std::string name{};
    std::string peer{};
    std::optional<long> entries{};  // others that stood beside
    std::string unit{};
    Spread spread{};
    std::size_t runs = 0;
    std::optional<Comparison> compared{};
    std::optional<Mark> mark{};
    std::vector<std::pair<std::string, double>> quantiles{};  // "p99" and so on, where the distribution matters
};

// By the medians; none where there is no mark.
std::optional<bool> is_kept(const Record& record);

Record record_of(std::string part, std::string name, std::string peer, std::string unit,
                 const std::vector<double>& values);
// Values that belong together by their places.
Comparison ratio_to(std::string to, const std::vector<double>& values, const std::vector<double>& others);
Comparison spread_to(std::string to, std::string how, std::vector<double> results);
// How many times as much somebody costs as somebody else, both beyond the same base: costs are differences of pairs of
// runs, and need not be as many. None where the others' are not above zero for certain, since it would be any number.
std::optional<Comparison> ratio_of_costs(std::string to, const std::vector<double>& costs,
                                         const std::vector<double>& others);
// Both sides of some pairs: who zdr is measured beside, and zdr by its ratio to that. head has part, name and unit.
std::vector<Record> records_of(const Record& head, const std::string& beside, const std::vector<Pair>& pairs,
                               const Mark& mark);

inline Mark at_most(double limit, std::string of = "value") {
    return {std::move(of), "at most", limit};
}
inline Mark at_least(double limit, std::string of = "value") {
    return {std::move(of), "at least", limit};
}

void to_json(nlohmann::json& out, const Record& record);

}  // namespace zdr::bench
