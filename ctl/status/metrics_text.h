// The status in the text format of Prometheus (version 0.0.4), as node_exporter's textfile collector reads it.
#pragma once

#include <string>

#include "ctl/status/read_status.h"

namespace zdr::ctl {

// Metrics of the program alone, for when nothing is loaded: zdr_up 0.
std::string format_metrics_not_loaded();

// Every metric has its HELP and TYPE, its samples stand together, and no sample comes twice. What is unknown is left
// out. Bytes that are no UTF-8, and control characters, become '?'.
std::string format_metrics(const Status& status, const Now& now);

}  // namespace zdr::ctl
