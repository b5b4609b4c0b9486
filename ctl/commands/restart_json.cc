#include "ctl/commands/restart_json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "zdr/base/duration.h"

namespace zdr::ctl {
namespace {

// Ordered: what happened comes first.
using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

Json batch_json(const std::vector<Server>& servers) {
    Json out = Json::array();
    for (const Server& one : servers) out.push_back(one.name);
    return out;
}

template <class Value>
Json value_or_null(const std::optional<Value>& value) {
    return value ? Json(*value) : Json();
}

// What an event has beside its servers.
Json details_of(const RestartEvent& event) {
    switch (event.step) {
        case RestartStep::kFlipped:
        case RestartStep::kAcknowledged:
            return {{"state", event.state ? Json(to_string(*event.state)) : Json()}};
        case RestartStep::kCommandEnded:
            return {{"exit_status", value_or_null(event.exit_status)}};
        case RestartStep::kRollbackEnded:
        case RestartStep::kStartEnded:
        case RestartStep::kStopEnded:
            return {{"succeeded", value_or_null(event.has_succeeded)}};
        case RestartStep::kCanary:
            return {{"pause_ms", event.pause ? Json(event.pause->count()) : Json()}};
        case RestartStep::kHandedOver:
        case RestartStep::kArrived:
            return {{"port", event.port ? Json(event.port->host()) : Json()}};
        case RestartStep::kBusy:
        case RestartStep::kFailed:
            return {{"text", event.text}};
        case RestartStep::kIdle:
        case RestartStep::kCommandBegun:
        case RestartStep::kAppUp:
        case RestartStep::kRollbackBegun:
        case RestartStep::kStartBegun:
        case RestartStep::kStopBegun:
            break;
    }
    return Json::object();
}

}  // namespace

struct RestartJson::Line {
    std::string_view event;
    Json details;
};

RestartJson::RestartJson(Env& env) : env_(&env), began_(env.now().boot) {}

void RestartJson::write(Line line) {
    const Now now = env_->now();
    Json out = {{"event", line.event},
                {"time", format_utc(std::chrono::floor<milliseconds>(now.wall))},
                {"elapsed_ms", std::chrono::floor<milliseconds>(now.boot - began_).count()}};
    out.update(line.details);
    auto written = env_->out(out.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n');
    if (written_) written_ = std::move(written);
}

void RestartJson::begin(const Batches& batches) {
    Json all = Json::array();
    for (const std::vector<Server>& batch : batches) all.push_back(batch_json(batch));
    write({"begin", {{"batches", std::move(all)}}});
}

void RestartJson::write(const RestartEvent& event) {
    Json details = {{"servers", event.servers}};
    details.update(details_of(event));
    write({to_string(event.step), std::move(details)});
}

Result<void> RestartJson::end(const RestartOutcome& outcome) {
    Json results = Json::array();
    for (const RestartedServer& one : outcome.servers)
        results.push_back({{"name", one.name}, {"result", to_string(one.result)}, {"rolled_back", one.is_rolled_back}});
    write({"end", {{"results", std::move(results)}, {"error", outcome.error ? Json(outcome.error->text) : Json()}}});
    return written_;
}

}  // namespace zdr::ctl
