// A real Prometheus that scrapes in the sandbox of a test, and what it answers.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/process.h"

namespace zdr::test {

// Labels, and the value as text.
struct Series {
    std::map<std::string, std::string> labels;
    std::string value;

    std::string label(const std::string& name) const;
};

// A rule of Prometheus: an alert and its expression. health is "ok" once it was evaluated without an error.
struct AlertRule {
    std::string name;
    std::string query;
    std::string health;
    std::string error;
};

class Prometheus {
  public:
    // By job, the HOST:PORT that is scraped.
    using Targets = std::map<std::string, std::string>;

    // Its files are in directory, which has to be there. It scrapes and evaluates twice in a second, and is ready when
    // this returns. Throws std::runtime_error.
    Prometheus(const std::string& directory, const std::string& rules_file, const Targets& targets);

    // Throws std::runtime_error with what it says where it refuses the query.
    std::vector<Series> query(const std::string& query) const;
    std::vector<AlertRule> rules() const;
    // The alerts that fire now, in order: "ZdrHookMissing cgroup", by the label that names what it is about.
    std::vector<std::string> firing(const std::string& label) const;

  private:
    nlohmann::json get(const std::string& path, const Command& parameters = {}) const;

    std::unique_ptr<Process> process_;
};

}  // namespace zdr::test
