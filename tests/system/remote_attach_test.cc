// zdr's place on the interfaces: beside others' programs and qdiscs, as status shows it, and repaired by a load.
#include <net/if.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "remote_foreign.h"
#include "remote_hosts.h"
#include "support/app.h"

namespace zdr::test {
namespace {

std::string filters(const char* side) {
    return run({"tc", "filter", "show", "dev", "zdr0", side}).out;
}

bool has_clsact() {
    return run({"tc", "qdisc", "show", "dev", "zdr0"}).out.find("clsact") != std::string::npos;
}

// The parameter: whether the kernel has no tcx, by a library that says so.
class RemoteAttachTest : public RemoteTest, public testing::WithParamInterface<bool> {
  protected:
    void SetUp() override {
        RemoteTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        app_.emplace("app", "::", std::uint16_t{1000});
        zdr().configure(kRemoteWebA);
    }

    void load_here() const {
        Command command = zdr().load_command();
        if (GetParam()) command = Command{"env", "LD_PRELOAD=" REMOTE_WITHOUT_TCX} + command;
        const Output output = run(command);
        ASSERT_EQ(output.status, 0) << output.err;
    }

    bool has_pin(const std::string& name) const {
        return std::filesystem::exists(sandbox().state_dir() + "/live/" + name);
    }
    std::string index() const { return std::to_string(if_nametoindex("zdr0")); }
    std::string kind() const { return has_pin("tcx_in_" + index()) ? "tcx" : "clsact"; }

    // "attached", "detached", or "" where status has no such hook.
    std::string shown(const std::string& interface) const {
        const Output output = run(zdr().ctl({"status", "--json"}));
        EXPECT_EQ(output.err, "");
        const auto document = nlohmann::json::parse(output.out);
        for (const auto& hook : document["hooks"])
            if (hook["hook"] == "tc" && hook["at"] == interface && hook["kind"] == kind())
                return hook["attached"] == true ? "attached" : "detached";
        return "";
    }

    void expect_checks_work() const {
        for (const char* address : kServerAddresses) EXPECT_EQ(ask_client(address, 2000), "app") << address;
    }

    // As another party does it that knows nothing of zdr.
    void remove_attachment() const {
        if (kind() == "clsact") {
            ASSERT_EQ(run({"tc", "filter", "del", "dev", "zdr0", "ingress"}).status, 0);
            return;
        }
        const std::string pin = sandbox().state_dir() + "/live/tcx_in_" + index();
        const Output output = run({"bpftool", "link", "detach", "pinned", pin});
        ASSERT_EQ(output.status, 0) << output.out << output.err;
    }

  private:
    std::optional<App> app_;
};

TEST_P(RemoteAttachTest, IsWhereTheKernelAllowsIt) {
    load_here();

    EXPECT_NE(has_pin("tcx_in_" + index()), has_pin("clsact_in_" + index()));
    EXPECT_NE(has_pin("tcx_out_" + index()), has_pin("clsact_out_" + index()));
    EXPECT_TRUE(kind() == "clsact" || !GetParam());
    EXPECT_EQ(shown("zdr0"), "attached");
    expect_checks_work();
}

TEST_P(RemoteAttachTest, UnloadLeavesNothing) {
    load_here();
    load_here();

    unload();

    EXPECT_EQ(filters("ingress") + filters("egress"), "");
    EXPECT_FALSE(has_clsact());
    EXPECT_EQ(run({"bpftool", "net", "show"}).out.find("zdr_"), std::string::npos);
    expect_nothing_left();
}

TEST_P(RemoteAttachTest, AFilterFromBeforeStays) {
    const RemoteForeign foreign("zdr0");
    load_here();
    load_here();
    auto before = foreign.packets();
    expect_checks_work();
    EXPECT_GT(foreign.packets(), before);

    unload();

    EXPECT_TRUE(has_clsact());
    before = foreign.packets();
    EXPECT_EQ(ask_client("10.9.0.1", 1000), "app");
    EXPECT_GT(foreign.packets(), before);
}

TEST_P(RemoteAttachTest, AFilterFromLaterStays) {
    load_here();
    const RemoteForeign foreign("zdr0");
    auto before = foreign.packets();
    expect_checks_work();
    EXPECT_GT(foreign.packets(), before);
    load_here();
    expect_checks_work();

    unload();

    before = foreign.packets();
    EXPECT_EQ(ask_client("10.9.0.1", 1000), "app");
    EXPECT_GT(foreign.packets(), before);
    EXPECT_EQ(ask_client("10.9.0.1", 2000), "ECONNREFUSED");
}

TEST_P(RemoteAttachTest, AQdiscFromBeforeStays) {
    ASSERT_EQ(run({"tc", "qdisc", "add", "dev", "zdr0", "clsact"}).status, 0);
    load_here();
    expect_checks_work();

    unload();

    EXPECT_TRUE(has_clsact());
    EXPECT_EQ(filters("ingress") + filters("egress"), "");
}

TEST_P(RemoteAttachTest, ALoadRepairsWhatAnotherRemoved) {
    load_here();
    remove_attachment();
    EXPECT_EQ(shown("zdr0"), "detached");
    expect_checks_work();  // they need no rewriting

    load_here();

    EXPECT_EQ(shown("zdr0"), "attached");
    expect_checks_work();
}

TEST_P(RemoteAttachTest, UnloadEndsWellWhereAnotherRemovedIt) {
    load_here();
    remove_attachment();

    unload();

    EXPECT_EQ(filters("ingress") + filters("egress"), "");
    expect_nothing_left();
}

TEST_P(RemoteAttachTest, ALoadFollowsAnInterfaceThatComesAgain) {
    load_here();
    const std::string gone = index();
    ip({"link", "del", "zdr0"});
    EXPECT_NE(shown("zdr0"), "attached");
    connect_hosts(client());
    EXPECT_NE(shown("zdr0"), "attached");

    load_here();

    EXPECT_EQ(shown("zdr0"), "attached");
    EXPECT_FALSE(has_pin("tcx_in_" + gone) || has_pin("clsact_in_" + gone) || has_pin("qdisc_" + gone));
    expect_checks_work();
}

TEST_P(RemoteAttachTest, ALoadPicksUpANewInterface) {
    load_here();
    const NetNamespace other;
    connect_behind(other);
    EXPECT_EQ(shown("zdr2"), "");

    load_here();

    EXPECT_EQ(shown("zdr2"), "attached");
    EXPECT_EQ(ask_from(other, "10.9.0.1", 2000), "app");
    expect_checks_work();
}

INSTANTIATE_TEST_SUITE_P(Kernel, RemoteAttachTest, testing::Bool(),
                         [](const auto& kernel) { return kernel.param ? "WithoutTcx" : "AsItIs"; });

}  // namespace
}  // namespace zdr::test
