// What a member of the group can do with the active port of a server: lead its traffic to ports of its range, or to its
// app port, and nowhere else.
#include <bpf/bpf.h>

#include <cerrno>
#include <optional>
#include <string>

#include "group_member.h"
#include "support/app.h"
#include "support/net.h"
#include "zdr/base/unique_fd.h"
#include "zdr_abi.h"

namespace zdr::test {
namespace {

constexpr std::uint16_t kOutside[] = {0, 22, 1001, 1002, 2000, 2001, 20999, 21010, 21015, 31000, 65535};
constexpr std::string_view kWebB =
    "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2001\nhandover-ports = 21010-21019\n";
constexpr std::string_view kWebC = "[server.webC]\naddress = 127.0.0.1\nport = 1002\nstatus-port = 2002\n";

class HandoverMemberTest : public GroupTest {
  protected:
    void SetUp() override {
        GroupTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        load(config("21000-21009"));
    }

    static std::string config(const std::string& range) {
        return "group = " + std::string(kGroup) + "\n" + std::string(kWebA) + "handover-ports = " + range + "\n" +
               std::string(kWebB) + std::string(kWebC);
    }

    // Writes the record of a server's slot into the states of both sides, as nobody; 0, or errno.
    int write(__u32 slot, std::uint16_t active_port) const {
        return as_nobody(kGroup, [&] {
            for (const char* name : {ZDR_MAP_STATES_A, ZDR_MAP_STATES_B}) {
                const UniqueFd map(bpf_obj_get(pin(name).c_str()));
                const zdr_state state{.lock = {},
                                      .state = ZDR_READY,
                                      .flags = 0,
                                      .flip = 1,
                                      .expires_boot_ms = 0,
                                      .active_port = active_port};
                if (bpf_map_update_elem(map.get(), &slot, &state, BPF_ANY) != 0) return errno;
            }
            return 0;
        });
    }

    // What answers a client and a checker.
    static std::string who(std::uint16_t port, std::uint16_t status_port) {
        const std::string client = ask("127.0.0.1", port);
        const std::string checker = ask("127.0.0.1", status_port);
        return client == checker ? client : client + " and " + checker;
    }
    static std::string who() { return who(1000, 2000); }
};

TEST_F(HandoverMemberTest, LeadsToPortsOfTheRange) {
    const App app("app", "127.0.0.1", 1000);
    const App first("first", "127.0.0.1", 21000);
    const App last("last", "127.0.0.1", 21009);

    ASSERT_EQ(write(0, 21000), 0);
    EXPECT_EQ(who(), "first");
    ASSERT_EQ(write(0, 21009), 0);
    EXPECT_EQ(who(), "last");
}

TEST_F(HandoverMemberTest, LeadsToNoOtherPort) {
    const App app("app", "127.0.0.1", 1000);
    const App first("first", "127.0.0.1", 21000);
    for (const std::uint16_t port : kOutside) {
        std::optional<App> other;
        if (port != 0 && port != 2000 && port != 2001) other.emplace("other", "127.0.0.1", port);
        ASSERT_EQ(write(0, 21000), 0);
        ASSERT_EQ(who(), "first");

        ASSERT_EQ(write(0, port), 0);

        EXPECT_EQ(who(), "app") << port;
        EXPECT_TRUE(contains(zdr().status(), "\"active_port\": 1000")) << port;
        EXPECT_EQ(other ? other->accepted() : 0, 0) << port;
    }
}

TEST_F(HandoverMemberTest, LeadsAServerWithoutARangeNowhere) {
    const App app("app", "127.0.0.1", 1002);
    const App others("others", "127.0.0.1", 21000);
    const App stranger("stranger", "127.0.0.1", 30000);

    for (const std::uint16_t port :
         {std::uint16_t{21000}, std::uint16_t{30000}, std::uint16_t{1000}, std::uint16_t{0}}) {
        ASSERT_EQ(write(2, port), 0);
        EXPECT_EQ(who(1002, 2002), "app") << port;
    }
    EXPECT_EQ(others.accepted() + stranger.accepted(), 0);
}

TEST_F(HandoverMemberTest, LeadsNowhereInTheRangeOfAnotherServer) {
    const App app("app", "127.0.0.1", 1000);
    const App others("others", "127.0.0.1", 21010);

    ASSERT_EQ(write(0, 21010), 0);
    EXPECT_EQ(who(), "app");
    ASSERT_EQ(write(1, 21010), 0);
    EXPECT_EQ(who(1001, 2001), "others") << "it is that one's";
}

TEST_F(HandoverMemberTest, LeadsNowhereElseOnceTheRangeWasNarrowed) {
    const App app("app", "127.0.0.1", 1000);
    const App former("former", "127.0.0.1", 21007);
    const App first("first", "127.0.0.1", 21000);
    ASSERT_EQ(write(0, 21007), 0);
    ASSERT_EQ(who(), "former");

    zdr().configure(config("21000-21004"));
    const Output applied = run(zdr().ctl({"apply", zdr().config()}));
    ASSERT_EQ(applied.status, 0) << applied.err;

    EXPECT_EQ(who(), "app");
    ASSERT_EQ(write(0, 21007), 0);
    EXPECT_EQ(who(), "app");
    ASSERT_EQ(write(0, 21000), 0);
    EXPECT_EQ(who(), "first");
    ASSERT_EQ(run_as_nobody(kGroup, zdr().ctl({"handover", "webA", "--to", "21007", "--force"})).status, 2);
}

TEST_F(HandoverMemberTest, CannotWidenTheRange) {
    const int error = as_nobody(kGroup, [&] {
        const int map = bpf_obj_get(pin(ZDR_MAP_WAYS).c_str());
        return map < 0 ? errno : 0;
    });
    EXPECT_EQ(error, EACCES);
}

TEST_F(HandoverMemberTest, HandsOverWithoutRoot) {
    const App app("app", "127.0.0.1", 1000);
    const App first("first", "127.0.0.1", 21000);

    const Output output = run_as_nobody(kGroup, zdr().ctl({"handover", "webA", "--to", "21000", "--no-wait"}));

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_EQ(who(), "first");
}

}  // namespace
}  // namespace zdr::test
