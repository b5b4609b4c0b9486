// The most servers that fit, and one more.
#include <fstream>

#include "support/app.h"
#include "support/net.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

constexpr int kMost = 65'536;

std::string section(const std::string& name, int n) {
    const auto part = [](int value) { return std::to_string(value); };
    return "[server." + name + part(n) + "]\naddress = 127." + part(1 + n / 62'500) + "." + part(n / 250 % 250) + "." +
           part(1 + n % 250) + "\nport = 1000\nstatus-port = 2000\n";
}

std::string sections(const std::string& name, int count, const std::string& more = "") {
    std::string out;
    for (int n = 0; n < count; ++n) out += section(name, n) + more;
    return out;
}

class FullTableTest : public SystemTest {
  protected:
    std::string file(const std::string& name, const std::string& text) const {
        const std::string path = sandbox().directory() + "/" + name;
        std::ofstream(path) << text;
        return path;
    }
    Output apply(const std::string& path) const { return run(zdr().ctl({"apply", path, "-q"}), 120s); }
};

TEST_F(FullTableTest, TakesNoMoreThanItsLimit) {
    load("# none\n");
    const std::string full = file("full.conf", sections("web", kMost));

    ASSERT_EQ(apply(full).status, 0);
    const App app("app", "0.0.0.0", 1000);
    EXPECT_EQ(ask("127.1.0.1", 2000), "app");
    EXPECT_EQ(ask("127.2.12.36", 2000), "app") << "the last one";

    const Output added = run(zdr().ctl({"add", "more", "--port", "1", "--status-port", "2"}));
    expect_refusal(added, 2);
    EXPECT_NE(added.err.find("65537 servers are too many; at most 65536 fit"), std::string::npos) << added.err;
    const Output applied = apply(file("more.conf", sections("web", kMost + 1)));
    expect_refusal(applied, 2);
    EXPECT_NE(applied.err.find("this is server 65537; at most 65536 fit"), std::string::npos) << applied.err;
    zdr().configure(sections("web", kMost + 1));
    expect_refusal(zdr().load(), 2);
    EXPECT_EQ(ask("127.1.0.1", 2000), "app");
}

TEST_F(FullTableTest, AllAreReplacedByAsManyOthersAndByDrainedOnesAndBack) {
    load("# none\n");
    const std::string web = file("web.conf", sections("web", kMost));
    const std::string srv = file("srv.conf", sections("srv", kMost));
    const std::string out = file("out.conf", sections("out", kMost, "start = drain\n"));
    const App app("app", "0.0.0.0", 1000);
    ASSERT_EQ(apply(web).status, 0);

    ASSERT_EQ(apply(srv).status, 0);
    EXPECT_EQ(ask("127.1.0.1", 2000), "app");
    EXPECT_EQ(ask("127.2.12.36", 2000), "app");
    EXPECT_EQ(run(zdr().ctl({"status", "web0"})).status, 6);

    const Output drained = apply(out);
    ASSERT_EQ(drained.status, 0) << drained.err;
    EXPECT_EQ(ask("127.1.0.1", 2000), "ECONNREFUSED");
    EXPECT_EQ(ask("127.2.12.36", 2000), "ECONNREFUSED");

    ASSERT_EQ(apply(web).status, 0);
    EXPECT_EQ(ask("127.1.0.1", 2000), "app");
    EXPECT_EQ(ask("127.2.12.36", 2000), "app");
    const Output state = run(zdr().ctl({"status", "web1", "web65535"}));
    EXPECT_EQ(state.out.find("drain"), std::string::npos) << state.out;
}

}  // namespace
}  // namespace zdr::test
