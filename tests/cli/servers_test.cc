// add, remove and apply over a real table: what changes, what stays, and what is refused.
#include <gtest/gtest.h>

#include <fstream>

#include "table_test.h"

namespace zdr::test {
namespace {

class ServersTest : public TableTest {
  protected:
    void SetUp() override {
        TableTest::SetUp();
        if (table) add_three();
    }
    int add(const std::string& name, const std::string& port, const std::string& status_port,
            const std::vector<std::string>& more = {}) {
        std::vector<std::string> args = {"add", name, "--port", port, "--status-port", status_port};
        args.insert(args.end(), more.begin(), more.end());
        return run(args);
    }
    // apply of a file with this text.
    int apply(const std::string& text, const std::vector<std::string>& more = {}) {
        const std::string file = table->path() + ".conf";
        std::ofstream(file) << text;
        std::vector<std::string> args = {"apply", file};
        args.insert(args.end(), more.begin(), more.end());
        const int exit_status = run(args);
        unlink(file.c_str());
        return exit_status;
    }
    std::string names() {
        TestEnv other;
        other.variables = env.variables;
        other.run({"status", "--json"});
        std::string out;
        for (auto at = other.out_text.find("\"name\": \""); at != std::string::npos;
             at = other.out_text.find("\"name\": \"", at + 1))
            out += (out.empty() ? "" : " ") + other.out_text.substr(at + 9, other.out_text.find('"', at + 9) - at - 9);
        return out;
    }
    static std::string section(const std::string& name, const std::string& port, const std::string& status_port) {
        return "[server." + name + "]\naddress = 127.0.0.1\nport = " + port + "\nstatus-port = " + status_port + "\n";
    }
    const std::string three = section("webA", "1000", "2000") + "backend = srvs\n" + section("webB", "1001", "2001") +
                              "backend = srvs\n" + section("lone", "1002", "2002");
    bool leads(std::uint16_t port) const { return table->target(*Address::parse("127.0.0.1"), Port(port)).has_value(); }
};

TEST_F(ServersTest, AddedServerIsThereAndRedirected) {
    EXPECT_EQ(add("webC", "1003", "2003", {"--backup-status-port", "3003", "--backend", "srvs"}), 0) << env.err_text;

    EXPECT_EQ(env.err_text, "webC: added (port 1003, status-port 2003, backup-status-port 3003, backend srvs)\n");
    EXPECT_EQ(env.journal_lines,
              std::vector<std::string>{"servers: 1 added, 0 changed, 0 removed, by deploy (uid 1000)"});
    EXPECT_EQ(names(), "lone webA webB webC");
    for (const std::uint16_t port : std::initializer_list<std::uint16_t>{2000, 2001, 2002, 2003, 3003})
        EXPECT_TRUE(leads(port)) << port;
    EXPECT_FALSE(leads(1003));
}

TEST_F(ServersTest, AddOfTheSameServerIsDoneAlready) {
    ASSERT_EQ(add("webC", "1003", "2003"), 0);
    ASSERT_EQ(flip({"drain", "webC"}), 0);

    EXPECT_EQ(add("webC", "1003", "2003"), 0);

    EXPECT_EQ(env.err_text, "webC: already there\n");
    EXPECT_TRUE(env.journal_lines.empty());
    EXPECT_EQ(state_of(3), "drain");
}

TEST_F(ServersTest, AddOfOneWithOtherSettingsIsRefusedAndNamesThem) {
    ASSERT_EQ(add("webC", "1003", "2003"), 0);

    EXPECT_EQ(add("webC", "1003", "2004", {"--fall", "5"}), 1);

    EXPECT_EQ(env.err_text,
              "zdrctl: add webC: it is there with other settings (status-port 2003 -> 2004, fall 3 -> 5); remove it "
              "first, or change it in zdr.conf and apply that\n");
    EXPECT_FALSE(leads(2004));
}

TEST_F(ServersTest, AddOfOneThatClashesIsRefused) {
    EXPECT_EQ(add("webC", "1003", "2000", {"--address", "127.0.0.1"}), 1);
    EXPECT_EQ(env.err_text, "zdrctl: add webC: status port 127.0.0.1:2000 of webC is already webA's\n");
    EXPECT_EQ(add("webC", "1003", "1000", {"--address", "127.0.0.1"}), 1);
    EXPECT_EQ(add("webC", "2000", "2003", {"--address", "127.0.0.1"}), 1);
    EXPECT_EQ(names(), "lone webA webB");
}

TEST_F(ServersTest, AddedServerBeginsAsToldInTheNameOfWhoAddsIt) {
    EXPECT_EQ(add("webC", "1003", "2003", {"--start=drain"}), 0);
    EXPECT_EQ(add("webD", "1004", "2004", {"--start", "last"}), 0);

    EXPECT_EQ(state_of(3), "drain");
    EXPECT_EQ(flip_of(3).by, "deploy");
    EXPECT_EQ(state_of(4), "ready");
}

TEST_F(ServersTest, RemovedServersAreGoneWithAllThatWasTheirs) {
    ASSERT_EQ(flip({"drain", "webA"}), 0);

    EXPECT_EQ(run({"remove", "webA", "lone"}), 0) << env.err_text;

    EXPECT_EQ(env.err_text, "webA: removed\nlone: removed\n");
    EXPECT_EQ(names(), "webB");
    EXPECT_FALSE(leads(2000));
    EXPECT_TRUE(leads(2001));
    EXPECT_FALSE(table->state(0));
}

TEST_F(ServersTest, RemoveOfOneThatIsNotThereRemovesNone) {
    EXPECT_EQ(run({"remove", "webA", "webX"}), 6);

    EXPECT_EQ(env.err_text, "zdrctl: remove webA, webX: unknown server webX; zdr has lone, webA, webB\n");
    EXPECT_EQ(names(), "lone webA webB");
}

TEST_F(ServersTest, RemoveOfTheLastReadyServerOfABackendNeedsForce) {
    ASSERT_EQ(flip({"drain", "webA"}), 0);

    EXPECT_EQ(run({"remove", "webB"}), 5);
    EXPECT_EQ(names(), "lone webA webB");
    EXPECT_EQ(run({"remove", "webA"}), 0) << "it is out already";
    EXPECT_EQ(run({"remove", "webB"}), 0) << "an only server may go";

    EXPECT_EQ(add("webA", "1000", "2000", {"--backend", "srvs"}), 0);
    EXPECT_EQ(add("webB", "1001", "2001", {"--backend", "srvs"}), 0);
    EXPECT_EQ(run({"remove", "webA", "webB"}), 5);
    EXPECT_EQ(run({"remove", "webA", "webB", "--force"}), 0);
}

// Of a backend that was added, a flip knows at one look what it needs; of the others it looks at all servers.
TEST_F(ServersTest, TheRuleOfTheLastReadyServerHoldsHoweverTheBackendIsKnown) {
    std::string text;
    for (int n = 0; n < 8; ++n)
        text +=
            section("app" + std::to_string(n), std::to_string(4000 + n), std::to_string(5000 + n)) + "backend = big\n";
    ASSERT_EQ(apply(text + section("one", "6000", "6001") + "backend = alone\n"), 0) << env.err_text;

    EXPECT_EQ(flip({"drain", "one"}), 0) << "the only one of its backend";
    for (const std::string name : {"app3", "app1", "app0", "app2", "app6", "app7", "app5"})
        EXPECT_EQ(flip({"drain", name}), 0) << env.err_text;
    EXPECT_EQ(flip({"drain", "app4"}), 5);
    ASSERT_EQ(flip({"ready", "app0"}), 0);
    EXPECT_EQ(flip({"drain", "app4"}), 0);
    EXPECT_EQ(flip({"drain", "app0"}), 5);
    ASSERT_EQ(flip({"ready", "app*"}), 0);
    EXPECT_EQ(flip({"drain", "app*"}), 5);
    EXPECT_EQ(flip({"drain", "app[0-6]"}), 0);
    EXPECT_EQ(flip({"drain", "app7"}), 5);

    ASSERT_EQ(run({"remove", "app[0-5]"}), 0);
    EXPECT_EQ(flip({"drain", "app7"}), 5) << "app6 is out";
    ASSERT_EQ(run({"remove", "app6"}), 0);
    EXPECT_EQ(flip({"drain", "app7"}), 0) << "now it is the only one";
}

TEST_F(ServersTest, SlotOfARemovedServerTellsTheNextNothing) {
    ASSERT_EQ(flip({"drain", "webA", "--reason", "release 42"}), 0);
    ASSERT_EQ(run({"remove", "webA"}), 0);

    EXPECT_EQ(add("webC", "1003", "2003"), 0);

    EXPECT_EQ(table->target(*Address::parse("127.0.0.1"), Port(2003))->slot, 0u);
    EXPECT_EQ(flip_of(0).reason, "");
    EXPECT_EQ(state_of(0), "ready");
}

TEST_F(ServersTest, ApplyMakesTheServersThoseOfTheFileAndTellsTheDifference) {
    ASSERT_EQ(flip({"drain", "webB", "--reason", "release 42"}), 0);

    EXPECT_EQ(apply(section("webB", "1101", "2001") + "backend = srvs\n" + section("new", "1005", "2005")), 0)
        << env.err_text;

    EXPECT_EQ(env.out_text,
              "+ new: address 127.0.0.1, port 1005, status-port 2005\n"
              "~ webB: port 1001 -> 1101\n"
              "- lone: address 127.0.0.1, port 1002, status-port 2002\n"
              "- webA: address 127.0.0.1, port 1000, status-port 2000, backend srvs\n");
    EXPECT_EQ(env.err_text, "2 servers: 1 added, 1 changed, 2 removed\n");
    EXPECT_EQ(names(), "new webB");
    EXPECT_EQ(state_of(1), "drain");
    EXPECT_EQ(flip_of(1).reason, "release 42");
    EXPECT_FALSE(leads(2000));
    EXPECT_EQ(table->target(*Address::parse("127.0.0.1"), Port(2001))->app_port, Port(1101).network());
}

TEST_F(ServersTest, ApplyOfWhatIsThereSaysSo) {
    EXPECT_EQ(apply(three), 0);

    EXPECT_EQ(env.out_text, "");
    EXPECT_EQ(env.err_text, "nothing to do: the servers are those of " + table->path() + ".conf already (3)\n");
    EXPECT_TRUE(env.journal_lines.empty());
}

TEST_F(ServersTest, DryRunOnlyTells) {
    EXPECT_EQ(apply(section("new", "1005", "2005"), {"--dry-run"}), 0);

    EXPECT_EQ(env.out_text.substr(0, 6), "+ new:");
    EXPECT_EQ(env.err_text, "it would be 1 server: 1 added, 3 removed\n");
    EXPECT_EQ(names(), "lone webA webB");
    EXPECT_FALSE(leads(2005));
    EXPECT_TRUE(env.journal_lines.empty());
}

TEST_F(ServersTest, QuietSaysNothing) {
    EXPECT_EQ(apply(three, {"-q"}), 0);
    EXPECT_EQ(env.out_text + env.err_text, "");
    EXPECT_EQ(apply("", {"-q"}), 0);
    EXPECT_EQ(env.out_text + env.err_text, "");
    EXPECT_EQ(names(), "");
}

TEST_F(ServersTest, AnErrorInTheFileChangesNothing) {
    for (const std::string& text : {three + "[server.webA]\nport = 5\nstatus-port = 6\n", three + "frobnicate = 1\n",
                                    "cgroup = here\n" + three, std::string("[server.x]\nport = 1\n"),
                                    three + std::string("\0", 1), section("x", "1", "2") + section("y", "2", "3")}) {
        EXPECT_EQ(apply(text), 2) << text;
        EXPECT_NE(env.err_text.find(".conf:"), std::string::npos) << env.err_text;
        EXPECT_EQ(env.out_text, "");
    }
    EXPECT_EQ(names(), "lone webA webB");
}

TEST_F(ServersTest, KeysAboveTheSectionsAreLoads) {
    EXPECT_EQ(apply("cgroup = /nowhere\ninterface = none0\ngroup = root\n" + three), 0) << env.err_text;
}

TEST_F(ServersTest, OthersThanRootAreToldTheRemedy) {
    const auto refused = [&](const std::vector<std::string>& args) {
        if (seteuid(65534) != 0) return std::string("cannot become another user");
        const int exit_status = run(args);
        if (seteuid(0) != 0) return std::string("cannot become root again");
        return std::to_string(exit_status) + " " + env.err_text;
    };

    EXPECT_EQ(refused({"remove", "webA"}),
              "7 zdrctl: remove webA: only root may change which servers there are; run it as root\n");
    EXPECT_EQ(refused({"add", "webC", "--port", "1", "--status-port", "2"}).front(), '7');
    EXPECT_EQ(refused({"apply", "/dev/null"}).front(), '7');
    EXPECT_EQ(names(), "lone webA webB");
}

TEST_F(ServersTest, WhereNothingIsLoadedTheyExit3) {
    env.variables["ZDR_STATE_DIR"] = "/nowhere";

    EXPECT_EQ(run({"remove", "webA"}), 3);
    EXPECT_EQ(run({"apply", "/dev/null"}), 3);
    EXPECT_EQ(run({"apply", "/dev/null", "--dry-run"}), 3);
    EXPECT_EQ(add("webC", "1003", "2003"), 3);
}

}  // namespace
}  // namespace zdr::test
