// report --output RESULTS PART.json...: makes one file of the parts' records, with the machine they were measured on,
// and prints one table of it. Exit status 0 where every mark is kept, 1 where one is missed, 2 where it cannot report.
#include <fmt/core.h>
#include <sys/utsname.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <exception>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/process.h"
#include "support/zdr_programs.h"

namespace zdr::bench {
namespace {

namespace po = boost::program_options;
using nlohmann::ordered_json;

constexpr auto kRow = "  {:>6} {:22} {:>9} {:7} {:22} {:47} {}";

std::string first_line(const test::Command& command) {
    const test::Output output = test::run(command);
    if (output.status != 0) return "unknown";
    const std::string line = output.out.substr(0, output.out.find('\n'));
    return line.substr(0, line.find(" 20"));  // HAProxy adds a date and its site
}

std::string processor() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
    return "unknown";
}

ordered_json machine() {
    utsname names{};
    uname(&names);
    return {{"kernel", std::string(names.release)},
            {"processor", processor()},
            {"processors", std::thread::hardware_concurrency()},
            {"zdr", first_line({test::ZdrPrograms::ctl_path(), "--version"})},
            {"iptables", first_line({"iptables-legacy", "--version"})},
            {"iptables-nft", first_line({"iptables-nft", "--version"})},
            {"nftables", first_line({"nft", "--version"})},
            {"haproxy", first_line({"haproxy", "-v"})}};
}

ordered_json merged(const std::vector<std::string>& parts) {
    ordered_json out{{"machine", machine()}, {"records", ordered_json::array()}, {"series", ordered_json::object()}};
    for (const std::string& path : parts) {
        std::ifstream file(path);
        if (!file) throw std::runtime_error("read " + path);
        const auto part = ordered_json::parse(file);
        for (const auto& one : part["records"]) out["records"].push_back(one);
        out["series"].update(part["series"]);
    }
    return out;
}

std::string number(double value) {
    const double size = std::abs(value);
    return size >= 1000 ? fmt::format("{:.0f}", value)
                        : fmt::format("{:.{}f}", value,
                                      size >= 100  ? 1
                                      : size >= 10 ? 2
                                                   : 3);
}

std::string unit_of(const ordered_json& record) {
    return record["unit"].get<std::string>();
}

std::string compared(const ordered_json& record) {
    if (record.contains("quantiles")) {
        std::string out;
        for (const char* name : {"p90", "p99", "p99.9"})
            out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name, number(record["quantiles"][name]));
        return out;
    }
    const auto& to = record["compared"];
    if (to.is_null()) return "";
    const double value = to["median"];
    const auto& confidence = to["confidence_95"];
    if (to["how"] == "ratio")
        return fmt::format("{} x {} ({}-{})", number(value), to["to"].get<std::string>(), number(confidence[0]),
                           number(confidence[1]));
    return fmt::format("{}{} {} to {} ({} to {})", value < 0 ? "" : "+", number(value), unit_of(record),
                       to["to"].get<std::string>(), number(confidence[0]), number(confidence[1]));
}

std::string judged(const ordered_json& record) {
    const auto& mark = record["mark"];
    if (mark.is_null()) return "";
    const char* verdict = record["kept"].is_null() ? "NOT MEASURED" : record["kept"].get<bool>() ? "kept" : "MISSED";
    return fmt::format("{} {:g}: {}", mark["is"] == "at most" ? "<=" : ">=", mark["limit"].get<double>(), verdict);
}

void print_row(const ordered_json& record) {
    const double median = record["median"];
    const std::string spread =
        record["runs"] == 1 ? "" : fmt::format("[{}, {}]", number(record["quarter"]), number(record["three_quarters"]));
    std::string line = fmt::format(kRow, record["entries"].is_null() ? "" : record["entries"].dump(),
                                   record["peer"].get<std::string>(), number(median), unit_of(record), spread,
                                   compared(record), judged(record));
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", line);
}

// What has one name stands together, by the others beside it.
std::vector<ordered_json> in_order(const ordered_json& records) {
    std::vector<std::string> names;
    std::vector<ordered_json> out(records.begin(), records.end());
    for (const auto& one : out)
        if (std::find(names.begin(), names.end(), one["name"]) == names.end()) names.push_back(one["name"]);
    const auto place = [&](const ordered_json& one) {
        const auto at = std::find(names.begin(), names.end(), one["name"].get<std::string>()) - names.begin();
        return std::pair(at, one["entries"].is_null() ? -1 : one["entries"].get<long>());
    };
    std::stable_sort(out.begin(), out.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
    return out;
}

// A record a line.
void write(const ordered_json& results, std::ostream& file) {
    file << "{\"machine\": " << results["machine"].dump() << ",\n\"records\": [";
    const char* comma = "\n";
    for (const auto& one : results["records"]) {
        file << comma << one.dump();
        comma = ",\n";
    }
    file << "],\n\"series\": " << results["series"].dump() << "}\n";
}

// Whether all marks are kept.
bool print(const ordered_json& results) {
    const auto& machine = results["machine"];
    fmt::print("Linux {}, {} x {}\n", machine["kernel"].get<std::string>(), machine["processors"].dump(),
               machine["processor"].get<std::string>());
    for (const char* name : {"zdr", "iptables", "iptables-nft", "nftables", "haproxy"})
        fmt::print("{}{}", std::string_view(name) == "zdr" ? "" : "; ", machine[name].get<std::string>());
    fmt::print(
        "\nMedians, [the middle half of the runs], (where the true ratio lies with 95 % confidence); \"beside\" is how "
        "many "
        "others there were.\n\n");
    fmt::print("{}\n", fmt::format(kRow, "beside", "who", "median", "", "", "compared", "mark"));
    std::string name;
    int kept = 0;
    int missed = 0;
    for (const auto& one : in_order(results["records"])) {
        if (one["name"] != name) fmt::print("{}\n", name = one["name"].get<std::string>());
        print_row(one);
        // What could not be compared has not kept its mark.
        if (!one["mark"].is_null()) ++(one["kept"] == true ? kept : missed);
    }
    fmt::print("\n{} marks kept, {} missed\n", kept, missed);
    return missed == 0;
}

int run(int argc, char** argv) {
    std::string output;
    std::vector<std::string> parts;
    po::options_description known("report --output RESULTS PART.json...");
    known.add_options()("output", po::value(&output)->required(), "")("part", po::value(&parts)->required(), "");
    po::positional_options_description positions;
    positions.add("part", -1);
    po::variables_map given;
    po::store(po::command_line_parser(argc, argv).options(known).positional(positions).run(), given);
    po::notify(given);
    const ordered_json results = merged(parts);
    std::ofstream file(output);
    write(results, file);
    if (!file.flush()) throw std::runtime_error("write " + output);
    return print(results) ? 0 : 1;
}

}  // namespace
}  // namespace zdr::bench

int main(int argc, char** argv) {
    try {
        return zdr::bench::run(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "report: {}\n", error.what());
        return 2;
    }
}
