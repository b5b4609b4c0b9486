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

std::vector<Record> records_of(const std::string& part, const Figure& figure) {
    Record with{.part = part,
                .name = figure.name,
                .peer = "zdr",
                .unit = figure.unit,
                .spread = figure.with,
                .runs = figure.pairs};
    Record without = with;
    without.peer = figure.compare == "ratio" ? "nothing" : "empty program";
    without.spread = figure.without;
    with.compared = Comparison{without.peer, figure.compare, figure.result, figure.confidence};
    with.mark = figure.compare == "ratio" ? at_least(figure.mark, "compared") : at_most(figure.mark, "compared");
    return {without, with};
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
