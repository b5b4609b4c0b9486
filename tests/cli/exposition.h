// A strict reader of Prometheus' text format, version 0.0.4: what it takes, every scraper takes.
#pragma once

#include <map>
#include <set>
#include <stdexcept>
#include <string>

namespace zdr::test {

class Exposition {
  public:
    // Throws std::runtime_error with the line at the first that is not strictly of the format: a HELP and a TYPE come
    // before the samples of each metric, these stand together, none comes twice, counters end in _total.
    explicit Exposition(const std::string& text) {
        if (!text.empty() && text.back() != '\n') throw std::runtime_error("the last line has no end");
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = text.find('\n', at);
            line_ = text.substr(at, end - at);
            at_ = 0;
            take_line();
            at = end + 1;
        }
    }

    // By name and labels, as written: `zdr_server_state{server="webA",backend="srvs",state="ready"}`.
    const std::map<std::string, std::string>& samples() const { return samples_; }
    const std::set<std::string>& metrics() const { return metrics_; }

  private:
    [[noreturn]] void refuse(const std::string& why) const { throw std::runtime_error(why + ": " + line_); }
    void expect(bool is_so, const char* why) const {
        if (!is_so) refuse(why);
    }
    bool is_at_end() const { return at_ == line_.size(); }
    char next() { return is_at_end() ? '\0' : line_[at_++]; }

    std::string name(bool may_have_colon) {
        const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
        std::string out;
        while (!is_at_end()) {
            const char c = line_[at_];
            const bool is_digit = c >= '0' && c <= '9' && !out.empty();
            if (!is_letter(c) && !is_digit && !(may_have_colon && c == ':')) break;
            out += next();
        }
        expect(!out.empty(), "no name");
        return out;
    }

    void take_line() {
        if (line_.starts_with("# HELP ")) {
            at_ = 7;
            metric_ = name(true);
            type_ = "";
            expect(next() == ' ' && !is_at_end(), "no help");
            expect(metrics_.insert(metric_).second, "the metric's samples are not together");
        } else if (line_.starts_with("# TYPE ")) {
            at_ = 7;
            expect(name(true) == metric_ && type_.empty() && next() == ' ', "TYPE does not follow HELP");
            type_ = line_.substr(at_);
            expect(type_ == "counter" || type_ == "gauge", "an unknown type");
            expect((type_ == "counter") == metric_.ends_with("_total"), "a counter ends in _total, and nothing else");
        } else {
            take_sample();
        }
    }

    void take_sample() {
        expect(name(true) == metric_ && !type_.empty(), "a sample of another metric, or before TYPE");
        if (!is_at_end() && line_[at_] == '{') take_labels();
        const std::string key = line_.substr(0, at_);
        expect(next() == ' ', "no blank before the value");
        const std::string value = line_.substr(at_);
        expect(!value.empty() && value.find_first_not_of("0123456789.") == std::string::npos, "a bad value");
        expect(samples_.emplace(key, value).second, "a sample comes twice");
    }

    void take_labels() {
        std::set<std::string> names;
        do {
            next();
            expect(names.insert(name(false)).second, "a label comes twice");
            expect(next() == '=' && next() == '"', "a label without a value");
            for (char c = next(); c != '"'; c = next()) {
                expect(c != '\0', "a label's value has no end");
                if (c != '\\') continue;
                const char escape = next();
                expect(escape == '\\' || escape == '"' || escape == 'n', "an unknown escape");
            }
            expect(!is_at_end() && (line_[at_] == ',' || line_[at_] == '}'), "labels without an end");
        } while (line_[at_] == ',');
        next();
    }

    std::string line_;
    std::size_t at_ = 0;
    std::string metric_;
    std::string type_;
    std::set<std::string> metrics_;
    std::map<std::string, std::string> samples_;
};

}  // namespace zdr::test
