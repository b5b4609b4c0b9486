// The command doctor: what in this host, or in a HAProxy configuration, would make a drain fail.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "ctl/command_table.h"
#include "ctl/doctor/finding.h"
#include "ctl/doctor/finding_json.h"
#include "ctl/doctor/haproxy_findings.h"
#include "ctl/doctor/host_survey.h"
#include "ctl/doctor/remote_findings.h"
#include "ctl/doctor/resolver.h"
#include "ctl/doctor/soft_drain_findings.h"
#include "zdr/base/text.h"
#include "zdr/base/text_file.h"
#include "zdr/haproxy/runtime.h"
#include "zdr/kernel/state_dir.h"

namespace zdr::ctl {
namespace {

constexpr std::chrono::seconds kHaproxyPatience(2);
constexpr std::chrono::seconds kDrainPortPatience(1);

struct DoctorOptions {
    std::optional<std::string> file;
    bool is_json;
};

struct File {
    std::string name;
    HaproxyConfig config;
};

Result<std::optional<File>> read_file(const std::optional<std::string>& path, const Env& env) {
    if (!path) return std::nullopt;
    const auto text = read_text_file(*path);
    if (!text) return tl::unexpected(text.error());
    auto config =
        parse_haproxy_config(*text, *path, [&](const std::string& name) { return env.variable(name.c_str()); });
    if (!config) return tl::unexpected(config.error());
    return File{*path, std::move(*config)};
}

std::string count_of(std::size_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::vector<Server> servers_of(const Status& status) {
    std::vector<Server> out;
    for (const ServerStatus& one : status.servers) out.push_back(one.server);
    return out;
}

void note_doubts(const File& file, Diagnosis& out) {
    for (const HaproxyRemark& note : file.config.notes)
        out.findings.push_back({FindingId::kLineNotUnderstood, format_location(file.name, note.line), "", note.text,
                                "what this line means is not known here, so it was not looked at whole",
                                fmt::format("haproxy -c -f {} says whether it is right", file.name), note.line});
}

// With what is loaded (null: nothing is).
void examine_file(const File& file, const Host* host, Diagnosis& out) {
    const HaproxyConfig& config = file.config;
    const HaproxyResolver resolver = patient_resolver();
    const auto theirs = checked_servers(config, file.name, resolver, out.not_inspected);
    const auto ours = host != nullptr ? servers_of(host->status) : std::vector<Server>();
    const Sockets unknown;
    const Sockets& sockets = host != nullptr ? host->sockets : unknown;
    const ServerIndex index(ours, sockets.local);
    std::map<const HaproxyServerLine*, const CheckedServer*> by_line;
    for (const CheckedServer& one : theirs) by_line.emplace(one.line, &one);
    std::size_t concerned = 0;
    append(out.findings,
           find_in_haproxy_config(config, file.name, [&](const HaproxyProxy&, const HaproxyServerLine& line) {
               const CheckedServer& one = *by_line.at(&line);
               const bool concerns = !ours.empty() ? index.has(one.server) : one.has_own_port && one.traffic.empty();
               concerned += concerns ? 1 : 0;
               return concerns;
           }));
    if (host != nullptr) append(out.findings, compare_checks(theirs, file.name, ours, sockets));
    note_doubts(file, out);
    out.looked_at.push_back(fmt::format("{} ({}, {} zdr)", file.name, count_of(theirs.size(), "server", "servers"),
                                        concerned == 0 ? "none for" : fmt::format("{} for", concerned)));
}

// HAProxy as it runs; compared with what is loaded unless a file is.
void examine_haproxy(const HostSurvey& survey, bool compares, Diagnosis& out) {
    std::vector<CheckedServer> theirs;
    std::string names;
    for (const HaproxyEndpoint& endpoint : survey.endpoints) {
        const std::string name = "HAProxy at " + endpoint.text;
        auto servers = ask_haproxy(endpoint, kHaproxyPatience);
        if (!servers) {
            std::string_view why = servers.error().text;
            if (why.starts_with(name + ": ")) why.remove_prefix(name.size() + 2);
            out.findings.push_back({FindingId::kHaproxySilent, name, "", fmt::format("gives no answer: {}", why),
                                    "drain, maint, ready and wait ask it, and fail with this error",
                                    "start it, let this user at its socket, or correct \"haproxy\" in zdr.conf"});
            continue;
        }
        for (HaproxyServer& one : *servers) {
            CheckedServer& checked = theirs.emplace_back();
            checked.server = std::move(one);
            checked.location = name;
        }
        names += names.empty() ? name : ", " + endpoint.text;
        out.looked_at.push_back(name);
    }
    if (!compares || names.empty()) return;
    append(out.findings, compare_checks(theirs, names, servers_of(survey.host.status), survey.host.sockets));
}

void examine_host(const HostSurvey& survey, bool has_file, Diagnosis& out) {
    append(out.findings, find_in_host(survey.host));
    append(out.findings, find_in_remote_checks(survey.host));
    append(out.findings,
           find_in_drain_ports(survey.host, [](const Server& one) { return ask_drain_port(one, kDrainPortPatience); }));
    const Status& status = survey.host.status;
    out.looked_at.push_back(count_of(status.servers.size(), "server of zdr", "servers of zdr"));
    out.looked_at.push_back(count_of(status.hooks.size(), "hook", "hooks"));
    if (survey.host.sockets.listening) out.looked_at.emplace_back("listening sockets");
    examine_haproxy(survey, !has_file, out);
}

// Advice is run as it stands, so it names the state directory that was looked at.
void name_state_dir(Findings& findings, const std::string& state_dir) {
    constexpr std::string_view kLoad = "zdr-loader load";
    const std::string load = load_command(state_dir);
    for (Finding& one : findings)
        for (auto at = one.remedy.find(kLoad); at != std::string::npos; at = one.remedy.find(kLoad, at + load.size()))
            one.remedy.replace(at, kLoad.size(), load);
}

Result<Diagnosis> diagnose(const DoctorOptions& options, const Context& context, const Env& env) {
    const auto file = read_file(options.file, env);
    if (!file) return tl::unexpected(file.error());
    Diagnosis out;
    const auto survey = survey_host(context, out.not_inspected);
    if (!survey && !*file) return tl::unexpected(survey.error());
    if (survey)
        examine_host(*survey, file->has_value(), out);
    else
        out.not_inspected.push_back("this host: " + survey.error().text);
    if (*file) examine_file(**file, survey ? &survey->host : nullptr, out);
    name_state_dir(out.findings, context.state_dir);
    sort_findings(out.findings);
    return out;
}

}  // namespace

Result<void> doctor(const cli::Parsed& parsed, const CommonOptions& common, Env& env) {
    const DoctorOptions options{.file = parsed.words.empty() ? std::nullopt : std::optional(parsed.words.front()),
                                .is_json = parsed.flag("json")};
    const auto diagnosis = diagnose(options, make_context(common, env), env);
    if (!diagnosis) return tl::unexpected(diagnosis.error());
    if (auto shown = env.out(options.is_json ? format_diagnosis_json(*diagnosis) : format_diagnosis(*diagnosis));
        !shown)
        return shown;
    const std::size_t problems = count_problems(diagnosis->findings);
    if (problems == 0) return {};
    return fail(Errc::kFailed, count_of(problems, "problem was found", "problems were found"));
}

}  // namespace zdr::ctl
