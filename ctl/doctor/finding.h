// What doctor found: each finding says what is so, why it matters for a drain, and what to do.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/doctor/finding_ids.h"

namespace zdr::ctl {

struct Finding {
    FindingId id = FindingId::kCount;
    std::string subject;   // a server, a backend, a hook, ...
    std::string location;  // "h.cfg:12"; empty: it is of this host
    std::string what;      // about the subject, without it
    std::string why;
    std::string remedy;
    std::size_t line = 0;  // of the location; 0: it has none

    bool is_problem() const { return ctl::is_problem(id); }
    bool operator==(const Finding&) const = default;
};
using Findings = std::vector<Finding>;

struct Diagnosis {
    Findings findings;
    std::vector<std::string> looked_at;
    std::vector<std::string> not_inspected;  // what could not be looked at, and why
};

void append(Findings& to, Findings from);

// "h.cfg:12"
std::string format_location(std::string_view file, std::size_t line);

// Problems come first, and among them those of this host, then those of a file by line; else the order is that in which
// they were found.
void sort_findings(Findings& findings);

// The same kind of finding about many servers is one, by the first of them. Each group has at least one.
using FindingGroup = std::vector<const Finding*>;
std::vector<FindingGroup> group_findings(const Findings& findings);

// How many groups are problems.
std::size_t count_problems(const Findings& findings);

// For people: a paragraph for each group, then what was looked at and what could not be. Fit for a terminal.
std::string format_diagnosis(const Diagnosis& diagnosis);

}  // namespace zdr::ctl
