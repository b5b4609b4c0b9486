#include "metrics/dashboard.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <stdexcept>

namespace zdr::test {
namespace {

using Json = nlohmann::json;

// What Grafana puts there when all is selected, and a rate is to be shown.
std::string without_variables(std::string text) {
    text = std::regex_replace(text, std::regex(R"(\$__rate_interval)"), "10s");
    text = std::regex_replace(text, std::regex(R"(\$\w+)"), ".*");
    return text;
}

// "label_values(METRIC, LABEL)" is Grafana's own; Prometheus is asked for the series.
DashboardQuery variable_query(const Json& variable) {
    const std::string text = variable.at("query").at("query");
    std::smatch parts;
    if (!std::regex_match(text, parts, std::regex(R"(label_values\((.*), (\w+)\))")))
        throw std::runtime_error("the query of a variable is not label_values(METRIC, LABEL): " + text);
    const std::string label = parts[2];
    return {"$" + variable.at("name").get<std::string>(),
            "count by (" + label + ") (" + without_variables(parts[1]) + ")", "{{" + label + "}}"};
}

}  // namespace

std::vector<DashboardQuery> read_dashboard(const std::string& file) {
    std::ifstream stream(file);
    const Json dashboard = Json::parse(stream);
    std::vector<DashboardQuery> out;
    for (const Json& variable : dashboard.at("templating").at("list"))
        if (variable.at("type") == "query") out.push_back(variable_query(variable));
    std::set<std::string> titles;
    for (const Json& panel : dashboard.at("panels")) {
        const std::string title = panel.at("title");
        if (!titles.insert(title).second) throw std::runtime_error("two panels have the title " + title);
        for (const Json& target : panel.at("targets"))
            out.push_back({title, without_variables(target.at("expr")), target.at("legendFormat")});
    }
    return out;
}

std::string expand_legend(const std::string& legend, const Series& series) {
    std::string out = legend;
    for (std::smatch found; std::regex_search(out, found, std::regex(R"(\{\{(\w+)\}\})"));)
        out = found.prefix().str() + series.label(found[1]) + found.suffix().str();
    return out;
}

}  // namespace zdr::test
