#include "metrics/prometheus.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "support/deadline.h"

namespace zdr::test {
namespace {

using Json = nlohmann::json;

const std::string kAddress = "127.0.0.1:9090";

std::string written_config(const std::string& directory, const std::string& rules_file,
                           const Prometheus::Targets& targets) {
    Json jobs = Json::array();
    for (const auto& [job, target] : targets)
        jobs.push_back({{"job_name", job}, {"static_configs", {{{"targets", {target}}}}}});
    const Json config = {
        {"global", {{"scrape_interval", "500ms"}, {"scrape_timeout", "500ms"}, {"evaluation_interval", "500ms"}}},
        {"rule_files", {rules_file}},
        {"scrape_configs", jobs}};
    const std::string path = directory + "/prometheus.yml";
    std::ofstream(path) << config.dump(2) << '\n';  // JSON is YAML
    return path;
}

}  // namespace

std::string Series::label(const std::string& name) const {
    const auto found = labels.find(name);
    return found == labels.end() ? "" : found->second;
}

Prometheus::Prometheus(const std::string& directory, const std::string& rules_file, const Targets& targets) {
    const std::string config = written_config(directory, rules_file, targets);
    process_ = std::make_unique<Process>(Command{"prometheus", "--config.file=" + config,
                                                 "--storage.tsdb.path=" + directory + "/data",
                                                 "--web.listen-address=" + kAddress, "--log.level=warn"});
    const Command ready = {"curl", "--silent", "--fail", "http://" + kAddress + "/-/ready"};
    if (!eventually([&] { return !process_->is_running() || run(ready).status == 0; }) || !process_->is_running())
        throw std::runtime_error("prometheus: " + process_->standard_error());
}

Json Prometheus::get(const std::string& path, const Command& parameters) const {
    Command command = {"curl", "--silent", "--show-error", "--get", "http://" + kAddress + "/api/v1/" + path};
    for (const std::string& one : parameters) command = command + Command{"--data-urlencode", one};
    const Output output = run(command);
    if (output.status != 0) throw std::runtime_error(path + ": " + output.err);
    const Json answer = Json::parse(output.out);
    if (answer.at("status") != "success") throw std::runtime_error(path + ": " + output.out);
    return answer.at("data");
}

std::vector<Series> Prometheus::query(const std::string& query) const {
    std::vector<Series> out;
    const Json data = get("query", {"query=" + query});
    for (const Json& one : data.at("result")) out.push_back({one.at("metric"), one.at("value").at(1)});
    return out;
}

std::vector<AlertRule> Prometheus::rules() const {
    std::vector<AlertRule> out;
    const Json data = get("rules");
    for (const Json& group : data.at("groups"))
        for (const Json& rule : group.at("rules"))
            out.push_back({rule.at("name"), rule.at("query"), rule.at("health"), rule.value("lastError", "")});
    return out;
}

std::vector<std::string> Prometheus::firing(const std::string& label) const {
    std::vector<std::string> out;
    const Json data = get("alerts");
    for (const Json& alert : data.at("alerts")) {
        const Json& labels = alert.at("labels");
        if (alert.at("state") != "firing") continue;
        out.push_back(labels.at("alertname").get<std::string>() + " " + labels.value(label, ""));
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

}  // namespace zdr::test
