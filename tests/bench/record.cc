#include "record.h"

namespace zdr::bench {
namespace {

// To five digits: more say nothing.
double rounded(double value) {
    if (value == 0) return 0;
    const double scale = std::pow(10, 4 - std::floor(std::log10(std::abs(value))));
    return std::round(value * scale) / scale;
}

}  // namespace

std::optional<bool> is_kept(const Record& record) {
    if (!record.mark) return std::nullopt;
    if (record.mark->of == "compared" && !record.compared) return std::nullopt;
    const double value = record.mark->of == "compared" ? record.compared->spread.median : record.spread.median;
    return record.mark->is == "at most" ? value <= record.mark->limit : value >= record.mark->limit;
}

Record record_of(std::string part, std::string name, std::string peer, std::string unit,
                 const std::vector<double>& values) {
    return {.part = std::move(part),
            .name = std::move(name),
            .peer = std::move(peer),
            .unit = std::move(unit),
            .spread = spread_of(values),
            .runs = values.size()};
}

Comparison ratio_to(std::string to, const std::vector<double>& values, const std::vector<double>& others) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < std::min(values.size(), others.size()); ++i) ratios.push_back(values[i] / others[i]);
    return spread_to(std::move(to), "ratio", std::move(ratios));
}

Comparison spread_to(std::string to, std::string how, std::vector<double> results) {
    const Confidence confidence = confidence_of(results);
    return {std::move(to), std::move(how), spread_of(std::move(results)), confidence};
}

std::optional<Comparison> ratio_of_costs(std::string to, const std::vector<double>& costs,
                                         const std::vector<double>& others) {
    const Confidence divisor = confidence_of(others);
    if (divisor.low <= 0) return std::nullopt;
    const double middle = spread_of(others).median;
    const Spread spread = spread_of(costs);
    const Confidence confidence = confidence_of(costs);
    return Comparison{std::move(to),
                      "ratio",
                      {spread.median / middle, spread.quarter / middle, spread.three_quarters / middle},
                      {confidence.low / divisor.high, confidence.high / divisor.low}};
}

std::vector<Record> records_of(const Record& head, const std::string& beside, const std::vector<Pair>& pairs,
                               const Mark& mark) {
    std::vector<double> without;
    std::vector<double> with;
    for (const Pair& pair : pairs) {
        without.push_back(pair.without);
        with.push_back(pair.with);
    }
    Record zdr = record_of(head.part, head.name, "zdr", head.unit, with);
    zdr.compared = ratio_to(beside, with, without);
    zdr.mark = mark;
    return {record_of(head.part, head.name, beside, head.unit, without), zdr};
}

void to_json(nlohmann::json& out, const Record& record) {
    out = {{"part", record.part},
           {"name", record.name},
           {"peer", record.peer},
           {"entries", nullptr},
           {"unit", record.unit},
           {"median", rounded(record.spread.median)},
           {"quarter", rounded(record.spread.quarter)},
           {"three_quarters", rounded(record.spread.three_quarters)},
           {"runs", record.runs},
           {"compared", nullptr},
           {"mark", nullptr},
           {"kept", nullptr}};
    if (record.entries) out["entries"] = *record.entries;
    if (const auto& compared = record.compared) {
        out["compared"] = {{"to", compared->to},
                           {"how", compared->how},
                           {"median", rounded(compared->spread.median)},
                           {"quarter", rounded(compared->spread.quarter)},
                           {"three_quarters", rounded(compared->spread.three_quarters)},
                           {"confidence_95", {rounded(compared->confidence.low), rounded(compared->confidence.high)}}};
    }
    if (const auto& mark = record.mark) out["mark"] = {{"of", mark->of}, {"is", mark->is}, {"limit", mark->limit}};
    for (const auto& [name, value] : record.quantiles) out["quantiles"][name] = rounded(value);
    if (const auto kept = is_kept(record)) out["kept"] = *kept;
}

}  // namespace zdr::bench
