#include "ctl/plot/restart_plot.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "ctl/plot/plotted_lines.h"
#include "ctl/plot/restart_svg.h"
#include "zdr/base/boot_clock.h"
#include "zdr/control/haproxy_view.h"
#include "zdr/control/server_lookup.h"
#include "zdr/net/local_addresses.h"

namespace zdr::ctl {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kMoment(2000);  // after the last server is ready, or the failure

Result<std::vector<PlottedServer>> read_states(const std::vector<Server>& servers, const Context& context) {
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    std::vector<std::string> names;
    names.reserve(servers.size());
    for (const Server& server : servers) names.push_back(server.name);
    const auto entries = find_servers(opened->table, names);
    if (!entries) return tl::unexpected(entries.error());
    std::vector<PlottedServer> out;
    for (const ServerEntry& entry : *entries) {
        const auto flip = opened->table.flip_of(entry.slot);
        if (!flip) return tl::unexpected(flip.error());
        out.push_back({entry.server.name, flip->effective(context.now().boot)});
    }
    return out;
}

Result<std::vector<AskedHaproxy>> ask_all(const Context& context) {
    const auto endpoints = read_haproxy_endpoints(context);
    if (!endpoints) return tl::unexpected(endpoints.error());
    if (endpoints->empty())
        return fail(Errc::kUsage,
                    "--plot asks HAProxy's socket, and knows of none: give --haproxy SOCKET, or haproxy = SOCKET in "
                    "zdr.conf and load it");
    std::vector<AskedHaproxy> out;
    for (const HaproxyEndpoint& endpoint : *endpoints) {
        auto servers = ask_haproxy(endpoint, kHaproxyAnswers);
        if (!servers) return tl::unexpected(std::move(servers.error()));
        out.push_back({endpoint, std::move(*servers)});
    }
    return out;
}

}  // namespace

Result<RestartPlot> RestartPlot::open(const std::string& file) {
    auto opened = ReplacedFile::open(file);
    if (!opened) return tl::unexpected(Error{make_error_code(Errc::kUsage), "--plot: " + opened.error().text});
    return RestartPlot(std::move(*opened));
}

Result<void> RestartPlot::begin(const Batches& batches, const Context& context) {
    std::vector<Server> servers;
    for (const std::vector<Server>& batch : batches) servers.insert(servers.end(), batch.begin(), batch.end());
    const auto haproxys = ask_all(context);
    if (!haproxys) return tl::unexpected(haproxys.error());
    const auto local = local_addresses();
    if (!local) return tl::unexpected(local.error());
    auto sampled = choose_plotted_lines(*haproxys, servers, *local);
    if (sampled.empty()) return fail(Errc::kFailed, "--plot: no HAProxy that was asked has one of the servers");
    auto states = read_states(servers, context);
    if (!states) return tl::unexpected(std::move(states.error()));
    recording_.servers = std::move(*states);
    began_ = boot_now();
    auto sampler = Sampler::start(std::move(sampled), began_);
    if (!sampler) return tl::unexpected(std::move(sampler.error()));
    sampler_.emplace(std::move(*sampler));
    return {};
}

milliseconds RestartPlot::elapsed() const {
    return std::chrono::floor<milliseconds>(boot_now() - began_);
}

void RestartPlot::note(const RestartEvent& event) {
    recording_.events.push_back({elapsed(), event});
}

bool RestartPlot::look_on(const Context& context) const {
    const auto until = elapsed() + kMoment;
    context.report_pending("--plot: looking who serves now");
    bool goes_on = true;
    while (goes_on && elapsed() < until) goes_on = context.pause(std::max(until - elapsed(), milliseconds(1)));
    context.report_pending("");
    return goes_on;
}

Result<void> RestartPlot::end(const RestartOutcome& outcome, const Context& context) {
    const bool was_interrupted = outcome.error && outcome.error->code == make_error_code(Errc::kInterrupted);
    const bool is_interrupted = !was_interrupted && !look_on(context);
    recording_.lines = sampler_->finish();
    recording_.end = elapsed();
    if (outcome.error) recording_.error = outcome.error->text;
    if (auto written = file_.replace(format_restart_svg(recording_)); !written)
        return fail_with("--plot", std::move(written));
    context.report(fmt::format("picture written to {}", file_.path()));
    if (is_interrupted) return fail(Errc::kInterrupted, "interrupted while --plot looked who serves");
    return {};
}

}  // namespace zdr::ctl
