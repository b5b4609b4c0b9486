// The queries of a Grafana dashboard, as Grafana asks them where everything is selected.
#pragma once

#include <string>
#include <vector>

#include "metrics/prometheus.h"

namespace zdr::test {

struct DashboardQuery {
    std::string panel;   // its title; of a variable its name, in "$"
    std::string text;    // in PromQL, without variables
    std::string legend;  // as the panel has it: "{{server}} at {{instance}}"
};

// All of them: of the variables first. Throws std::runtime_error where two panels have one title.
std::vector<DashboardQuery> read_dashboard(const std::string& file);

// What Grafana writes beside the line of a series.
std::string expand_legend(const std::string& legend, const Series& series);

}  // namespace zdr::test
