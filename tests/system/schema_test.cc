// docs/schemas, by which other programs read what --json writes: real output of a real zdr is valid, and still is with
// a key that a later zdr adds. But the schemas know each key that there is.
#include <sys/socket.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "restart_world.h"
#include "support/net.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

// Of each document of an array: why it is not valid, a line each. With "closed" a key that the schema does not name is
// not.
constexpr const char* kValidate = R"(
import json, sys
from jsonschema import Draft202012Validator as Validator
from jsonschema.exceptions import best_match
def close(schema):
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []:
        close(part)
    if isinstance(schema, dict) and schema.get('type') == 'object' and 'oneOf' not in schema:
        schema['additionalProperties'] = False
schema, documents = (json.load(open(name)) for name in sys.argv[2:])
if sys.argv[1] == 'closed':
    close(schema)
Validator.check_schema(schema)
for document in documents:
    error = best_match(Validator(schema).iter_errors(document))
    if error:
        print('/'.join(map(str, error.absolute_path)) + ': ' + error.message[:300])
)";

class SchemaTest : public RestartTest {
  protected:
    // Nothing where all are valid.
    std::string errors(const std::string& schema, const std::vector<json>& documents,
                       const char* how = "closed") const {
        const std::string file = sandbox().directory() + "/documents.json";
        std::ofstream(file) << json(documents);
        const std::string schema_file = ZDR_SCHEMAS_DIR "/" + schema + ".schema.json";
        const Output output = run({"python3", "-c", kValidate, how, schema_file, file});
        return output.out + output.err;
    }
    // Documents, each with another key more.
    void expect_keys_may_be_added(const std::string& schema, const std::vector<json>& documents) const {
        EXPECT_EQ(errors(schema, documents, "open"), "");
        // They are where the schema names all keys that there are.
        const std::string found = errors(schema, documents, "closed");
        EXPECT_EQ(std::count(found.begin(), found.end(), '\n'), static_cast<std::ptrdiff_t>(documents.size())) << found;
    }
    json output_of(const Command& command) const {
        const Output output = run(command);
        return json::parse(output.out);
    }
    // Of a restart, whose events are valid.
    Output restarted(const Command& command) {
        Output output = run(command, 60s);
        const auto all = events(output);
        EXPECT_EQ(errors("restart-event", all), "") << output.out;
        EXPECT_FALSE(all.empty()) << output.err;
        for (const json& one : all) seen_.insert(one["event"]);
        return output;
    }
    const std::set<std::string>& seen() const { return seen_; }

  private:
    std::set<std::string> seen_;
};

// The same object, with one key more in each object of it, one after the other.
void with_more_keys(const json& document, const json::json_pointer& at, std::vector<json>& out) {
    const json& here = document.at(at);
    if (here.is_object()) {
        out.push_back(document);
        out.back().at(at)["one_more"] = 1;
    }
    if (!here.is_structured()) return;
    for (const auto& [key, value] : here.items())
        with_more_keys(document, here.is_array() ? at / std::stoul(key) : at / key, out);
}

TEST_F(SchemaTest, StatusIsValidAndKeysMayBeAdded) {
    load(kTwoPortServers);
    std::vector<json> all = {output_of(zdr().ctl({"status", "--json"}))};
    start(std::string(kTwoPortServers) + "[server.lone]\nport = 1009\nstatus-port = 2009\n");
    flip("drain", "webA", {"--ttl", "1h", "--reason", "release 42"});
    all.push_back(output_of(zdr().ctl({"status", "--json"})));
    all.push_back(output_of(zdr().ctl({"status", "webB", "--json"})));
    must_run({"bpftool", "link", "detach", "pinned", sandbox().state_dir() + "/live/bind6"});
    all.push_back(output_of(zdr().ctl({"status", "--json"})));

    EXPECT_EQ(errors("status", all), "") << all.back().dump(2);

    ASSERT_FALSE(all[1]["servers"][1]["checkers"].empty()) << all[1];
    std::vector<json> others;
    with_more_keys(all[1], json::json_pointer(""), others);
    ASSERT_GT(others.size(), 10U);
    expect_keys_may_be_added("status", others);
}

// Of each HAProxy configuration of which something is to be found, and of the host as it is.
TEST_F(SchemaTest, DoctorIsValidAndKeysMayBeAdded) {
    start();
    flip("drain", "webA");
    flip("drain", "webB");
    std::vector<json> all = {output_of(zdr().ctl({"doctor", "--json", "--haproxy", "/nowhere.sock"}))};
    for (const auto& entry : std::filesystem::recursive_directory_iterator(ZDR_GOLDEN_DIR))
        if (entry.path().extension() == ".cfg")
            all.push_back(output_of(zdr().ctl({"doctor", entry.path().string(), "--json"})));
    ASSERT_GT(all.size(), 10U);

    EXPECT_EQ(errors("doctor", all), "");

    std::set<std::string> ids;
    std::vector<json> others;
    for (const json& one : all) {
        for (const json& finding : one["findings"]) ids.insert(finding["id"]);
        for (const json& finding : one["findings"])
            if (others.empty() && !finding["others"].empty()) with_more_keys(one, json::json_pointer(""), others);
    }
    EXPECT_GT(ids.size(), 20U) << json(ids);
    ASSERT_GT(others.size(), 3U);
    expect_keys_may_be_added("doctor", others);
}

TEST_F(SchemaTest, EventsOfARestartAreInTheirOrder) {
    start();

    const Output output = restarted(restart({"webA", "webB", "--json"}));

    EXPECT_EQ(output.status, 0) << output.err;
    std::string order;
    for (const json& one : events(output)) {
        const json servers = one.value("servers", json::array());
        order += one["event"].get<std::string>() + (servers.empty() ? "" : ":" + servers[0].get<std::string>()) +
                 (one.contains("state") ? "=" + one["state"].get<std::string>() : "") + " ";
    }
    const auto steps = [](const std::string& name) {
        std::string out;
        for (const char* state : {"drain", "maint"})
            out += "flipped:" + name + "=" + state + " acknowledged:" + name + "=" + state + " ";
        return out + "idle:" + name + " command-begun:" + name + " command-ended:" + name + " app-up:" + name +
               " flipped:" + name + "=ready acknowledged:" + name + "=ready ";
    };
    EXPECT_EQ(order, "begin " + steps("webA") + steps("webB") + "end ");
    EXPECT_EQ(events(output)[0]["batches"], json::parse(R"([["webA"], ["webB"]])"));
}

TEST_F(SchemaTest, EachKindOfEventIsSeenAndKeysMayBeAdded) {
    start();
    EXPECT_EQ(restarted(restart({"webA", "webB", "--json", "--canary", "1", "--canary-pause", "1s"})).status, 0);
    const Output rolled_back = restarted(restart_with({"webA", "webB", "--json", "--rollback", "true"}, {"false"}));
    EXPECT_EQ(rolled_back.status, 1) << rolled_back.err;
    EXPECT_EQ(last_event(rolled_back)["results"][0]["rolled_back"], true) << rolled_back.out;
    const Attempt session = connect_to("127.0.0.1", 1000);
    ASSERT_EQ(send(session.fd.get(), "GET / HTTP/1.1\r\n", 16, MSG_NOSIGNAL), 16);
    const Output busy =
        restarted(restart_with({"webA", "--json", "--idle-timeout", "500ms", "--keep-process"}, {"true"}));
    EXPECT_EQ(busy.status, 0) << busy.err;
    EXPECT_EQ(restarted(restart_with({"webA", "--json"}, {"no-such-command"})).status, 1);
    const Output unknown = restarted(restart({"webZ", "--json"}));
    EXPECT_EQ(unknown.status, 6) << unknown.err;
    EXPECT_EQ(events(unknown).size(), 1U) << unknown.out;
    load(std::string(kTwoPortServers) + "handover-ports = 21000-21009\n");  // webB's
    const Output handed_over =
        restarted(zdr().ctl({"restart", "webB", "--json", "--handover", "--stop", "true", "--start",
                             "python3 -m http.server --bind 127.0.0.1 {port} >/dev/null 2>&1 &"}));
    EXPECT_EQ(handed_over.status, 0) << handed_over.err;

    std::ifstream file(ZDR_SCHEMAS_DIR "/restart-event.schema.json");
    std::set<std::string> known;
    const json schema = json::parse(file);
    for (const json& event : schema["properties"]["event"]["enum"]) known.insert(event);
    EXPECT_EQ(seen(), known);
    std::vector<json> others;
    for (const Output& output : {rolled_back, handed_over})
        for (const json& event : events(output)) with_more_keys(event, json::json_pointer(""), others);
    expect_keys_may_be_added("restart-event", others);
}

}  // namespace
}  // namespace zdr::test
